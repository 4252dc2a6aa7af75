package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLongArray;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/** One of the threads that read requests and answer them, until the mount ends. */
final class Worker implements Runnable {

    private final Session session;
    private final int fuse;
    private final ByteBuffer buffer = NativeMemory.allocate(Session.REQUEST_BUFFER);
    private final Request request = new Request(buffer);
    private final Reply reply = new Reply(Session.LARGEST_TRANSFER);
    private final Operations operations;
    private final AtomicLongArray counts;

    /** @param counts of requests by opcode, shared by all workers */
    Worker(Session session, int fuse, FileTree tree, Backings backings, AtomicLongArray counts) {
        this.session = session;
        this.fuse = fuse;
        this.operations = new Operations(tree, backings, reply);
        this.counts = counts;
    }

    @Override
    public void run() {
        long address = NativeMemory.address(buffer);
        try {
            for (; ; ) {
                long n = Libc.read(fuse, address, Session.REQUEST_BUFFER);
                if (n == -Libc.ENODEV) {
                    return;
                }
                if (n == -Libc.ENOENT || n == -Libc.EINTR || n == -Libc.EAGAIN) {
                    continue;
                }
                if (n < 0) {
                    session.broken(Libc.error((int) -n));
                    return;
                }
                if (request.accept((int) n)) {
                    serve();
                }
            }
        } finally {
            reply.free();
            NativeMemory.free(buffer);
            session.workerEnded();
        }
    }

    /** The border for errors: whatever happens below, the kernel gets an answer and the thread lives on. */
    private void serve() {
        int opcode = request.opcode();
        counts.incrementAndGet(opcode >= 0 && opcode < Wire.OPCODES ? opcode : 0);
        long unique = request.unique();
        reply.begin();
        long sent;
        try {
            switch (opcode) {
                case Wire.FORGET, Wire.BATCH_FORGET -> {
                    operations.forget(request);
                    return;
                }
                case Wire.INTERRUPT -> {
                    // Requests are short: the one that is meant ends soon by itself.
                    return;
                }
                case Wire.INIT -> session.initialize(request, reply);
                default -> operations.serve(request);
            }
            sent = reply.send(fuse, unique);
        } catch (FsException e) {
            sent = fail(e.errno(), unique);
            session.explain(opcode, request.node(), e);
        } catch (Throwable e) {
            sent = fail(Errno.EIO, unique);
            session.unexpected(opcode, e);
        }
        if (sent < 0 && sent != -Libc.ENODEV) {
            // ENOENT: the caller was killed and no longer waits.
            operations.takeBack(request);
        }
    }

    private long fail(Errno errno, long unique) {
        operations.takeBackLookups();
        reply.sendError(fuse, unique, errno.number());
        return 0;
    }
}
