package liveroot.fs.fuse.jnr;

import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import liveroot.fs.Caller;
import ru.serce.jnrfuse.struct.FuseContext;

/** Who asks for what a callback does. */
final class Callers {

    private final LibFuse2 fuse;

    Callers(LibFuse2 fuse) {
        this.fuse = fuse;
    }

    /** Only within a callback. */
    Caller current() {
        FuseContext context = FuseContext.of(Pointer.wrap(Runtime.getSystemRuntime(), fuse.context()));
        return new Caller(
                context.uid.intValue(), context.gid.intValue(), context.pid.intValue(), context.umask.intValue());
    }
}
