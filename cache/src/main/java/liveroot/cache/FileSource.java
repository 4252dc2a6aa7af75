package liveroot.cache;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file, or a block device, read by pread(2), so that a medium that cannot be read gives EIO and not SIGBUS. */
public final class FileSource implements BlockSource {

    private final Path path;
    private final FileChannel channel;
    private final long size;

    private FileSource(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /** Opens {@code path} for reading; its size is taken now. */
    public static FileSource open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new FileSource(path, channel, channel.size());
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
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
        if (position < 0 || position > size - dst.remaining()) {
            throw new EOFException(
                    path + ": " + dst.remaining() + " bytes wanted at " + position + ", but it ends at " + size);
        }
        long at = position;
        while (dst.hasRemaining()) {
            int n;
            try {
                n = channel.read(dst, at);
            } catch (IOException e) {
                throw new IOException(path + ": cannot be read at " + at + ": " + e.getMessage(), e);
            }
            if (n <= 0) {
                throw new EOFException(path + ": ends at " + at + ", it had " + size + " bytes when it was opened");
            }
            at += n;
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
}
