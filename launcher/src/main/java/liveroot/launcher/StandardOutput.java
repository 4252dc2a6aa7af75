package liveroot.launcher;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/** Descriptor 1, when writing to it has failed. */
final class StandardOutput {

    /** Exit status when it is a pipe that nobody reads from any more: what a shell shows of a process that SIGPIPE ends. */
    static final int NOT_READ = 128 + 13;

    private static final int POLLOUT = 4;
    private static final int POLLERR = 8;
    private static final int REVENTS = 6;

    private StandardOutput() {}

    /** False if its reader has gone, as head(1) does when it has seen enough: that is no fault, and nothing is said of it. */
    static boolean isRead() {
        ByteBuffer asked = NativeMemory.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        try {
            asked.putInt(0, 1).putShort(Integer.BYTES, (short) POLLOUT);
            int answered = Libc.poll(NativeMemory.address(asked), 1, 0);
            return answered <= 0 || (asked.getShort(REVENTS) & POLLERR) == 0;
        } finally {
            NativeMemory.free(asked);
        }
    }
}
