package liveroot.fs.fuse.jnr;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.fuse.MountPoint;
import liveroot.fs.fuse.Mounter;
import liveroot.fs.fuse.Requests;

/** A mount by libfuse 2, from fuse_mount to fuse_destroy. */
final class JnrMount implements Mount {

    /** Long enough for a machine under load; only a kernel that does not answer takes this long. */
    private static final int SECONDS = 30;

    private final Path directory;
    private final NativeArguments memory = new NativeArguments();
    private final LibFuse2 fuse = LibFuse2.load();
    private final OpenFiles files = new OpenFiles();
    private final CountDownLatch initialised = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Requests requests = new Requests();
    private final AtomicInteger serving = new AtomicInteger();
    private final Mounter mounter = LibFuse2.LINUX ? Mounter.current() : null;
    private final FileCallbacks fileCallbacks;
    private final Operations operations;

    private long nativeDirectory;
    private long arguments;
    private long handle;
    private long channel;
    private MountPoint point;
    private volatile boolean unmounted;

    private JnrMount(FileTree tree, Path directory) {
        this.directory = directory;
        HiddenFiles hidden = new HiddenFiles(files);
        Paths paths = new Paths(tree, hidden);
        Callers callers = new Callers(fuse);
        OpenFlags flags = LibFuse2.LINUX ? OpenFlags.LINUX : OpenFlags.DARWIN;
        fileCallbacks = new FileCallbacks(tree, paths, files, hidden, callers, flags);
        operations = new Operations(
                initialised::countDown,
                new NameCallbacks(tree, paths, hidden, callers),
                fileCallbacks,
                new AttributeCallbacks(tree, paths, files, callers));
    }

    static JnrMount start(FileTree tree, Path directory, MountOptions options) throws IOException {
        JnrMount mount = new JnrMount(tree, directory);
        mount.mount(options, tree.isReadOnly());
        mount.serve(options.threads());
        return mount;
    }

    private void mount(MountOptions options, boolean fixed) throws IOException {
        boolean mounted = false;
        try {
            List<String> library = MountArguments.ofLibrary(fixed);
            if (LibFuse2.LINUX) {
                int descriptor = mounter.mount(directory, options, MountArguments.LARGEST_REQUEST);
                mounted = true;
                channel = fuse.channelOf(descriptor);
                point = new MountPoint(directory, mounter);
            } else {
                library.addAll(MountArguments.ofDarwin(options));
            }
            nativeDirectory = memory.string(directory.toString());
            arguments = memory.arguments(MountArguments.words(library));
            if (LibFuse2.DARWIN) {
                channel = fuse.mount(nativeDirectory, arguments);
                mounted = channel != 0;
            }
            if (channel == 0) {
                throw new IOException(
                        directory + " cannot be mounted: libfuse refused; its own words are on standard error");
            }
            handle = fuse.create(channel, arguments, operations.address(), operations.size());
            if (handle == 0) {
                throw new IOException(directory + " cannot be mounted: libfuse refused the options " + library);
            }
        } finally {
            if (handle == 0) {
                abandon(mounted);
            }
        }
    }

    private void abandon(boolean mounted) throws IOException {
        try {
            if (channel != 0) {
                fuse.unmount(nativeDirectory, channel);
            } else if (mounted) {
                mounter.unmount(directory, true);
            }
        } finally {
            free();
        }
    }

    private void serve(int threads) throws IOException {
        long session = fuse.session(handle);
        List<ServingThread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            all.add(new ServingThread("jnr-fuse " + directory + " " + i, fuse, session, requests, this::threadEnded));
        }
        serving.set(threads);
        all.forEach(Thread::start);
        boolean answered = false;
        try {
            answered = initialised.await(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!answered) {
            unmount(true);
            throw new IOException(directory + " cannot be mounted: the kernel did not begin to talk within " + SECONDS
                    + " s; it has been unmounted again");
        }
        if (LibFuse2.LINUX && !point.isInPlace()) {
            throw new IOException(directory + " cannot be mounted: it was unmounted again by someone else");
        }
    }

    private void threadEnded() {
        if (serving.decrementAndGet() != 0) {
            return;
        }
        try {
            // Detaches what the kernel has not: after a cut connection a dead mount stays behind.
            // What is in place after an unmount is another mount, even if it was given the same number.
            if (LibFuse2.LINUX && !unmounted) {
                point.unmount(true);
            }
        } catch (IOException e) {
            Border.complain("after the end of the mount: " + e.getMessage(), e);
        } finally {
            fuse.unmount(nativeDirectory, channel);
            fuse.destroy(handle);
            fileCallbacks.releaseAll();
            free();
            ended.countDown();
        }
    }

    private void free() {
        if (arguments != 0) {
            fuse.freeArguments(arguments);
        }
        operations.close();
        memory.close();
    }

    @Override
    public Path directory() {
        return point == null ? directory : point.directory();
    }

    @Override
    public boolean isMounted() {
        return point == null || point.mayBeInPlace();
    }

    @Override
    public String front() {
        return JnrFront.NAME;
    }

    @Override
    public void unmount(boolean lazily) throws IOException {
        if (ended.getCount() == 0) {
            return;
        }
        unmounted = true;
        try {
            if (LibFuse2.LINUX) {
                point.unmount(lazily);
            } else {
                DarwinUmount.run(directory, lazily);
            }
        } catch (IOException e) {
            unmounted = false;
            throw e;
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
}
