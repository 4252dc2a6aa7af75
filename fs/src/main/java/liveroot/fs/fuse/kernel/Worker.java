package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/** One of the threads that read requests from /dev/fuse and answer them, until the mount ends. */
final class Worker implements Runnable {

    private final Session session;
    private final int fuse;
    private final ByteBuffer buffer = NativeMemory.allocate(Session.REQUEST_BUFFER);
    private final Request request = new Request(buffer);
    private final DeviceReply reply;
    private final Exchange exchange;

    /** @param fuse descriptor of /dev/fuse */
    Worker(Session session, int fuse) {
        this.session = session;
        this.fuse = fuse;
        this.reply = new DeviceReply(fuse, Session.LARGEST_TRANSFER);
        this.exchange = new Exchange(session, request, reply);
    }

    @Override
    public void run() {
        long address = NativeMemory.address(buffer);
        try {
            for (; ; ) {
                long n = Libc.read(fuse, address, Session.REQUEST_BUFFER);
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
