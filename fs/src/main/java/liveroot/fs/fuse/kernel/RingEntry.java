package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.Errno;
import liveroot.fs.sys.IoUring;
import liveroot.fs.sys.NativeMemory;

/**
 * The place of one request, and of its answer, that the kernel and a worker hand to each other through a ring: struct
 * fuse_uring_req_header, and a payload as large as the largest transfer. The header, the opcode's struct, and names or
 * data have places of their own in a request; in an answer all that follows the header is payload. What no request has
 * needed yet takes no RAM.
 *
 * <p>An answer is laid out where the names and data of its request were. They have been read before: names are copied
 * ({@link Request#string}), and the answer to a write follows it.
 */
final class RingEntry {

    // struct fuse_uring_req_header: in_out[128], op_in[128], struct fuse_uring_ent_in_out
    private static final int HEADER = 288;
    static final int STRUCT = 128;
    static final int LONGEST_STRUCT = 128;
    private static final int COMMIT_ID = 256 + 8;
    static final int PAYLOAD_LENGTH = 256 + 16;

    /** struct iovec[2], behind the header. */
    private static final int VECTORS = 512;

    private static final int PAGE = 4096;

    /** Where the payload begins. */
    static final int PAYLOAD = PAGE;

    // enum fuse_uring_cmd; struct fuse_uring_cmd_req: flags u64, commit_id u64, qid u16
    private static final int REGISTER = 1;
    private static final int COMMIT_AND_FETCH = 2;
    private static final int COMMAND_COMMIT_ID = 8;
    private static final int COMMAND_QUEUE = 16;

    private final int fuse;
    private final int queue;
    private final ByteBuffer allocated;
    private final ByteBuffer memory;
    private final Request request;
    private final RingReply reply;
    private final Exchange exchange;

    /**
     * @param fuse descriptor of /dev/fuse
     * @param queue whose requests it takes
     */
    RingEntry(Session session, int fuse, int queue) {
        this.fuse = fuse;
        this.queue = queue;
        this.allocated = NativeMemory.allocate(PAGE + PAYLOAD + Session.LARGEST_TRANSFER);
        this.memory = allocated
                .alignedSlice(PAGE)
                .slice(0, PAYLOAD + Session.LARGEST_TRANSFER)
                .order(ByteOrder.nativeOrder());
        this.request = new Request(memory);
        this.reply = new RingReply(fuse, memory);
        this.exchange = new Exchange(session, request, reply);
    }

    /** The payload, with room for a header before it, as a {@link Reply} has it. */
    static ByteBuffer payloadWithHeader(ByteBuffer memory) {
        return memory.slice(PAYLOAD - Wire.OUT_HEADER, Wire.OUT_HEADER + Session.LARGEST_TRANSFER)
                .order(ByteOrder.nativeOrder());
    }

    /**
     * Offers the entry to the kernel.
     *
     * @param data comes back with its first request
     */
    void register(IoUring ring, long data) {
        long address = NativeMemory.address(memory);
        memory.putLong(VECTORS, address)
                .putLong(VECTORS + 8, HEADER)
                .putLong(VECTORS + 16, address + PAYLOAD)
                .putLong(VECTORS + 24, Session.LARGEST_TRANSFER);
        command(ring, REGISTER, address + VECTORS, 2, data, 0);
    }

    /** Serves the request that has come, and has its answer fetched and the next one brought. */
    void serve(IoUring ring, long data) {
        long commit = memory.getLong(COMMIT_ID);
        if (request.acceptFromRing()) {
            exchange.serve();
        } else {
            reply.sendError(request.unique(), Errno.EIO.number());
        }
        command(ring, COMMIT_AND_FETCH, 0, 0, data, commit);
    }

    private void command(IoUring ring, int number, long address, int count, long data, long commit) {
        int at = ring.prepare(fuse, number, address, count, data);
        ring.submissions().putLong(at + COMMAND_COMMIT_ID, commit).putShort(at + COMMAND_QUEUE, (short) queue);
    }

    void free() {
        reply.free();
        NativeMemory.free(allocated);
    }
}
