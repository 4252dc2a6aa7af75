package liveroot.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import liveroot.fs.Capacity;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.host.HostTree;
import liveroot.fs.image.ImagePath;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.Shield;
import org.slf4j.LoggerFactory;

/** The process that serves covers. */
final class CoverDaemon {

    /** Answer to an umount after which others are still served. */
    static final String GOES_ON = "goes on";

    /** Of a file system that does not count its inodes. */
    private static final long MANY_INODES = 1 << 20;

    /** What {@link Limits} reckons for an inode of an image that was looked up, in bytes. */
    private static final long LOOKED_UP = 32;

    private record HostCover(CoverPlan.Place place, Covered covered, Passages tree) {}

    private final List<CoverPlan.Place> places;
    private final RunDirectory run;
    private final boolean lockMemory;
    private final long pid = ProcessHandle.current().pid();

    private List<HostCover> covers;

    /** What inodes of the covered directories may take of the heap, as {@link Limits} reckons it. */
    private long known;

    private Limits.Ram ram;
    private volatile CoverMounts mounted;
    private volatile boolean over;

    /** @param lockMemory whether to stay out of swap */
    CoverDaemon(List<CoverPlan.Place> places, RunDirectory run, boolean lockMemory) {
        this.places = places;
        this.run = run;
        this.lockMemory = lockMemory;
    }

    /**
     * Mounts, lets the starter go, and serves until the last cover ends, by whatever hand.
     *
     * @param memory bytes of RAM
     * @param fronts that may be used, the best first
     * @param claims on the directories, closed once the daemon can be found there
     * @return exit status
     */
    int serve(long memory, List<Front> fronts, Closeable claims) throws Refusal, IOException {
        covers = cover(memory, fronts.get(0));
        Daemon.nameProcess();
        shield();
        FutureTask<ControlSocket> listening =
                new FutureTask<>(() -> ControlSocket.listen(run.socket(pid), this::answer));
        new Thread(listening, "listen").start();
        try {
            mount(fronts);
            listening.get();
            run.add(new RunDirectory.Entry(pid, mounted.directories(), ""));
            claims.close();
            run.dropOldLogs();
            tellServiceManager();
            if (Starter.waits()) {
                Terminal.leave(run.log(pid));
                Starter.serving();
            }
            mounted.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new Refusal(
                    Refusal.CANNOT_CREATE,
                    run.socket(pid) + " cannot be made: " + e.getCause().getMessage());
        } finally {
            mounted.detach();
            Daemon.stopListening(listening);
            run.remove(pid);
            over = true;
        }
        return 0;
    }

    /** Every directory is opened before anything is mounted: they may lie below one another. */
    private List<HostCover> cover(long memory, Front front) throws Refusal, IOException {
        long heap = Runtime.getRuntime().maxMemory();
        List<HostTree> trees = new ArrayList<>();
        List<Union> unions = new ArrayList<>();
        // The unions' own inodes have two thirds of the heap, less what these may take.
        int most = (int) Math.min(Integer.MAX_VALUE / 4, heap / 6 / places.size() / HostTree.BYTES_PER_INODE);
        for (CoverPlan.Place place : places) {
            HostTree tree = HostTree.open(place.directory().toString(), most);
            if (tree.notSealed() != null && Libc.geteuid() == 0) {
                System.err.println(
                        "liveroot: " + place.directory() + ": access times below may change: " + tree.notSealed());
            }
            trees.add(tree);
            unions.add(place.union());
            known += Math.min(most, inodes(tree)) * HostTree.BYTES_PER_INODE / LOOKED_UP;
        }
        ram = Limits.Ram.half(memory);
        List<Limits> limits = Limits.share(unions, ram, heap, known);
        List<HostCover> all = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            CoverPlan.Place place = places.get(i);
            HostTree below = trees.get(i);
            Cover cover = new Cover(place.union(), imagePath(place.directory(), below));
            Covered covered = Covered.of(below, cover, limits.get(i), front.noPassthrough());
            all.add(new HostCover(place, covered, new Passages(covered.tree(), below, place.directory())));
        }
        return all;
    }

    private static long inodes(HostTree tree) {
        try {
            Capacity capacity = tree.statfs();
            long used = capacity.files() - capacity.filesFree();
            return used > 0 ? used : MANY_INODES;
        } catch (FsException e) {
            return MANY_INODES;
        }
    }

    private static ImagePath imagePath(Path directory, HostTree tree) throws Refusal {
        List<Name> names = new ArrayList<>();
        directory.forEach(name -> names.add(Name.of(name.toString())));
        try {
            return new ImagePath(names, new Node(FileTree.ROOT, tree.getattr(FileTree.ROOT)));
        } catch (FsException e) {
            throw new Refusal(Refusal.IO, directory + " cannot be read: " + e.getMessage());
        }
    }

    /** What of it a user or a container may not do is done without. */
    private void shield() throws Refusal {
        if (lockMemory) {
            int result = Shield.lockMemory();
            if (result < 0) {
                throw new Refusal(
                        Refusal.PERMISSION,
                        "--mlock: memory cannot be locked: " + Libc.error(-result) + ": run it as root, or raise"
                                + " ulimit -l");
            }
        }
        if (Libc.geteuid() != 0) {
            return;
        }
        Shield.flushIo();
        try {
            Shield.outliveShutdown();
            Shield.spareFromOom();
        } catch (IOException e) {
            // A container may not ask for it.
        }
    }

    private void tellServiceManager() {
        String socket = System.getenv("NOTIFY_SOCKET");
        if (socket != null && !socket.isEmpty()) {
            try {
                Shield.notify(socket, "READY=1\nMAINPID=" + pid + "\nSTATUS=serving " + mounted.directories() + "\n");
            } catch (IOException e) {
                LoggerFactory.getLogger(CoverDaemon.class).warn("{}", e.getMessage());
            }
        }
    }

    private void mount(List<Front> fronts) throws Refusal, IOException {
        StringBuilder faults = new StringBuilder();
        mounted = new CoverMounts(fronts.get(0), List.of());
        Runtime.getRuntime().addShutdownHook(new Thread(this::terminate, "terminate"));
        for (Front front : fronts) {
            mounted = new CoverMounts(front, parts());
            try {
                mounted.mount();
                return;
            } catch (IOException e) {
                faults.append(faults.isEmpty() ? "" : "; ").append(e.getMessage());
            }
        }
        throw Daemon.refusal(faults.toString());
    }

    private List<CoverMounts.Part> parts() throws Refusal, IOException {
        int threads = Math.max(2, Runtime.getRuntime().availableProcessors());
        List<CoverMounts.Part> parts = new ArrayList<>();
        for (HostCover cover : covers) {
            Union.Options options = cover.place().union().options();
            parts.add(new CoverMounts.Part(
                    cover.place().directory(),
                    cover.tree(),
                    new MountOptions(
                            "liveroot",
                            options.has(Union.Flag.RO),
                            options.has(Union.Flag.NOSUID),
                            options.has(Union.Flag.NODEV),
                            options.has(Union.Flag.NOEXEC),
                            !cover.covered().tree().keepsAccessTimes(),
                            threads),
                    CarriedMount.below(cover.place().directory())));
        }
        return parts;
    }

    /** SIGTERM or SIGINT: what is in use is taken out of sight, and its users are given a moment. */
    private void terminate() {
        if (over) {
            return;
        }
        try {
            mounted.unmount(null);
        } catch (Refusal e) {
            mounted.detach();
        }
        try {
            Daemon.awaitLastUsers(mounted::awaitEnd);
            run.remove(pid);
        } catch (IOException e) {
            LoggerFactory.getLogger(CoverDaemon.class).warn("{} cannot be cleared: {}", run.path(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String answer(String request) throws Refusal {
        if (mounted == null || mounted.since() == null) {
            throw new Refusal(Refusal.BUSY, places.get(0).directory() + " is still being covered");
        }
        if (request.startsWith("umount ")) {
            return unmount(Path.of(UnionsFile.unescape(request.substring("umount ".length()))));
        }
        if (Resize.isOne(request)) {
            resize(Resize.read(request));
            return "";
        }
        return switch (request) {
            case "umount" -> unmount(null);
            case "status text" -> status().text();
            case "status json" -> status().json();
            default -> throw new Refusal(Refusal.USAGE, "no such request");
        };
    }

    private String unmount(Path directory) throws Refusal {
        String devices = String.join(" ", mounted.unmount(directory));
        List<Path> left = mounted.directories();
        if (left.isEmpty()) {
            return devices;
        }
        try {
            run.add(new RunDirectory.Entry(pid, left, ""));
        } catch (IOException e) {
            LoggerFactory.getLogger(CoverDaemon.class).warn("{} cannot be written: {}", run.path(), e.getMessage());
        }
        return GOES_ON;
    }

    private void resize(Resize resize) throws Refusal {
        Path directory = Path.of(resize.path());
        Limits.Ram wanted = resize.ram() == null ? ram : Limits.Ram.of(resize.ram(), HostMemory.total());
        CoverMounts now = mounted;
        synchronized (now) {
            List<Path> there = now.served();
            int which = there.indexOf(directory);
            if (which < 0) {
                throw new Refusal(
                        Refusal.NO_INPUT,
                        "resize: there is no cover of " + directory + ": give DIR=SIZE, DIR is one of "
                                + there.stream().map(Path::toString).collect(Collectors.joining(", ")));
            }
            List<Covered> serving = there.stream().map(this::coverOf).toList();
            Limits limits = Limits.resized(
                    serving.stream().map(each -> each.cover().union()).toList(),
                    serving.stream().map(Covered::limits).toList(),
                    which,
                    resize.size(),
                    resize.inodes(),
                    wanted,
                    Runtime.getRuntime().maxMemory(),
                    known);
            serving.get(which).resize(limits);
            ram = wanted;
        }
    }

    private Covered coverOf(Path directory) {
        return covers.stream()
                .filter(cover -> cover.place().directory().equals(directory))
                .findFirst()
                .orElseThrow()
                .covered();
    }

    private Status status() {
        Map<String, Long> requests = new TreeMap<>();
        for (Mount mount : mounted.mounts()) {
            mount.requests().forEach((operation, count) -> requests.merge(operation, count, Long::sum));
        }
        List<Status.Union> full = new ArrayList<>();
        List<Path> there;
        CoverMounts now = mounted;
        synchronized (now) {
            there = now.directories();
            List<Path> served = now.served();
            for (HostCover cover : covers) {
                if (served.contains(cover.place().directory())) {
                    full.add(cover.covered().status(now.isMounted(cover.tree()), now.noPassthrough(cover.tree())));
                }
            }
        }
        return new Status(
                null,
                null,
                (there.isEmpty() ? places.get(0).directory() : there.get(0)).toString(),
                pid,
                mounted.since(),
                mounted.front().name(),
                !there.isEmpty(),
                null,
                null,
                Playlists.Stats.NONE,
                requests,
                full,
                Starter.waits() ? run.log(pid).toString() : null);
    }
}
