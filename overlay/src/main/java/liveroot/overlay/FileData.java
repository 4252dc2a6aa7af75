package liveroot.overlay;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.locks.ReadWriteLock;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.ReadSink;
import liveroot.fs.sys.NativeMemory;

/** Reading and changing the bytes of regular files. */
final class FileData {

    /** FALLOC_FL_* of linux/falloc.h. */
    static final int KEEP_SIZE = 1;

    static final int PUNCH_HOLE = 2;
    static final int ZERO_RANGE = 16;

    /**
     * A file of the image of at most so many bytes is copied up when it is opened for writing: then the kernel can write
     * to it by itself. Copying takes less time than the first few writes would, up to about there.
     */
    private static final int COPIED_WHOLE = 128 << 10;

    /** How often a change for which there is no space is tried again after space was found: others want it too. */
    private static final int MOST_TRIES = 16;

    private final Upper upper;
    private final Xattrs xattrs;

    FileData(Upper upper, Xattrs xattrs) {
        this.upper = upper;
        this.xattrs = xattrs;
    }

    /** The changed file of that id, null if it has not changed. */
    private RegularFile changed(long id) throws FsException {
        synchronized (upper) {
            Inode inode = upper.get(id);
            return inode == null ? null : regular(inode);
        }
    }

    private static RegularFile regular(Inode inode) throws FsException {
        if (inode instanceof RegularFile file) {
            return file;
        }
        throw new FsException(inode.isDirectory() ? Errno.EISDIR : Errno.EINVAL);
    }

    // ---- descriptors

    /**
     * Opens a file whose data is wholly in the store, if that can hand it to the kernel.
     *
     * @param copiesUp whether a small one is to be copied up for that: it is to be written to, and nobody else has it open
     * @return its descriptor, -1 if it cannot be
     */
    int openWhole(long id, Attributes attributes, boolean copiesUp) {
        if (!upper.store.hasDescriptors()) {
            return -1;
        }
        try {
            if (copiesUp && attributes.size() <= COPIED_WHOLE) {
                copyUp(id, attributes.size());
            }
            return tryOpenWhole(id);
        } catch (FsException e) {
            // For want of descriptors, or of space to copy it up. It can be used without.
            return -1;
        }
    }

    /** Copies all that shows of a lower file up. */
    private void copyUp(long id, long size) throws FsException {
        RegularFile known = changed(id);
        if (known != null && known.isWhole) {
            return;
        }
        ByteBuffer all = NativeMemory.allocate((int) size);
        try {
            make(id, new Step() {
                @Override
                void prepare(RegularFile file, ReadWriteLock lock) throws FsException {
                    upper.lower.readFully(id, 0, all.clear());
                }

                @Override
                long apply(RegularFile file) throws FsException {
                    file.content.fill(all);
                    return file.currentSize();
                }

                @Override
                void show(RegularFile file, long now, Instant unused) {
                    file.contentCopied();
                }
            });
        } finally {
            NativeMemory.free(all);
        }
    }

    private int tryOpenWhole(long id) throws FsException {
        RegularFile file = changed(id);
        if (file == null) {
            return -1;
        }
        StoredFile stored = file.content.stored;
        stored.open();
        int fd = -1;
        try {
            var lock = upper.dataLocks.of(id).writeLock();
            lock.lock();
            try {
                file.content.requireAlive();
                if (file.isWhole || file.content.isWhole()) {
                    file.isWhole = true;
                    fd = descriptor(file);
                }
            } finally {
                lock.unlock();
            }
        } finally {
            if (fd < 0) {
                stored.close();
            }
        }
        return fd;
    }

    private int descriptor(RegularFile file) throws FsException {
        int fd = file.content.stored.descriptor(file.size());
        if (fd >= 0) {
            synchronized (upper) {
                file.backedOpened();
            }
        }
        return fd;
    }

    /** Ends a successful {@link #openWhole}. */
    void closeWhole(long id) {
        synchronized (upper) {
            if (upper.inodes().get(id) instanceof RegularFile file) {
                file.backedClosed();
                file.content.stored.close();
            }
        }
    }

    // ---- reading

    void read(long id, long offset, int length, ReadSink sink) throws FsException {
        if (offset < 0 || length < 0) {
            throw new FsException(Errno.EINVAL);
        }
        RegularFile file = changed(id);
        if (file == null) {
            upper.lower.read(id, offset, length, sink);
            return;
        }
        long end = offset + Math.min(length, Content.MAX_SIZE - Math.min(offset, Content.MAX_SIZE));
        file.content.stored.open();
        try {
            for (long at = offset; at < end; ) {
                at = readPiece(file, at, end, sink);
            }
            if (upper.store.keepsAccessTimes()) {
                synchronized (upper) {
                    upper.accessed(file);
                }
            }
        } finally {
            file.content.stored.close();
        }
    }

    /** Reads bytes of one kind. @return where they end, {@code end} if the file ends before */
    private long readPiece(RegularFile file, long at, long end, ReadSink sink) throws FsException {
        Content.Piece piece;
        int length;
        var lock = upper.dataLocks.of(file.id).readLock();
        lock.lock();
        try {
            file.content.requireAlive();
            long size = file.currentSize();
            if (at >= size) {
                return end;
            }
            piece = file.content.pieceAt(at, Math.min(end, size));
            length = (int) (piece.end() - at);
            if (piece.kind() == Content.Kind.STORED) {
                file.content.stored.read(at, sink.space(length));
            }
        } finally {
            lock.unlock();
        }
        if (piece.kind() == Content.Kind.LOWER) {
            upper.lower.readExactly(file.id, at, length, sink);
        } else if (piece.kind() == Content.Kind.HOLE) {
            sink.zeros(length);
        }
        return piece.end();
    }

    long lseek(long id, long offset, int whence) throws FsException {
        if (whence != FileTree.SEEK_DATA && whence != FileTree.SEEK_HOLE) {
            throw new FsException(Errno.EINVAL);
        }
        RegularFile file = changed(id);
        if (file == null) {
            return upper.lower.lseek(id, offset, whence);
        }
        file.content.stored.open();
        try {
            return lseek(file, offset, whence);
        } finally {
            file.content.stored.close();
        }
    }

    private long lseek(RegularFile file, long offset, int whence) throws FsException {
        long id = file.id;
        var lock = upper.dataLocks.of(id).readLock();
        for (long at = offset; ; ) {
            Content.Piece piece;
            long size;
            lock.lock();
            try {
                file.content.requireAlive();
                size = file.currentSize();
                if (offset < 0 || offset >= size) {
                    throw new FsException(Errno.ENXIO);
                }
                piece = at < size ? file.content.pieceAt(at, size) : null;
            } finally {
                lock.unlock();
            }
            if (piece == null) {
                if (whence == FileTree.SEEK_HOLE) {
                    return size;
                }
                throw new FsException(Errno.ENXIO);
            }
            if (piece.kind() == Content.Kind.LOWER) {
                long found = seekLower(id, at, piece.end(), whence);
                if (found < piece.end()) {
                    return found;
                }
            } else if ((piece.kind() == Content.Kind.STORED) == (whence == FileTree.SEEK_DATA)) {
                return at;
            }
            at = piece.end();
        }
    }

    /** {@code end} if there is none before it. */
    private long seekLower(long id, long at, long end, int whence) throws FsException {
        try {
            return Math.max(at, upper.lower.lseek(id, at, whence));
        } catch (FsException e) {
            if (e.errno() == Errno.ENXIO) {
                return end;
            }
            throw e;
        }
    }

    // ---- changing

    /** A change of a file's bytes, made in two steps because it may need bytes of the lower file. */
    private abstract static class Step {

        /** Reads what the change needs of the lower file. Takes the lock to look at the content, holds it not. */
        @SuppressWarnings("UnusedVariable") // not all need something
        void prepare(RegularFile file, ReadWriteLock lock) throws FsException {}

        /**
         * Makes the change, all or none. The write lock is held.
         *
         * @return the file's new size
         */
        abstract long apply(RegularFile file) throws FsException;

        /** Makes stat show it. The monitor of {@link Upper} is held. */
        void show(RegularFile file, long size, Instant now) {
            file.contentChanged(size, now);
        }

        /** What else is to change with it. The monitor of {@link Upper} is held. */
        @SuppressWarnings("UnusedVariable") // most steps change nothing else
        void applyAttributes(Inode inode, Instant now) {}
    }

    private Attributes change(long id, Step step) throws FsException {
        dropCapability(id);
        return make(id, step);
    }

    private Attributes make(long id, Step step) throws FsException {
        return upper.orphans.patiently(() -> makeInRoomThatThereIs(id, step));
    }

    private Attributes makeInRoomThatThereIs(long id, Step step) throws FsException {
        for (int tries = 0; ; tries++) {
            try {
                return tryToMake(id, step);
            } catch (FsException e) {
                if (e.errno() != Errno.ENOSPC || tries == MOST_TRIES || !upper.store.makeRoom()) {
                    throw e;
                }
            }
        }
    }

    private Attributes tryToMake(long id, Step step) throws FsException {
        ReadWriteLock lock = upper.dataLocks.of(id);
        for (; ; ) {
            RegularFile file = changed(id);
            boolean fresh = file == null;
            if (fresh) {
                file = regular(upper.copyOf(id, upper.lower.getattr(id)));
            }
            Attributes after = null;
            file.content.stored.open();
            try {
                step.prepare(file, lock);
                lock.writeLock().lock();
                try {
                    after = change(file, fresh, step);
                } finally {
                    lock.writeLock().unlock();
                }
            } finally {
                if (fresh && after == null) {
                    upper.delete(file);
                }
                file.content.stored.close();
            }
            if (after != null) {
                return after;
            }
        }
    }

    /** Null if the file is another one by now. */
    private Attributes change(RegularFile file, boolean fresh, Step step) throws FsException {
        file.content.requireAlive();
        long size;
        try {
            size = step.apply(file);
        } catch (FsException | RuntimeException e) {
            synchronized (upper) {
                file.contentStayed();
            }
            throw e;
        }
        synchronized (upper) {
            if (fresh) {
                if (upper.get(file.id) != null) {
                    return null;
                }
                Change change = new Change(upper, false);
                change.add(file);
                change.make();
            }
            Instant now = upper.now();
            step.show(file, size, now);
            step.applyAttributes(file, now);
            return file.attributes();
        }
    }

    private void dropCapability(long id) throws FsException {
        RegularFile file = changed(id);
        if ((file == null || file.mayHaveCapability) && xattrs.hasCapability(id)) {
            xattrs.remove(id, Xattrs.CAPABILITY);
        }
    }

    void write(long id, long offset, ByteBuffer data, int flags) throws FsException {
        if (offset < 0) {
            throw new FsException(Errno.EINVAL);
        }
        int length = data.remaining();
        if (length == 0) {
            return;
        }
        if (offset > Content.MAX_SIZE - length) {
            throw new FsException(Errno.EFBIG);
        }
        long end = offset + length;
        change(id, new Step() {
            private Content.Edges edges;

            @Override
            void prepare(RegularFile file, ReadWriteLock lock) throws FsException {
                lock.readLock().lock();
                try {
                    edges = file.content.edges(offset, end);
                } finally {
                    lock.readLock().unlock();
                }
                edges.read(upper.lower, id);
            }

            @Override
            long apply(RegularFile file) throws FsException {
                file.content.write(offset, data, edges);
                return Math.max(file.currentSize(), end);
            }

            @Override
            void applyAttributes(Inode inode, Instant now) {
                if ((flags & FileTree.WRITE_KILL_SUIDGID) != 0) {
                    inode.killSetId();
                }
            }
        });
        data.position(data.limit());
    }

    /** What else a truncation changes. The monitor of {@link Upper} is held. */
    @FunctionalInterface
    interface AlsoChange {
        void apply(Inode inode, Instant now);
    }

    Attributes truncate(long id, long size, AlsoChange also) throws FsException {
        if (size < 0) {
            throw new FsException(Errno.EINVAL);
        }
        if (size > Content.MAX_SIZE) {
            throw new FsException(Errno.EFBIG);
        }
        return change(id, new Step() {
            @Override
            long apply(RegularFile file) {
                file.content.truncate(size);
                return size;
            }

            @Override
            void applyAttributes(Inode inode, Instant now) {
                also.apply(inode, now);
            }
        });
    }

    void fallocate(long id, long offset, long length, int mode) throws FsException {
        if (offset < 0 || length <= 0) {
            throw new FsException(Errno.EINVAL);
        }
        if (offset > Content.MAX_SIZE - length) {
            throw new FsException(Errno.EFBIG);
        }
        long end = offset + length;
        switch (mode) {
            case 0, KEEP_SIZE ->
                change(id, new Step() {
                    @Override
                    long apply(RegularFile file) throws FsException {
                        file.content.allocate(offset, end);
                        return grown(file, end, mode);
                    }
                });
            case PUNCH_HOLE | KEEP_SIZE, ZERO_RANGE, ZERO_RANGE | KEEP_SIZE -> clear(id, offset, end, mode);
            default -> throw new FsException(Errno.EOPNOTSUPP);
        }
    }

    private void clear(long id, long offset, long end, int mode) throws FsException {
        change(id, new Step() {
            private Content.Edges edges;

            @Override
            void prepare(RegularFile file, ReadWriteLock lock) throws FsException {
                lock.readLock().lock();
                try {
                    edges = file.content.clearedEdges(offset, end);
                } finally {
                    lock.readLock().unlock();
                }
                edges.read(upper.lower, id);
            }

            @Override
            long apply(RegularFile file) throws FsException {
                // Less may show by now, but never more.
                Content.Edges still = file.content.clearedEdges(offset, end);
                file.content.clear(offset, end, (mode & PUNCH_HOLE) == 0, still);
                return grown(file, end, mode);
            }
        });
    }

    private static long grown(RegularFile file, long end, int mode) throws FsException {
        long size = file.currentSize();
        if ((mode & KEEP_SIZE) != 0 || end <= size) {
            return size;
        }
        file.content.stored.extend(end);
        return end;
    }
}
