package liveroot.fs.image;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.BlockSource;
import liveroot.fs.BufferSink;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;

/** A file of a read-only tree, as the bytes of another image. Closing it leaves the tree open. */
final class FileInTree implements BlockSource {

    private final FileTree tree;
    private final long id;
    private final String name;
    private final long size;
    private volatile boolean closed;

    /** @param id of a regular file of {@code size} bytes */
    FileInTree(FileTree tree, long id, String name, long size) {
        this.tree = tree;
        this.id = id;
        this.name = name;
        this.size = size;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        int length = dst.remaining();
        requireWithin(position, length);
        if (closed) {
            throw new IOException(name + ": is closed, at byte " + position);
        }
        try {
            tree.read(id, 0, position, length, new BufferSink(dst));
        } catch (FsException e) {
            throw new IOException(name + ": cannot be read at byte " + position + ": " + e.getMessage(), e);
        }
        if (dst.hasRemaining()) {
            throw new EOFException(
                    name + ": ends at byte " + (position + length - dst.remaining()) + ", it is said to have " + size);
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return name;
    }
}
