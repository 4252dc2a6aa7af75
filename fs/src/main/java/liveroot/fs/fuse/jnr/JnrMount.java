package liveroot.fs.fuse.jnr;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Mount;
import liveroot.fs.sys.Fusermount;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountTable;

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
    private final AtomicLongArray requests = new AtomicLongArray(Opcodes.NAMES.size());
    private final AtomicInteger serving = new AtomicInteger();
    private final FileCallbacks fileCallbacks;
    private final Operations operations;

    private long nativeDirectory;
    private long arguments;
    private long handle;
    private long channel;
    private String device;

    private JnrMount(FileTree tree, Path directory) {
        this.directory = directory;
        HiddenFiles hidden = new HiddenFiles();
        Paths paths = new Paths(tree, hidden);
        Callers callers = new Callers(fuse);
        OpenFlags flags = Host.current().isLinux() ? OpenFlags.LINUX : OpenFlags.DARWIN;
        fileCallbacks = new FileCallbacks(tree, paths, files, hidden, callers, flags);
        operations = new Operations(
                initialised::countDown,
                new NameCallbacks(tree, paths, hidden, callers),
                fileCallbacks,
                new AttributeCallbacks(tree, paths, files, callers));
    }

    static JnrMount start(FileTree tree, Path directory, MountArguments options, int threads) throws IOException {
        JnrMount mount = new JnrMount(tree, directory);
        mount.mount(options.words());
        mount.serve(threads);
        return mount;
    }

    private void mount(List<String> words) throws IOException {
        nativeDirectory = memory.string(directory.toString());
        arguments = memory.arguments(words);
        channel = fuse.mount(nativeDirectory, arguments);
        if (channel == 0) {
            int errno = LibFuse2.error();
            free();
            throw JnrFront.refused(directory, errno);
        }
        handle = fuse.create(channel, arguments, operations.address(), operations.size());
        if (handle == 0) {
            fuse.unmount(nativeDirectory, channel);
            free();
            throw new IOException("cannot mount " + directory + ": libfuse refused the options " + words);
        }
        if (Host.current().isLinux()) {
            closeOnExec(fuse.descriptor(channel));
            MountTable.Entry entry = MountTable.at(directory);
            device = entry == null ? "" : entry.device();
        }
    }

    /** A child that inherited the connection would keep a dead mount's requests waiting. */
    private static void closeOnExec(int descriptor) {
        int setDescriptorFlags = 2;
        int closeOnExec = 1;
        Libc.call("fcntl", descriptor, setDescriptorFlags, closeOnExec);
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
            throw new IOException("cannot mount " + directory + ": the kernel did not begin to talk within " + SECONDS
                    + " s; it has been unmounted again");
        }
        if (Host.current().isLinux() && !isInPlace()) {
            throw new IOException("cannot mount " + directory + ": it was unmounted again by someone else");
        }
    }

    /** Whether the kernel's mount table still has this mount. */
    private boolean isInPlace() throws IOException {
        return MountTable.read().stream()
                .anyMatch(entry ->
                        entry.device().equals(device) && entry.directory().equals(directory));
    }

    private void threadEnded() {
        if (serving.decrementAndGet() != 0) {
            return;
        }
        try {
            // Detaches what the kernel has not: after a cut connection a dead mount stays behind.
            if (Host.current().isLinux() && isInPlace()) {
                unmountByPrivilege(true);
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
        fuse.freeArguments(arguments);
        operations.close();
        memory.close();
    }

    @Override
    public Path directory() {
        return directory;
    }

    @Override
    public String front() {
        return "jnr-fuse";
    }

    @Override
    public void unmount(boolean lazily) throws IOException {
        if (ended.getCount() == 0) {
            return;
        }
        if (Host.current().isLinux()) {
            MountTable.Entry top = MountTable.at(directory);
            if (top != null && !top.device().equals(device) && isInPlace()) {
                throw new IOException("cannot unmount " + directory + ": busy, " + top.source() + " (" + top.type()
                        + ") is mounted over it");
            }
            if (isInPlace()) {
                unmountByPrivilege(lazily);
            }
        } else {
            DarwinUmount.run(directory, lazily);
        }
        if (!lazily) {
            awaitEndAfterUnmount();
        }
    }

    private void awaitEndAfterUnmount() throws IOException {
        try {
            if (!ended.await(SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(directory + " is unmounted, but still in use by another mount namespace");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void unmountByPrivilege(boolean lazily) throws IOException {
        if (!Host.current().isRoot()) {
            Fusermount.unmount(directory, lazily);
            return;
        }
        int result = Libc.umount(directory.toString(), Libc.UMOUNT_NOFOLLOW | (lazily ? Libc.MNT_DETACH : 0));
        if (result < 0) {
            throw new IOException("cannot unmount " + directory + ": " + Libc.error(-result));
        }
    }

    @Override
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    @Override
    public Map<String, Long> requests() {
        Map<String, Long> counts = new TreeMap<>();
        for (int opcode = 0; opcode < requests.length(); opcode++) {
            long count = requests.get(opcode);
            if (count != 0) {
                counts.put(Opcodes.NAMES.get(opcode), count);
            }
        }
        return counts;
    }
}
