package liveroot.fs.sys;

import java.io.Closeable;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A ring of io_uring(7) for commands that a driver serves (IORING_OP_URING_CMD), with entries of 128 bytes. It belongs to
 * the thread that made it: that one alone submits and waits, and what the driver does for it is done while it waits
 * (IORING_SETUP_DEFER_TASKRUN, of Linux 6.1), so it is never disturbed in between.
 *
 * <p>The indexes of both queues are shared with the kernel: what an entry holds is written before the index that shows
 * it, and read after it.
 */
public final class IoUring implements Closeable {

    /** Bytes of a submission that are the driver's own. */
    public static final int COMMAND = 80;

    // The same numbers on all architectures (asm-generic/unistd.h).
    private static final int IO_URING_SETUP = 425;

    // linux/io_uring.h: IORING_SETUP_SUBMIT_ALL, SQE128, SINGLE_ISSUER, DEFER_TASKRUN, NO_SQARRAY
    private static final int FLAGS = 1 << 7 | 1 << 10 | 1 << 12 | 1 << 13 | 1 << 16;

    private static final int ENTER_GETEVENTS = 1;
    private static final long OFF_SQ_RING = 0;
    private static final long OFF_SQES = 0x10000000L;

    // struct io_uring_params, with struct io_sqring_offsets at 40 and struct io_cqring_offsets at 80
    private static final int PARAMS = 120;
    private static final int PARAMS_SQ_ENTRIES = 0;
    private static final int PARAMS_CQ_ENTRIES = 4;
    private static final int PARAMS_FLAGS = 8;
    private static final int PARAMS_SQ_TAIL = 40 + 4;
    private static final int PARAMS_SQ_MASK = 40 + 8;
    private static final int PARAMS_CQ_HEAD = 80;
    private static final int PARAMS_CQ_TAIL = 80 + 4;
    private static final int PARAMS_CQ_MASK = 80 + 8;
    private static final int PARAMS_CQ_CQES = 80 + 20;

    // struct io_uring_sqe
    private static final int SQE = 128;
    private static final int SQE_FD = 4;
    private static final int SQE_COMMAND_NUMBER = 8;
    private static final int SQE_ADDRESS = 16;
    private static final int SQE_LENGTH = 24;
    private static final int SQE_USER_DATA = 32;
    private static final int SQE_COMMAND = 48;
    private static final byte URING_CMD = 46;

    // struct io_uring_cqe: user_data u64, res s32, flags u32
    private static final int CQE = 16;

    private final int fd;
    private final ByteBuffer ring;
    private final ByteBuffer submissions;
    private final int capacity;
    private final int submissionTail;
    private final int submissionMask;
    private final int completionHead;
    private final int completionTail;
    private final int completionMask;
    private final int completions;
    private int prepared;

    /**
     * Makes one.
     *
     * @param entries commands that may be under way at the same time
     * @throws IOException if this process may not have one, with what to do
     */
    public IoUring(int entries) throws IOException {
        ByteBuffer params = NativeMemory.allocate(PARAMS);
        try {
            fd = setup(entries, params);
            if (fd < 0) {
                throw new IOException(refusal(-fd));
            }
            capacity = params.getInt(PARAMS_SQ_ENTRIES);
            submissionTail = params.getInt(PARAMS_SQ_TAIL);
            completionHead = params.getInt(PARAMS_CQ_HEAD);
            completionTail = params.getInt(PARAMS_CQ_TAIL);
            completions = params.getInt(PARAMS_CQ_CQES);
            try {
                ring = NativeMemory.map(fd, OFF_SQ_RING, completions + params.getInt(PARAMS_CQ_ENTRIES) * CQE);
                submissions = NativeMemory.map(fd, OFF_SQES, capacity * SQE);
            } catch (IOException e) {
                Libc.close(fd);
                throw e;
            }
            submissionMask = ring.getInt(params.getInt(PARAMS_SQ_MASK));
            completionMask = ring.getInt(params.getInt(PARAMS_CQ_MASK));
        } finally {
            NativeMemory.free(params);
        }
    }

    private static int setup(int entries, ByteBuffer params) {
        for (int i = 0; i < PARAMS; i += Long.BYTES) {
            params.putLong(i, 0);
        }
        params.putInt(PARAMS_FLAGS, FLAGS);
        return (int) Libc.syscall(IO_URING_SETUP, entries, NativeMemory.address(params));
    }

    /** Why this process can have no ring, in a sentence that says what to do; null if it can. */
    public static String obstacle() {
        ByteBuffer params = NativeMemory.allocate(PARAMS);
        try {
            int fd = setup(1, params);
            if (fd < 0) {
                return refusal(-fd);
            }
            Libc.close(fd);
            return null;
        } finally {
            NativeMemory.free(params);
        }
    }

    private static String refusal(int errno) {
        return "io_uring is refused to this process (" + Libc.error(errno)
                + "): see the sysctl kernel.io_uring_disabled, which must be 0, and the seccomp filter of a container";
    }

    /**
     * Prepares a command; {@link #submit} hands it over.
     *
     * @param file descriptor whose driver serves it
     * @param address of {@code length} things that the driver knows
     * @param data comes back with its completion
     * @return where the {@link #COMMAND} bytes begin that are the driver's own, in {@link #submissions}; all zero
     */
    public int prepare(int file, int command, long address, int length, long data) {
        if (prepared == capacity) {
            throw new IllegalStateException("a ring of " + capacity + " commands is full");
        }
        int tail = ring.getInt(submissionTail) + prepared++;
        int at = (tail & submissionMask) * SQE;
        for (int i = 0; i < SQE; i += Long.BYTES) {
            submissions.putLong(at + i, 0);
        }
        submissions
                .put(at, URING_CMD)
                .putInt(at + SQE_FD, file)
                .putInt(at + SQE_COMMAND_NUMBER, command)
                .putLong(at + SQE_ADDRESS, address)
                .putInt(at + SQE_LENGTH, length)
                .putLong(at + SQE_USER_DATA, data);
        return at + SQE_COMMAND;
    }

    public ByteBuffer submissions() {
        return submissions;
    }

    /**
     * Hands over what was prepared.
     *
     * @param wait until something is complete
     * @return 0, or -errno; EINTR and EAGAIN mean to try again
     */
    public int submit(boolean wait) {
        int tail = ring.getInt(submissionTail);
        VarHandle.releaseFence();
        ring.putInt(submissionTail, tail + prepared);
        int submitted = Libc.ioUringEnter(fd, prepared, wait ? 1 : 0, wait ? ENTER_GETEVENTS : 0);
        // What was not taken stays prepared.
        int taken = Math.max(submitted, 0);
        ring.putInt(submissionTail, tail + taken);
        prepared -= taken;
        return Math.min(submitted, 0);
    }

    /** Whether there is a completion to look at. */
    public boolean isComplete() {
        boolean some = ring.getInt(completionHead) != ring.getInt(completionTail);
        VarHandle.acquireFence();
        return some;
    }

    /** What came back with the first completion. */
    public long data() {
        return ring.getLong(completion());
    }

    /** The driver's answer to the first one, or -errno. */
    public int result() {
        return ring.getInt(completion() + Long.BYTES);
    }

    private int completion() {
        return completions + (ring.getInt(completionHead) & completionMask) * CQE;
    }

    /** Gives the first completion back. */
    public void next() {
        VarHandle.releaseFence();
        ring.putInt(completionHead, ring.getInt(completionHead) + 1);
    }

    /** Commands that are still under way are cancelled. */
    @Override
    public void close() {
        NativeMemory.unmap(ring);
        NativeMemory.unmap(submissions);
        Libc.close(fd);
    }
}
