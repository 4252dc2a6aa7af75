package liveroot.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A daemon's log. It lies in RAM on most hosts (/run), so it is bounded: when it has grown to 256 KiB it becomes
 * NAME.old, and a new one is begun.
 */
final class LogFile extends OutputStream {

    static final long LARGEST = 256 << 10;

    private final Path path;
    private FileChannel file;
    private long size;

    LogFile(Path path) throws IOException {
        this.path = path;
        begin();
    }

    private void begin() throws IOException {
        // Appended to: the JVM writes to it by another descriptor when it crashes.
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                .truncate(0);
        size = 0;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        if (size > 0 && size + length > LARGEST) {
            file.close();
            Files.move(path, path.resolveSibling(path.getFileName() + ".old"), StandardCopyOption.REPLACE_EXISTING);
            begin();
        }
        ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
        while (rest.hasRemaining()) {
            size += file.write(rest);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
