package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.fuse.Requests;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/** One of the threads that read requests and answer them, until the mount ends. */
final class Worker implements Runnable {

    private final Session session;
    private final Patience patience;
    private final ByteBuffer buffer = NativeMemory.allocate(Session.REQUEST_BUFFER);
    private final Request request = new Request(buffer);
    private final Reply reply = new Reply(Session.LARGEST_TRANSFER);
    private final Grants grants;
    private final Operations operations;
    private final Requests requests;

    /** @param requests counts them, shared by all workers */
    Worker(
            Session session,
            Entrance entrance,
            FileTree tree,
            boolean opensItself,
            Held held,
            Backings backings,
            Requests requests) {
        this.session = session;
        this.patience = new Patience(entrance);
        this.grants = new Grants(held, backings);
        this.operations =
                new Operations(tree, opensItself, held, grants, reply, () -> session.hasAgreed(Wire.SETXATTR_EXT));
        this.requests = requests;
    }

    @Override
    public void run() {
        long address = NativeMemory.address(buffer);
        try {
            for (; ; ) {
                long n = patience.read(address, Session.REQUEST_BUFFER);
                if (n == -Libc.ENODEV) {
                    session.unmounted();
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
                    survive();
                }
            }
        } finally {
            reply.free();
            NativeMemory.free(buffer);
            session.workerEnded();
        }
    }

    /** Even if no memory is left to take things back or to log. */
    private void survive() {
        try {
            serve();
        } catch (Throwable e) {
            session.unexpected(request.opcode(), e);
        }
    }

    /**
     * The border for errors: whatever happens below, the kernel gets an answer, what the answer does not bring it is
     * taken back, and the thread lives on.
     */
    private void serve() {
        int opcode = request.opcode();
        requests.count(opcode);
        grants.begin();
        reply.begin();
        try {
            switch (opcode) {
                case Wire.FORGET, Wire.BATCH_FORGET -> operations.forget(request);
                case Wire.INTERRUPT -> {
                    // Requests are short: the one that is meant ends soon by itself.
                }
                case Wire.INIT -> {
                    session.initialize(request, reply);
                    reply();
                }
                default -> {
                    operations.serve(request);
                    reply();
                }
            }
        } catch (FsException e) {
            fail(e.errno());
            session.explain(e);
        } catch (Throwable e) {
            fail(Errno.EIO);
            session.unexpected(opcode, e);
        }
    }

    private void reply() {
        long sent = reply.send(patience.descriptor(), request.unique());
        if (sent == -Libc.ENOENT || sent == -Libc.ENODEV) {
            // No one waits any more: the connection has been aborted.
            grants.takeBack();
        } else if (sent < 0) {
            // The kernel did not like the answer, or had no memory to take it; if it still waits it gets a short one.
            fail(Errno.EIO);
        }
    }

    /** The answer goes first: it needs no memory and asks nothing of the tree. */
    private void fail(Errno errno) {
        if (Wire.hasReply(request.opcode())) {
            reply.sendError(patience.descriptor(), request.unique(), errno.number());
        }
        grants.takeBack();
    }
}
