package liveroot.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.image.ImagePath;
import liveroot.fs.sys.Libc;
import org.slf4j.LoggerFactory;

/** The process that serves a mount. */
final class Daemon {

    /** How long SIGTERM leaves to those who still use the mount after it was detached, in milliseconds. */
    private static final long LAST_USERS = 5000;

    private final Image image;
    private final Playlists playlists;
    private final Path directory;
    private final RunDirectory run;
    private final long pid = ProcessHandle.current().pid();

    private List<Covered> unions;

    /** Changed by the thread of the control socket alone, once that listens. */
    private Limits.Ram ram;

    private volatile MountedRoot mounted;
    private volatile boolean over;
    /** Whether nobody is to find it in the run directory any more. */
    private boolean left;

    /** @param directory where the root is to be mounted; absolute, without symlinks */
    Daemon(Image image, Playlists playlists, Path directory, RunDirectory run) {
        this.image = image;
        this.playlists = playlists;
        this.directory = directory;
        this.run = run;
    }

    /**
     * Mounts, lets the starter go, and serves until the root and all unions have ended, by whatever hand.
     *
     * @param fronts that may be used, the best first
     * @param claim on the mount point, closed once the daemon can be found there
     * @return exit status
     */
    int serve(List<Union> wanted, Limits.Ram ram, List<Front> fronts, Closeable claim) throws Refusal, IOException {
        playlists.start();
        Cover.Plan plan = Cover.plan(image.tree(), wanted);
        plan.notes().forEach(note -> System.err.println("liveroot: " + note));
        this.ram = ram;
        unions = cover(plan.covers(), fronts.get(0));
        nameProcess();
        // The JVM's first use of sockets takes it as long as mounting does: both are done at the same time.
        FutureTask<ControlSocket> listening =
                new FutureTask<>(() -> ControlSocket.listen(run.socket(pid), this::answer));
        new Thread(listening, "listen").start();
        try {
            mount(fronts);
            Mount root = mounted.mounts().get(0);
            listening.get();
            run.add(new RunDirectory.Entry(pid, directory, MountedRoot.number(root)));
            claim.close();
            run.dropOldLogs();
            if (Starter.waits()) {
                Terminal.leave(run.log(pid));
                Starter.serving();
            }
            root.awaitEnd();
            if (!mounted.hasEnded()) {
                forgetNumber();
                mounted.awaitEnd();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new Refusal(
                    Refusal.CANNOT_CREATE,
                    run.socket(pid) + " cannot be made: " + e.getCause().getMessage());
        } finally {
            mounted.detach();
            playlists.close();
            stopListening(listening);
            leave();
            over = true;
        }
        return 0;
    }

    /** The root has ended, unions may live on elsewhere: its number in the mount table may become another's. */
    private synchronized void forgetNumber() {
        if (left) {
            return;
        }
        try {
            run.add(new RunDirectory.Entry(pid, directory, ""));
        } catch (IOException e) {
            LoggerFactory.getLogger(Daemon.class).warn("{} cannot be written: {}", run.path(), e.getMessage());
        }
    }

    private synchronized void leave() throws IOException {
        left = true;
        run.remove(pid);
    }

    static void stopListening(FutureTask<ControlSocket> listening) throws IOException {
        try {
            listening.get().close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            // It never listened, and serve has said so.
        }
    }

    /** What ps(1) and top(1) show instead of "java". */
    static void nameProcess() {
        try {
            Files.writeString(Path.of("/proc/self/comm"), "liveroot");
        } catch (IOException e) {
            // No such thing on this host.
        }
    }

    private List<Covered> cover(List<Cover> covers, Front front) throws Refusal {
        List<Union> wanted = covers.stream().map(Cover::union).toList();
        List<Limits> limits = Limits.share(wanted, ram, Runtime.getRuntime().maxMemory(), imageInodes());
        List<Covered> covered = new ArrayList<>();
        for (int i = 0; i < covers.size(); i++) {
            covered.add(Covered.of(image.tree(), covers.get(i), limits.get(i), front.noPassthrough()));
        }
        return covered;
    }

    private long imageInodes() throws Refusal {
        try {
            return image.tree().statfs().files();
        } catch (FsException e) {
            throw new Refusal(Refusal.DATA, image.path() + ": " + e.getMessage());
        }
    }

    private void mount(List<Front> fronts) throws Refusal {
        StringBuilder faults = new StringBuilder();
        mounted = new MountedRoot(fronts.get(0), parts());
        Runtime.getRuntime().addShutdownHook(new Thread(this::terminate, "terminate"));
        for (Front front : fronts) {
            if (front != fronts.get(0)) {
                mounted = new MountedRoot(front, parts());
            }
            try {
                mounted.mount();
                return;
            } catch (IOException e) {
                faults.append(faults.isEmpty() ? "" : "; ").append(e.getMessage());
            }
        }
        throw refusal(faults.toString());
    }

    /** That all fronts failed. */
    static Refusal refusal(String fault) {
        if (fault.contains(Libc.error(Errno.EPERM.number()))
                || fault.contains(Libc.error(Errno.EACCES.number()))
                // fusermount3
                || fault.contains("no write access")) {
            return new Refusal(
                    Refusal.PERMISSION,
                    fault + ": "
                            + (Libc.geteuid() == 0
                                    ? "a container needs CAP_SYS_ADMIN and /dev/fuse to mount"
                                    : "run it as root, or in namespaces of your own (unshare -Urm)"));
        }
        return new Refusal(Refusal.OS, fault);
    }

    /** The root mount, which is the union over "/" if there is one, and the other unions. */
    private List<MountedRoot.Part> parts() {
        int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
        List<MountedRoot.Part> parts = new ArrayList<>();
        for (Covered covered : unions) {
            Union.Options options = covered.cover().union().options();
            ImagePath path = covered.cover().path();
            boolean root = path.names().isEmpty();
            parts.add(new MountedRoot.Part(
                    root ? directory : directory.resolve(path.toString().substring(1)),
                    covered.tree(),
                    new MountOptions(
                            root ? image.path().toString() : "liveroot",
                            options.has(Union.Flag.RO),
                            options.has(Union.Flag.NOSUID),
                            options.has(Union.Flag.NODEV),
                            options.has(Union.Flag.NOEXEC),
                            !covered.tree().keepsAccessTimes(),
                            threads)));
        }
        if (parts.isEmpty() || !parts.get(0).directory().equals(directory)) {
            MountOptions options = new MountOptions(image.path().toString(), true, false, false, false, false, threads);
            parts.add(0, new MountedRoot.Part(directory, image.tree(), options));
        }
        return parts;
    }

    /** SIGTERM or SIGINT: what is in use is taken out of sight, and its users are given a moment. */
    private void terminate() {
        if (over) {
            return;
        }
        try {
            mounted.unmount();
        } catch (Refusal e) {
            mounted.detach();
        }
        try {
            awaitLastUsers(mounted::awaitEnd);
            playlists.close();
            leave();
        } catch (IOException e) {
            LoggerFactory.getLogger(Daemon.class).warn("{} cannot be cleared: {}", run.path(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until all has ended. */
    interface Ending {
        void await() throws InterruptedException;
    }

    /** Waits a moment for those who still use what was detached, or what is mounted elsewhere. */
    static void awaitLastUsers(Ending ending) throws InterruptedException {
        Thread waiting = new Thread(() -> {
            try {
                ending.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        waiting.setDaemon(true);
        waiting.start();
        waiting.join(LAST_USERS);
    }

    private String answer(String request) throws Refusal {
        if (mounted == null || mounted.since() == null) {
            throw new Refusal(Refusal.BUSY, directory + " is still being mounted");
        }
        if (Resize.isOne(request)) {
            resize(Resize.read(request));
            return "";
        }
        return switch (request.equals(
                        "umount " + UnionsFile.escape(mounted.directory().toString()))
                ? "umount"
                : request) {
            case "umount" -> unmount();
            case "playlist stop" -> playlists.stop();
            case "status text" -> status().text();
            case "status json" -> status().json();
            default -> throw new Refusal(Refusal.USAGE, "no such request");
        };
    }

    private String unmount() throws Refusal {
        String devices = String.join(" ", mounted.unmount());
        String lost = playlists.end();
        if (lost != null) {
            throw new Refusal(Refusal.CANNOT_CREATE, directory + " is unmounted, but its recording is lost: " + lost);
        }
        return devices;
    }

    private void resize(Resize resize) throws Refusal {
        int which = union(resize.path());
        Limits.Ram wanted = resize.ram() == null ? ram : Limits.Ram.of(resize.ram(), HostMemory.total());
        Limits limits = Limits.resized(
                unions.stream().map(each -> each.cover().union()).toList(),
                unions.stream().map(Covered::limits).toList(),
                which,
                resize.size(),
                resize.inodes(),
                wanted,
                Runtime.getRuntime().maxMemory(),
                imageInodes());
        unions.get(which).resize(limits);
        ram = wanted;
    }

    /** The number of the union over a path, which may lead through symlinks of the image. */
    private int union(String path) throws Refusal {
        try {
            long directory = ImagePath.resolve(image.tree(), path, true).node().id();
            for (int i = 0; i < unions.size(); i++) {
                if (unions.get(i).cover().path().node().id() == directory) {
                    return i;
                }
            }
        } catch (FsException e) {
            // Said below: a union lies over a directory that the image has.
        }
        String known =
                unions.stream().map(each -> each.cover().path().toString()).collect(Collectors.joining(", "));
        throw new Refusal(
                Refusal.NO_INPUT,
                "resize: there is no union over " + path + " in " + mounted.directory()
                        + (known.isEmpty() ? ", nor any other" : ": there are " + known));
    }

    private Status status() {
        List<Status.Union> full = new ArrayList<>();
        for (Covered covered : unions) {
            full.add(covered.status(mounted.isMounted(covered.tree()), mounted.noPassthrough(covered.tree())));
        }
        return new Status(
                image.words(),
                image.format(),
                mounted.directory().toString(),
                pid,
                mounted.since(),
                mounted.front().name(),
                mounted.isMounted(mounted.parts().get(0).tree()),
                image.cache().stats(),
                image.medium() == null ? null : image.medium().stats(),
                playlists.stats(),
                mounted.requests(),
                full,
                Starter.waits() ? run.log(pid).toString() : null);
    }
}
