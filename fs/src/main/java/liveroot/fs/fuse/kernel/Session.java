package liveroot.fs.fuse.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountPoint;
import liveroot.fs.fuse.Requests;
import liveroot.fs.sys.Libc;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mount that this process serves: its descriptor of /dev/fuse, its workers, and what was agreed with the kernel. */
final class Session implements Mount {

    /** Bytes of the largest read or write. */
    static final int LARGEST_TRANSFER = 1 << 20;

    /** What a request may take, header and fields included (FUSE_BUFFER_HEADER_SIZE of libfuse is as generous). */
    static final int REQUEST_BUFFER = LARGEST_TRANSFER + 4096;

    private static final int PAGE = 4096;

    /** After so many I/O errors their causes are no longer logged: a damaged image would fill the log. */
    private static final int MOST_EXPLANATIONS = 100;

    private final int fuse;
    private final FileTree tree;
    private final boolean opensItself;
    private final MountPoint point;
    private final Path directory;
    private final Backings backings;
    private final Held held;
    private final Pages pages;
    private final Requests requests;
    private final CountDownLatch initialized = new CountDownLatch(1);

    /** What is to come up before the kernel uses the rings; none without them. */
    private final List<RingWorker> rings;

    private final CountDownLatch ringsUp;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger explained = new AtomicInteger();
    private final AtomicIntegerArray unexpected = new AtomicIntegerArray(Requests.OPCODES);

    private volatile long agreed;

    /** Why nothing was agreed, or null. */
    private volatile String refusal;

    private volatile boolean unmounted;

    /** @param ringed whether requests are to come through io_uring */
    Session(int fuse, FileTree tree, boolean readOnlyMount, MountPoint point, boolean ringed, Requests requests)
            throws IOException {
        this.fuse = fuse;
        this.requests = requests;
        this.tree = tree;
        this.opensItself = readOnlyMount && tree.isReadOnly();
        this.point = point;
        this.directory = point.directory();
        this.backings = new Backings(fuse);
        this.held = new Held(tree, backings);
        this.rings = ringed ? RingWorker.forAllCores(this, fuse) : List.of();
        this.ringsUp = new CountDownLatch(rings.size());
        this.pages = new Pages(fuse);
    }

    /**
     * Starts the workers and waits until the kernel and they have agreed.
     *
     * @param workers that read /dev/fuse
     * @throws IOException if they do not; the mount is gone then
     */
    void start(int workers) throws IOException {
        List<Runnable> all = new ArrayList<>(rings);
        for (int i = 0; i < workers; i++) {
            all.add(new Worker(this, fuse));
        }
        running.set(all.size());
        int started = 0;
        boolean agreed = false;
        try {
            for (; started < all.size(); started++) {
                Thread thread = new Thread(all.get(started), "fuse-" + directory + "-" + started);
                thread.setDaemon(true);
                thread.start();
            }
            await(initialized);
            await(ringsUp);
            agreed = true;
        } finally {
            if (!agreed) {
                unmount(true);
            }
            for (; started < all.size(); started++) {
                workerEnded();
            }
        }
        readAheadAsFarAsARequestGoes();
        tree.fill(pages);
    }

    private void await(CountDownLatch agreement) throws IOException {
        try {
            if (!agreement.await(30, TimeUnit.SECONDS)) {
                throw new IOException(directory + ": the kernel did not begin to talk within 30 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(directory + ": interrupted while mounting", e);
        }
        if (refusal != null) {
            throw new IOException(directory + ": " + refusal);
        }
    }

    /** What was handed to the kernel by one reply. */
    Grants grants() {
        return new Grants(held, backings);
    }

    /** For one place in which requests arrive. */
    Operations operations(Grants grants, Reply reply) {
        return new Operations(tree, opensItself, held, grants, reply, () -> hasAgreed(Wire.SETXATTR_EXT));
    }

    void count(int opcode) {
        requests.count(opcode);
    }

    /** Waits until the kernel has agreed to use rings, and can have them; false if it never will. */
    boolean hasAgreedOnRings() {
        try {
            initialized.await();
        } catch (InterruptedException e) {
            return false;
        }
        return hasAgreed(Wire.OVER_IO_URING);
    }

    /** @param why it is not, or null */
    void ringIsUp(String why) {
        if (why != null) {
            refusal = "the kernel does not take a ring: " + why;
        }
        ringsUp.countDown();
    }

    /** Answers INIT: struct fuse_init_in to struct fuse_init_out. */
    void initialize(Request request, Reply reply) throws FsException {
        int major = request.getInt(0);
        int minor = request.getInt(4);
        if (major < Wire.MAJOR || (major == Wire.MAJOR && minor < Wire.OLDEST_MINOR)) {
            refusal = "this kernel speaks FUSE " + major + "." + minor + ", which is too old: 7." + Wire.OLDEST_MINOR
                    + " (Linux 5.4) is needed, or --front jnr-fuse";
            initialized.countDown();
            throw new FsException(Errno.EPIPE, refusal);
        }
        long offered = Integer.toUnsignedLong(request.getInt(12));
        if ((offered & Wire.INIT_EXT) != 0) {
            offered |= Integer.toUnsignedLong(request.getInt(16)) << 32;
        }
        if (!rings.isEmpty() && (offered & Wire.OVER_IO_URING) == 0) {
            refusal = "the kernel does not offer FUSE over io_uring; use --front kernel";
            initialized.countDown();
            throw new FsException(Errno.EPIPE, refusal);
        }
        long flags = offered & wanted();
        agreed = flags;
        int at = reply.reserve(64);
        reply.clear(at, 64);
        reply.fields()
                .putInt(at, Wire.MAJOR)
                .putInt(at + 4, Math.min(minor, Wire.MINOR))
                .putInt(at + 8, Math.max(request.getInt(8), LARGEST_TRANSFER))
                .putInt(at + 12, (int) flags)
                .putShort(at + 16, (short) 64)
                .putShort(at + 18, (short) 48)
                .putInt(at + 20, LARGEST_TRANSFER)
                .putInt(at + 24, 1)
                .putShort(at + 28, (short) (LARGEST_TRANSFER / PAGE))
                .putInt(at + 32, (int) (flags >>> 32))
                .putInt(at + 36, (flags & Wire.PASSTHROUGH) != 0 ? 1 : 0);
    }

    /** The kernel has got the answer to INIT. */
    void initialized() {
        initialized.countDown();
    }

    /** Whether this was agreed with the kernel, a flag of INIT. */
    boolean hasAgreed(long flag) {
        return (agreed & flag) != 0;
    }

    private long wanted() {
        long both = Wire.ABORT_ERROR
                | Wire.ASYNC_READ
                | Wire.BIG_WRITES
                | Wire.PARALLEL_DIROPS
                | Wire.DO_READDIRPLUS
                | Wire.ASYNC_DIO
                | Wire.MAX_PAGES
                | Wire.CACHE_SYMLINKS
                | Wire.NO_OPENDIR_SUPPORT
                | Wire.INIT_EXT
                | (rings.isEmpty() ? 0 : Wire.OVER_IO_URING);
        return tree.isReadOnly()
                ? both | Wire.NO_OPEN_SUPPORT
                : both
                        | Wire.ATOMIC_O_TRUNC
                        | Wire.DONT_MASK
                        | Wire.POSIX_ACL
                        | Wire.HANDLE_KILLPRIV_V2
                        | Wire.SETXATTR_EXT
                        | Wire.PASSTHROUGH;
    }

    /**
     * The kernel reads ahead 128 KiB by default, an eighth of what one request can carry. Only root may change that, and
     * where it is refused the mount is slower, no worse.
     */
    private void readAheadAsFarAsARequestGoes() {
        Path setting = Path.of("/sys/class/bdi", point.device(), "read_ahead_kb");
        if (Files.isWritable(setting)) {
            try {
                Files.writeString(setting, Integer.toString(LARGEST_TRANSFER >> 10));
            } catch (IOException e) {
                Log.LOG.warn("{}: {} cannot be set: {}", directory, setting, e.getMessage());
            }
        }
    }

    /**
     * The kernel has nothing left of this mount. An aborted connection is told apart from that since ABORT_ERROR was
     * agreed: it leaves a dead mount behind.
     */
    void unmounted() {
        unmounted = true;
    }

    void workerEnded() {
        if (initialized.getCount() > 0) {
            if (refusal == null) {
                refusal = "it was unmounted, or its connection cut, while it was being mounted";
            }
            initialized.countDown();
        }
        if (running.decrementAndGet() != 0) {
            return;
        }
        try {
            held.giveBack();
            // What is in place after an unmount is another mount, even if it was given the same device number.
            if (!unmounted) {
                point.unmount(true);
            }
        } catch (IOException | RuntimeException | Error e) {
            Log.LOG.error("{}: after the end of the mount", directory, e);
        } finally {
            pages.close();
            backings.free();
            Libc.close(fuse);
            ended.countDown();
        }
    }

    @Override
    public Path directory() {
        return point.directory();
    }

    @Override
    public boolean isMounted() {
        return point.mayBeInPlace();
    }

    @Override
    public String front() {
        return rings.isEmpty() ? KernelFront.DEVICE : KernelFront.URING;
    }

    @Override
    public String noPassthrough() {
        return backings.refusal();
    }

    @Override
    public void unmount(boolean lazily) throws IOException {
        if (ended.getCount() > 0) {
            point.unmount(lazily);
        }
    }

    @Override
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    @Override
    public boolean hasEnded() {
        return ended.getCount() == 0;
    }

    @Override
    public Map<String, Long> requests() {
        return requests.byName();
    }

    /** Logs why a request got EIO, in the tree's words, which name the inode; other errors are everyday answers. */
    void explain(FsException e) {
        if (e.errno() == Errno.EIO) {
            int n = explained.incrementAndGet();
            if (n <= MOST_EXPLANATIONS) {
                Log.LOG.warn(
                        "{}: {}{}",
                        directory,
                        e.getMessage(),
                        n == MOST_EXPLANATIONS ? " (more of this kind are not logged)" : "");
            }
        }
    }

    /** Logs a fault of our own, once for each opcode. */
    void unexpected(int opcode, Throwable e) {
        int known = Requests.known(opcode);
        if (unexpected.getAndSet(known, 1) == 0) {
            try {
                Log.LOG.error(
                        "{}: {} failed unexpectedly and was answered with EIO", directory, Requests.name(opcode), e);
            } catch (Throwable noMemory) {
                // Not even to say so: the next one may.
                unexpected.set(known, 0);
            }
        }
    }

    /** @param what requests were to come from */
    void broken(String what, String why) {
        Log.LOG.error("{}: {} cannot be read: {}", directory, what, why);
    }

    /** Loaded when there is something to log. */
    private static final class Log {
        static final Logger LOG = LoggerFactory.getLogger(Session.class);
    }
}
