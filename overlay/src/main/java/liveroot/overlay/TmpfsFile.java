package liveroot.overlay;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;
import liveroot.fs.sys.Tmpfs;

/**
 * A file in a tmpfs. Its pages are here if they are data to lseek(2). It is never longer than the file of the union, so
 * that what lies behind its end is zero, or shows the lower file.
 *
 * <p>It is made when it is written or handed to the kernel for the first time, and open only while it is in use.
 */
final class TmpfsFile implements StoredFile {

    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;

    /** The most that shmem takes (MAX_LFS_FILESIZE). */
    private static final long END = Long.MAX_VALUE;

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(64 << 10);
    private static final long ZEROS_ADDRESS = NativeMemory.address(ZEROS);

    private static final ThreadLocal<ByteBuffer> EDGE = ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(PAGE));

    private final TmpfsStore store;

    /** Its name in the tmpfs; 0 as long as it is not there. */
    private long number;

    /** -1 if it is not open. Does not change between {@link #open} and {@link #close}, except when it is made. */
    private volatile int fd = -1;

    private int users;

    /** As of when it was last open; an int, as there are very many of these. 8 TiB of RAM would be needed for more. */
    private int pages;

    /** The kernel may be writing to it by itself. Then nothing of a lower file shows. */
    private boolean handedOut;

    TmpfsFile(TmpfsStore store) {
        this.store = store;
    }

    @Override
    public synchronized void open() throws FsException {
        if (users == 0 && number != 0) {
            fd = check(store.tmpfs().open(number, false), "open");
        }
        users++;
    }

    @Override
    public synchronized void close() {
        if (--users == 0 && fd >= 0) {
            pages = (int) Math.min(pages(stat()), Integer.MAX_VALUE);
            Libc.close(fd);
            fd = -1;
            handedOut = false;
        }
    }

    private synchronized void make() throws FsException {
        if (number == 0) {
            long newNumber = store.newNumber();
            fd = check(store.tmpfs().open(newNumber, true), "make");
            number = newNumber;
        }
    }

    private static int check(int result, String what) throws FsException {
        if (result < 0) {
            Errno errno = Errno.of(-result);
            // The descriptors of this process are as good as a file table that all share.
            throw new FsException(
                    errno == Errno.EMFILE ? Errno.ENFILE : errno,
                    "a file of the union's store, " + what + ": " + Libc.error(-result));
        }
        return result;
    }

    /** For what cannot fail: it takes nothing. */
    private static void checked(int result, String what) {
        if (result < 0) {
            throw new IllegalStateException(what + " of a file of the union's store: " + Libc.error(-result));
        }
    }

    @Override
    public boolean has(long page) {
        return nextPresent(page, page + 1) == page;
    }

    private long seek(long page, long end, int whence) {
        long found = Libc.lseek(fd, page << PAGE_SHIFT, whence);
        if (found < 0) {
            // ENXIO: behind its end.
            return whence == FileTree.SEEK_DATA ? end : page;
        }
        long at = whence == FileTree.SEEK_DATA ? found >>> PAGE_SHIFT : (found + PAGE - 1) >>> PAGE_SHIFT;
        return Math.min(at, end);
    }

    @Override
    public long nextPresent(long page, long end) {
        return fd < 0 || page >= end ? end : seek(page, end, FileTree.SEEK_DATA);
    }

    @Override
    public long nextAbsent(long page, long end) {
        if (page >= end) {
            return end;
        }
        return fd < 0 ? page : seek(page, end, FileTree.SEEK_HOLE);
    }

    private static long pages(Tmpfs.Stat stat) {
        return stat.blocks() >>> (PAGE_SHIFT - 9);
    }

    @Override
    public synchronized long pages() {
        return fd < 0 ? pages : pages(stat());
    }

    @Override
    public void read(long offset, ByteBuffer dst) throws FsException {
        long address = NativeMemory.address(dst) + dst.position();
        int done = 0;
        while (done < dst.remaining()) {
            int n = check((int) Libc.pread(fd, address + done, dst.remaining() - done, offset + done), "read");
            if (n == 0) {
                break;
            }
            done += n;
        }
        dst.position(dst.position() + done);
        while (dst.hasRemaining()) {
            dst.put(ZEROS.slice(0, Math.min(ZEROS.capacity(), dst.remaining())));
        }
    }

    private void put(long offset, long address, int length) throws FsException {
        int done = 0;
        while (done < length) {
            done += check((int) Libc.pwrite(fd, address + done, length - done, offset + done), "write");
        }
    }

    @Override
    public void write(long offset, ByteBuffer data, Beneath beneath) throws FsException {
        make();
        long end = offset + data.remaining();
        long firstPage = offset >>> PAGE_SHIFT;
        long endPage = (end + PAGE - 1) >>> PAGE_SHIFT;
        if (endPage - firstPage > 1) {
            reserve(firstPage, endPage);
        }
        putEdge(firstPage, offset, end, beneath);
        if (endPage - 1 > firstPage) {
            putEdge(endPage - 1, offset, end, beneath);
        }
        put(offset, NativeMemory.address(data) + data.position(), data.remaining());
    }

    /** Gives a page that is new and will be written partly its first content. */
    private void putEdge(long page, long offset, long end, Beneath beneath) throws FsException {
        long start = page << PAGE_SHIFT;
        if ((offset > start || end < start + PAGE) && !has(page)) {
            ByteBuffer edge = EDGE.get();
            int length = beneath.fill(page, edge);
            if (length > 0) {
                put(start, NativeMemory.address(edge), length);
            }
        }
    }

    @Override
    public long reserve(long first, long end) throws FsException {
        make();
        long before = pages();
        List<Run> absent = handedOut ? List.of() : absent(first, end);
        try {
            allocate(first, end);
        } catch (FsException e) {
            try {
                keepAbsent(absent);
            } catch (FsException taken) {
                // Others have taken the space of pages that were reserved. What they show is there.
                e.addSuppressed(taken);
            }
            throw e;
        }
        long taken = pages() - before;
        if (taken < absent.stream().mapToLong(Run::length).sum()) {
            keepAbsent(absent);
        }
        return taken;
    }

    private void allocate(long first, long end) throws FsException {
        long length = Math.min((end - first) << PAGE_SHIFT, END - (first << PAGE_SHIFT));
        check(Libc.fallocate(fd, KEEP_SIZE, first << PAGE_SHIFT, length), "fallocate");
    }

    private record Run(long first, long end) {
        long length() {
            return end - first;
        }
    }

    private List<Run> absent(long first, long end) {
        List<Run> runs = new ArrayList<>();
        for (long page = nextAbsent(first, end); page < end; ) {
            long present = nextPresent(page, end);
            runs.add(new Run(page, present));
            page = nextAbsent(present, end);
        }
        return runs;
    }

    /**
     * A page that is allocated a second time becomes data, all zero, even if the call then fails for want of space
     * (SGP_FALLOC in shmem_get_folio_gfp of mm/shmem.c): it would hide what shows of the lower file. A fresh one does not.
     *
     * @throws FsException ENOSPC: others took the space meanwhile. The pages are absent all the same
     */
    private void keepAbsent(List<Run> runs) throws FsException {
        FsException failure = null;
        for (Run run : runs) {
            for (long page = nextPresent(run.first, run.end); page < run.end; ) {
                long next = nextAbsent(page, run.end);
                free(page, next);
                try {
                    allocate(page, next);
                } catch (FsException e) {
                    failure = e;
                }
                page = nextPresent(next, run.end);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void zero(long offset, long end) {
        if (fd < 0) {
            return;
        }
        long stop = Math.min(end, stat().size());
        for (long at = offset; at < stop; ) {
            long data = Libc.lseek(fd, at, FileTree.SEEK_DATA);
            if (data < 0 || data >= stop) {
                return;
            }
            long hole = Math.min(stop, Libc.lseek(fd, data, FileTree.SEEK_HOLE));
            for (at = data; at < hole; ) {
                int n = (int) Libc.pwrite(fd, ZEROS_ADDRESS, Math.min(hole - at, ZEROS.capacity()), at);
                checked(n, "zeroing");
                at += n;
            }
        }
    }

    @Override
    public void free(long first, long end) {
        if (fd < 0 || first >= end) {
            return;
        }
        store.beforeLess();
        long from = first << PAGE_SHIFT;
        long length = end > END >>> PAGE_SHIFT ? END - from : (end - first) << PAGE_SHIFT;
        checked(Libc.fallocate(fd, PUNCH_HOLE | KEEP_SIZE, from, length), "punching");
    }

    @Override
    public void truncate(long size) {
        if (fd >= 0) {
            store.beforeLess();
            checked(Libc.ftruncate(fd, size), "truncation");
        }
    }

    @Override
    public void extend(long size) {
        if (fd >= 0 && size > 0 && stat().size() < size) {
            checked(Libc.ftruncate(fd, size), "extension");
        }
    }

    @Override
    public int descriptor(long size) throws FsException {
        make();
        if (!Tmpfs.maySpare(fd)) {
            return -1;
        }
        extend(size);
        handedOut = true;
        return fd;
    }

    @Override
    public Tmpfs.Stat stat() {
        return Tmpfs.stat(fd);
    }

    @Override
    public Tmpfs.Stat forgetAccess() {
        if (store.keepsAccessTimes()) {
            checked(Tmpfs.forgetAccess(fd), "setting the access time");
        }
        return stat();
    }

    @Override
    public synchronized void delete() {
        if (number != 0) {
            store.beforeLess();
            if (fd >= 0) {
                Libc.close(fd);
                fd = -1;
            }
            store.tmpfs().unlink(number);
            number = 0;
            pages = 0;
        }
    }
}
