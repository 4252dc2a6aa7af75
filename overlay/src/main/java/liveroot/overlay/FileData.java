package liveroot.overlay;

import static liveroot.overlay.Content.pageFrom;
import static liveroot.overlay.Content.pageOf;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.locks.ReadWriteLock;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.ReadSink;

/** Reading and changing the bytes of regular files. */
final class FileData {

    /** FALLOC_FL_* of linux/falloc.h. */
    static final int KEEP_SIZE = 1;

    static final int PUNCH_HOLE = 2;
    static final int ZERO_RANGE = 16;

    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;

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
        for (long at = offset; at < end; ) {
            at = readPiece(file, at, end, sink);
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
            if (at >= file.size()) {
                return end;
            }
            piece = file.content.pieceAt(at, Math.min(end, file.size()));
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
        if (whence != SEEK_DATA && whence != SEEK_HOLE) {
            throw new FsException(Errno.EINVAL);
        }
        RegularFile file = changed(id);
        if (file == null) {
            return upper.lower.lseek(id, offset, whence);
        }
        var lock = upper.dataLocks.of(id).readLock();
        for (long at = offset; ; ) {
            Content.Piece piece;
            long size;
            lock.lock();
            try {
                file.content.requireAlive();
                size = file.size();
                if (offset < 0 || offset >= size) {
                    throw new FsException(Errno.ENXIO);
                }
                piece = at < size ? file.content.pieceAt(at, size) : null;
            } finally {
                lock.unlock();
            }
            if (piece == null) {
                if (whence == SEEK_HOLE) {
                    return size;
                }
                throw new FsException(Errno.ENXIO);
            }
            if (piece.kind() == Content.Kind.LOWER) {
                long found = seekLower(id, at, piece.end(), whence);
                if (found < piece.end()) {
                    return found;
                }
            } else if ((piece.kind() == Content.Kind.STORED) == (whence == SEEK_DATA)) {
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
        void prepare(RegularFile file, ReadWriteLock lock) throws FsException {}

        /**
         * Makes the change, all or none. The write lock is held.
         *
         * @return the file's new size, or -1 if what {@link #prepare} found is true no more and it must be called again
         */
        abstract long apply(RegularFile file) throws FsException;

        /** What else is to change with it. The monitor of {@link Upper} is held. */
        @SuppressWarnings("UnusedVariable") // most steps change nothing else
        void applyAttributes(Inode inode, Instant now) {}

        /** Gives back what {@link #prepare} took and {@link #apply} did not use. */
        void close() {}
    }

    private Attributes change(long id, Step step) throws FsException {
        dropCapability(id);
        ReadWriteLock lock = upper.dataLocks.of(id);
        try {
            for (; ; ) {
                RegularFile file = changed(id);
                boolean fresh = file == null;
                if (fresh) {
                    file = regular(upper.copyOf(id, upper.lower.getattr(id)));
                }
                Attributes after = null;
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
                        file.content.delete();
                    }
                }
                if (after != null) {
                    return after;
                }
            }
        } finally {
            step.close();
        }
    }

    /** Null if the file is another one by now, or the step must be prepared again. */
    private Attributes change(RegularFile file, boolean fresh, Step step) throws FsException {
        file.content.requireAlive();
        long size = step.apply(file);
        if (size < 0) {
            return null;
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
            file.contentChanged(size, now);
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
                return Math.max(file.size(), end);
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
            case 0, KEEP_SIZE -> change(id, new Allocation(offset, end, mode));
            case PUNCH_HOLE | KEEP_SIZE, ZERO_RANGE, ZERO_RANGE | KEEP_SIZE ->
                change(id, new Clearing(offset, end, mode));
            default -> throw new FsException(Errno.EOPNOTSUPP);
        }
    }

    /** A step that first copies pages into a file of the store which belongs to nobody yet. */
    private abstract class CopyingStep extends Step {

        final long offset;
        final long end;
        final int mode;
        private StoredFile copy;
        private long losses;

        CopyingStep(long offset, long end, int mode) {
            this.offset = offset;
            this.end = end;
            this.mode = mode;
        }

        final boolean has(int flag) {
            return (mode & flag) != 0;
        }

        @Override
        final void prepare(RegularFile file, ReadWriteLock lock) throws FsException {
            close();
            lock.readLock().lock();
            try {
                losses = file.content.losses();
            } finally {
                lock.readLock().unlock();
            }
            copy = upper.store.newFile();
            copy(file, copy, lock);
        }

        abstract void copy(RegularFile file, StoredFile copy, ReadWriteLock lock) throws FsException;

        @Override
        final long apply(RegularFile file) throws FsException {
            if (file.content.losses() != losses) {
                return -1;
            }
            clear(file.content);
            file.content.stored.adopt(copy);
            copy = null;
            finish(file.content);
            return has(KEEP_SIZE) ? file.size() : Math.max(file.size(), end);
        }

        /** Takes bytes out of sight, before the copy is adopted. */
        void clear(Content content) throws FsException {}

        /** What is left to do once the copy is adopted. Cannot fail. */
        void finish(Content content) {}

        @Override
        final void close() {
            if (copy != null) {
                copy.delete();
                copy = null;
            }
        }
    }

    /** Space for all of a range: what shows of the lower file is copied up, holes get pages of zeros. */
    private final class Allocation extends CopyingStep {

        Allocation(long offset, long end, int mode) {
            super(offset, end, mode);
        }

        @Override
        void copy(RegularFile file, StoredFile copy, ReadWriteLock lock) throws FsException {
            file.content.copyAbsent(pageOf(offset), pageFrom(end), copy, lock.readLock());
        }
    }

    /** Zeros in a range: by holes, or by pages that stay. Pages of which only a part is in the range are copied up. */
    private final class Clearing extends CopyingStep {

        private final long first;
        private final long last;

        Clearing(long offset, long end, int mode) {
            super(offset, end, mode);
            first = pageFrom(offset);
            last = Math.max(first, pageOf(end));
        }

        @Override
        void copy(RegularFile file, StoredFile copy, ReadWriteLock lock) throws FsException {
            if (pageOf(offset) < first) {
                copyEdge(file, pageOf(offset), copy, lock);
            }
            if (pageOf(end) < pageFrom(end) && pageOf(end) >= first) {
                copyEdge(file, pageOf(end), copy, lock);
            }
            if (!has(PUNCH_HOLE)) {
                file.content.copyZeros(first, last, copy, lock.readLock());
            }
        }

        /** A hole needs no page to stay one. */
        private void copyEdge(RegularFile file, long page, StoredFile copy, ReadWriteLock lock) throws FsException {
            boolean isHole;
            lock.readLock().lock();
            try {
                isHole = file.content.isHole(page);
            } finally {
                lock.readLock().unlock();
            }
            if (!isHole || !has(PUNCH_HOLE)) {
                file.content.copyAbsent(page, page + 1, copy, lock.readLock());
            }
        }

        @Override
        void clear(Content content) throws FsException {
            content.hide(first, last);
            if (has(PUNCH_HOLE)) {
                content.stored.free(first, last);
            }
        }

        @Override
        void finish(Content content) {
            content.stored.zero(offset, end);
        }
    }
}
