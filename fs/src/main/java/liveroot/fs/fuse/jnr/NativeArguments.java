package liveroot.fs.fuse.jnr;

import com.kenai.jffi.MemoryIO;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** C strings, and a struct fuse_args of them (fuse_opt.h: argc s32 at 0, argv at 8, allocated s32 at 16). */
final class NativeArguments implements AutoCloseable {

    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    private final List<Long> allocated = new ArrayList<>();

    /** @return address of the NUL-terminated UTF-8 bytes */
    long string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long address = allocate(bytes.length + 1);
        MEMORY.putByteArray(address, bytes, 0, bytes.length);
        return address;
    }

    /** @return address of a struct fuse_args, which libfuse changes and {@link LibFuse2#freeArguments} empties */
    long arguments(List<String> words) {
        long argv = allocate(8L * (words.size() + 1));
        for (int i = 0; i < words.size(); i++) {
            MEMORY.putAddress(argv + 8L * i, string(words.get(i)));
        }
        long arguments = allocate(24);
        MEMORY.putInt(arguments, words.size());
        MEMORY.putAddress(arguments + 8, argv);
        return arguments;
    }

    private long allocate(long length) {
        long address = MEMORY.allocateMemory(length, true);
        if (address == 0) {
            throw new OutOfMemoryError(length + " bytes of native memory");
        }
        allocated.add(address);
        return address;
    }

    @Override
    public void close() {
        allocated.forEach(MEMORY::freeMemory);
        allocated.clear();
    }
}
