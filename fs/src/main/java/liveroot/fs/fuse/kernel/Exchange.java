package liveroot.fs.fuse.kernel;

import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.sys.Libc;

/** Requests and their replies, one after the other: what one place in which they arrive needs to have them served. */
final class Exchange {

    private final Session session;
    private final Request request;
    private final Reply reply;
    private final Grants grants;
    private final Operations operations;

    Exchange(Session session, Request request, Reply reply) {
        this.session = session;
        this.request = request;
        this.reply = reply;
        this.grants = session.grants();
        this.operations = session.operations(grants, reply);
    }

    /** Serves the request, whatever happens: even if no memory is left to take things back or to log. */
    void serve() {
        int opcode = request.opcode();
        long unique = request.unique();
        try {
            serve(opcode, unique);
        } catch (Throwable e) {
            session.unexpected(opcode, e);
        }
    }

    /**
     * The border for errors: whatever happens below, the kernel gets an answer, what the answer does not bring it is
     * taken back, and the thread lives on.
     */
    private void serve(int opcode, long unique) {
        session.count(opcode);
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
                    reply(opcode, unique);
                    session.initialized();
                }
                default -> {
                    operations.serve(request);
                    reply(opcode, unique);
                }
            }
        } catch (FsException e) {
            fail(opcode, unique, e.errno());
            session.explain(e);
        } catch (Throwable e) {
            fail(opcode, unique, Errno.EIO);
            session.unexpected(opcode, e);
        }
    }

    private void reply(int opcode, long unique) {
        long sent = reply.send(unique);
        if (sent == -Libc.ENOENT || sent == -Libc.ENODEV) {
            // No one waits any more: the connection has been aborted.
            grants.takeBack();
        } else if (sent < 0) {
            // The kernel did not like the answer, or had no memory to take it; if it still waits it gets a short one.
            fail(opcode, unique, Errno.EIO);
        }
    }

    /** The answer goes first: it needs no memory and asks nothing of the tree. */
    private void fail(int opcode, long unique, Errno errno) {
        if (Wire.hasReply(opcode)) {
            reply.sendError(unique, errno.number());
        }
        grants.takeBack();
    }
}
