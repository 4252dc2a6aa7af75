package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/** One of the threads that read requests from /dev/fuse and answer them, until the mount ends. */
final class Worker implements Runnable {

    private final Session session;
    private final Patience patience;
    private final ByteBuffer buffer = NativeMemory.allocate(Session.REQUEST_BUFFER);
    private final Request request = new Request(buffer);
    private final DeviceReply reply;
    private final Exchange exchange;

    Worker(Session session, Entrance entrance) {
        this.session = session;
        this.patience = new Patience(entrance);
        this.reply = new DeviceReply(entrance.fuse, Session.LARGEST_TRANSFER);
        this.exchange = new Exchange(session, request, reply);
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
                    session.broken("/dev/fuse", Libc.error((int) -n));
                    return;
                }
                if (request.accept((int) n)) {
                    reply.goBy(patience.descriptor());
                    exchange.serve();
                }
            }
        } finally {
            reply.free();
            NativeMemory.free(buffer);
            session.workerEnded();
        }
    }
}
