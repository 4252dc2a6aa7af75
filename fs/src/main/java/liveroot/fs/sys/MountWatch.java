package liveroot.fs.sys;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Tells whether anything was mounted or unmounted: poll(2) of /proc/self/mountinfo, see proc(5). */
public final class MountWatch implements Closeable {

    // struct pollfd: fd s32, events s16, revents s16
    private static final int REVENTS = 6;
    private static final short POLLPRI = 2;

    private final int fd;
    private final ByteBuffer question = NativeMemory.allocate(8);

    public MountWatch() throws IOException {
        try (Libc.CString path = new Libc.CString("/proc/self/mountinfo")) {
            fd = Libc.openat(-1, path.address(), Libc.O_RDONLY, 0);
        }
        if (fd < 0) {
            NativeMemory.free(question);
            throw new IOException("/proc/self/mountinfo: " + Libc.error(-fd));
        }
        question.putInt(0, fd).putShort(4, POLLPRI);
    }

    /** Whether the mount table may be another than when this was asked last, or begun. */
    public synchronized boolean hasChanged() {
        question.putShort(REVENTS, (short) 0);
        return Libc.poll(NativeMemory.address(question), 1, 0) != 0 && (question.getShort(REVENTS) & POLLPRI) != 0;
    }

    @Override
    public void close() {
        Libc.close(fd);
        NativeMemory.free(question);
    }
}
