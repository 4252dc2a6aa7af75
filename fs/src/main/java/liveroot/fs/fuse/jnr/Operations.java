package liveroot.fs.fuse.jnr;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Closure;
import com.kenai.jffi.ClosureManager;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * A struct fuse_operations in native memory: jnr-fuse says where each operation stands in it, the callbacks are closures
 * of jffi that take paths as bytes.
 *
 * <p>What is not served is left out, and libfuse answers ENOSYS: flush, fsync, fsyncdir (all data is where it will stay),
 * access (default_permissions), lock and flock (the kernel's, for one host), ioctl, poll, bmap.
 */
final class Operations implements AutoCloseable {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    /** flag_nullpath_ok, flag_nopath, flag_utime_omit_ok: bits 0 to 2 of the word behind bmap (fuse.h of 2.9.9). */
    private static final int FLAGS = 0b111;

    private final FuseOperations layout = new FuseOperations(Runtime.getSystemRuntime());
    private final long size = Struct.size(layout);
    private final long address = MEMORY.allocateMemory(size, true);
    private final List<Closure.Handle> closures = new ArrayList<>();

    Operations(Runnable initialised, NameCallbacks names, FileCallbacks files, AttributeCallbacks attributes) {
        MEMORY.putInt(address + layout.bmap.offset() + Long.BYTES, FLAGS);

        CallContext init =
                CallContext.getCallContext(Type.POINTER, new Type[] {Type.POINTER}, CallingConvention.DEFAULT, false);
        Closure.Handle first = ClosureManager.getInstance().newClosure(new Handshake(initialised), init);
        closures.add(first);
        MEMORY.putAddress(address + layout.init.offset(), first.getAddress());

        set("getattr", layout.getattr.offset(), 2, attributes::getattr);
        set("fgetattr", layout.fgetattr.offset(), 3, attributes::fgetattr);
        set("chmod", layout.chmod.offset(), 2, attributes::chmod);
        set("chown", layout.chown.offset(), 3, attributes::chown);
        set("truncate", layout.truncate.offset(), 2, attributes::truncate);
        set("ftruncate", layout.ftruncate.offset(), 3, attributes::ftruncate);
        set("utimens", layout.utimens.offset(), 2, attributes::utimens);
        set("setxattr", layout.setxattr.offset(), 5, attributes::setxattr);
        set("getxattr", layout.getxattr.offset(), 4, attributes::getxattr);
        set("listxattr", layout.listxattr.offset(), 3, attributes::listxattr);
        set("removexattr", layout.removexattr.offset(), 2, attributes::removexattr);
        set("statfs", layout.statfs.offset(), 2, attributes::statfs);

        set("readlink", layout.readlink.offset(), 3, names::readlink);
        set("mknod", layout.mknod.offset(), 3, names::mknod);
        set("mkdir", layout.mkdir.offset(), 2, names::mkdir);
        set("unlink", layout.unlink.offset(), 1, names::unlink);
        set("rmdir", layout.rmdir.offset(), 1, names::rmdir);
        set("symlink", layout.symlink.offset(), 2, names::symlink);
        set("rename", layout.rename.offset(), 2, names::rename);
        set("link", layout.link.offset(), 2, names::link);

        set("open", layout.open.offset(), 2, files::open);
        set("create", layout.create.offset(), 3, files::create);
        set("read", layout.read.offset(), 5, files::read);
        set("write", layout.write.offset(), 5, files::write);
        set("release", layout.release.offset(), 2, files::release);
        set("fallocate", layout.fallocate.offset(), 5, files::fallocate);
        set("opendir", layout.opendir.offset(), 2, files::opendir);
        set("readdir", layout.readdir.offset(), 5, files::readdir);
        set("releasedir", layout.releasedir.offset(), 2, files::release);
    }

    private void set(String operation, long offset, int arguments, Border.Callback callback) {
        Type[] words = new Type[arguments];
        Arrays.fill(words, Type.SINT64);
        CallContext context = CallContext.getCallContext(Type.SINT32, words, CallingConvention.DEFAULT, false);
        Closure.Handle handle = ClosureManager.getInstance().newClosure(new Border(operation, callback), context);
        closures.add(handle);
        MEMORY.putAddress(address + offset, handle.getAddress());
    }

    long address() {
        return address;
    }

    /** In bytes. */
    long size() {
        return size;
    }

    /** To be called when libfuse is done with it. */
    @Override
    public void close() {
        closures.forEach(Closure.Handle::dispose);
        MEMORY.freeMemory(address);
    }

    /** The init operation: says which of the kernel's offers are wanted, and that requests are served from now on. */
    private record Handshake(Runnable initialised) implements Closure {

        // struct fuse_conn_info of fuse_common.h: capable u32 at 20, want u32 at 24
        private static final int CAPABLE = 20;
        private static final int WANT = 24;
        private static final int FUSE_CAP_DONT_MASK = 1 << 6;

        @Override
        public void invoke(Buffer arguments) {
            long connection = arguments.getAddress(0);
            int capable = MEMORY.getInt(connection + CAPABLE);
            int want = MEMORY.getInt(connection + WANT);
            MEMORY.putInt(connection + WANT, want | (capable & FUSE_CAP_DONT_MASK));
            arguments.setAddressReturn(0);
            initialised.run();
        }
    }
}
