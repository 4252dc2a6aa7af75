package liveroot.fs.fuse.jnr;

import com.kenai.jffi.Closure;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The border for errors: nothing that a callback throws gets past it. jffi would turn an exception into the answer 0,
 * which means success.
 */
final class Border implements Closure {

    private static final Logger LOG = LoggerFactory.getLogger(Border.class);

    /** More different complaints than this are not logged. */
    private static final int MOST_COMPLAINTS = 1000;

    private static final Set<String> COMPLAINTS = ConcurrentHashMap.newKeySet();

    /** A callback of struct fuse_operations. */
    @FunctionalInterface
    interface Callback {

        /**
         * Serves one request.
         *
         * @param arguments as in fuse.h, each a 64-bit word of which an int fills the lower half
         * @return what fuse.h asks for: 0, a number of bytes
         */
        int serve(Buffer arguments) throws FsException;
    }

    private final String operation;
    private final Callback callback;

    Border(String operation, Callback callback) {
        this.operation = operation;
        this.callback = callback;
    }

    @Override
    public void invoke(Buffer arguments) {
        int answer = -Errno.EIO.number();
        try {
            answer = callback.serve(arguments);
        } catch (FsException e) {
            answer = -e.errno().number();
            if (e.errno() == Errno.EIO) {
                complain(operation + ": " + e.getMessage(), e.getCause());
            }
        } catch (Throwable e) {
            complain(operation + " failed unexpectedly and is answered with EIO: " + e, e);
        } finally {
            arguments.setIntReturn(answer);
        }
    }

    /** Logs what has not been logged before. */
    static void complain(String what, Throwable cause) {
        try {
            if (COMPLAINTS.size() < MOST_COMPLAINTS && COMPLAINTS.add(what)) {
                LOG.warn(what, cause);
            }
        } catch (Throwable e) {
            // Nothing is left to say it with: out of memory, most likely. The request is answered all the same.
            return;
        }
    }

    /** Whether a failed receive is to be repeated: interrupted, or nothing there. */
    static boolean isTransient(int errno) {
        return errno == Errno.EINTR.number() || errno == Errno.EAGAIN.number() || errno == Errno.ENOENT.number();
    }
}
