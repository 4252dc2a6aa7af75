package liveroot.cache;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A file, or a block device, read by pread(2), so that a medium that cannot be read gives EIO and not SIGBUS.
 *
 * <p>Reads go through an {@link AsynchronousFileChannel} that works on the caller's thread, because an ordinary
 * {@link java.nio.channels.FileChannel} is closed, for everyone and for good, when any thread is interrupted in a read.
 * Opening it again by its path would not help a root image: by then the path may lead elsewhere.
 */
public final class FileSource implements BlockSource {

    private final Path path;
    private final AsynchronousFileChannel channel;
    private final long size;

    private FileSource(Path path, AsynchronousFileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /**
     * Opens {@code path} for reading; its size is taken now.
     *
     * @throws IOException if it is not there, may not be read, or is neither a file nor a block device
     */
    public static FileSource open(Path path) throws IOException {
        AsynchronousFileChannel channel;
        try {
            refuseWhatHasNoSize(path);
            channel = AsynchronousFileChannel.open(path, Set.of(StandardOpenOption.READ), new CallersThread());
        } catch (NoSuchFileException e) {
            throw refused(new NoSuchFileException(path.toString(), null, "there is no such file"), e);
        } catch (AccessDeniedException e) {
            throw refused(new AccessDeniedException(path.toString(), null, "no permission to read it"), e);
        }
        try {
            return new FileSource(path, channel, channel.size());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Opening a fifo would wait for a writer, and what comes out of it has no positions. */
    private static void refuseWhatHasNoSize(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        int type = (Integer) Files.getAttribute(path, "unix:mode") & 0xf000;
        if (attributes.isDirectory()) {
            throw new IOException(path + ": is a directory, not a file or block device");
        }
        boolean blockDevice = type == 0x6000; // S_IFBLK of stat(2)
        if (attributes.isOther() && !blockDevice) {
            throw new IOException(path + ": is neither a file nor a block device");
        }
    }

    private static IOException refused(IOException reason, IOException cause) {
        reason.initCause(cause);
        return reason;
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        requireWithin(position, dst.remaining());
        long at = position;
        while (dst.hasRemaining()) {
            int n = readSome(dst, at);
            if (n <= 0) {
                throw new EOFException(
                        path + ": ends at " + channel.size() + " now, it had " + size + " bytes when it was opened");
            }
            at += n;
        }
    }

    private int readSome(ByteBuffer dst, long at) throws IOException {
        try {
            return channel.read(dst, at).get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            throw new IOException(path + ": cannot be read at " + at + ": " + reason, cause);
        } catch (InterruptedException e) {
            throw new AssertionError("the read ended on this thread before it was asked for", e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    @Override
    public String toString() {
        return name();
    }

    /** Makes a read happen within the call that starts it. */
    private static final class CallersThread extends AbstractExecutorService {

        @Override
        public void execute(Runnable read) {
            read.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
