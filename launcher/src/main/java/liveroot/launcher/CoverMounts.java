package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.sys.MountTable;
import org.slf4j.LoggerFactory;

/**
 * The mounts of covers. They are made together, all or none, and can be taken down one by one, each with those below it.
 * When one has ended, by whatever hand, its tree is closed, and so the RAM that it has taken is free.
 *
 * <p><b>Locks.</b> The monitor guards what is mounted. Whoever holds it can use the trees of {@link #served}: none is
 * closed meanwhile.
 */
final class CoverMounts {

    /** @param carried what else is mounted below */
    record Part(Path directory, Passages tree, MountOptions options, List<CarriedMount> carried) {}

    private final Front front;
    private final List<Part> parts;
    private final Map<Part, Mount> mounts = new LinkedHashMap<>();
    private final Set<String> unmounted = new TreeSet<>();
    private Instant since;

    /** Of mounts that have not ended, each once: others may have one that is out of sight here. */
    private final List<Part> serving = new ArrayList<>();

    private volatile boolean ending;

    /** @param parts each behind those it lies below */
    CoverMounts(Front front, List<Part> parts) {
        this.front = front;
        this.parts = List.copyOf(parts);
    }

    Front front() {
        return front;
    }

    /** When all was mounted. */
    synchronized Instant since() {
        return since;
    }

    synchronized List<Mount> mounts() {
        return List.copyOf(mounts.values());
    }

    synchronized List<Path> directories() {
        return mounts.keySet().stream().map(Part::directory).toList();
    }

    /** Of all that is served, also where it is not mounted here any more. */
    synchronized List<Path> served() {
        return serving.stream().map(Part::directory).distinct().toList();
    }

    /** Mounts all, or none. */
    synchronized void mount() throws IOException {
        try {
            for (Part part : parts) {
                if (ending) {
                    throw new IOException("stopped by a signal");
                }
                mount(part);
            }
        } catch (IOException | RuntimeException | Error e) {
            detachAll();
            throw e;
        }
        since = Instant.now();
    }

    private void mount(Part part) throws IOException {
        Mount mount = front.mount(part.tree(), part.directory(), part.options());
        mounts.put(part, mount);
        serving.add(part);
        Thread waiting = new Thread(() -> afterEnd(part, mount), "end-of-" + part.directory());
        waiting.setDaemon(true);
        waiting.start();
        for (CarriedMount carried : part.carried()) {
            carried.attach();
        }
    }

    /**
     * Takes the cover of a directory down and those below it, the last made first, or changes nothing.
     *
     * @param directory null for all
     * @return device numbers of all that has been taken down since the beginning
     * @throws Refusal if one is in use, saying by whom
     */
    synchronized Set<String> unmount(Path directory) throws Refusal {
        List<Part> leaving = new ArrayList<>();
        for (Part part : mounts.keySet()) {
            if (directory == null || part.directory().startsWith(directory)) {
                leaving.add(0, part);
            }
        }
        for (Part part : leaving) {
            refuseForeignMounts(part);
        }
        List<Part> gone = new ArrayList<>();
        for (Part part : leaving) {
            Mount mount = mounts.get(part);
            part.carried().forEach(CarriedMount::detach);
            part.tree().closePassages();
            try {
                String device = MountedRoot.device(mount);
                if (device != null) {
                    mount.unmount(false);
                    unmounted.add(device);
                }
                mounts.remove(part);
                gone.add(0, part);
            } catch (IOException e) {
                Refusal busy = MountUsers.busy(
                        leaving.stream()
                                .filter(mounts::containsKey)
                                .map(left -> mounts.get(left).directory())
                                .toList(),
                        e);
                restore(part, gone);
                throw busy;
            }
        }
        gone.forEach(part -> part.carried().forEach(CarriedMount::drop));
        return Set.copyOf(unmounted);
    }

    /** Puts back what was taken down before one turned out to be busy. The trees still hold everything. */
    private void restore(Part busy, List<Part> gone) throws Refusal {
        try {
            for (CarriedMount carried : busy.carried()) {
                carried.attach();
            }
            for (Part part : gone) {
                mount(part);
            }
        } catch (IOException e) {
            throw new Refusal(
                    Refusal.OS,
                    busy.directory() + " is busy, and a cover that was already taken down cannot be mounted again: "
                            + e.getMessage());
        }
    }

    /** What others have mounted on a cover since, which would keep it busy. What was there before is hidden by it. */
    private void refuseForeignMounts(Part part) throws Refusal {
        List<MountTable.Entry> entries;
        try {
            entries = MountTable.read();
        } catch (IOException e) {
            // No mount table on this host: the unmounting will tell.
            return;
        }
        boolean after = false;
        for (MountTable.Entry entry : entries) {
            Path directory = entry.directory();
            if (directory.equals(part.directory()) && entry.type().equals(MountedRoot.TYPE)) {
                after = true;
            } else if (after && MountedRoot.hasLayersIn(part.directory(), entry, entries)) {
                throw MountedRoot.layered(part.directory(), entry);
            } else if (after && directory.startsWith(part.directory()) && !isOurs(directory, entry.type())) {
                throw new Refusal(
                        Refusal.BUSY,
                        part.directory() + " is busy: " + entry.source() + " (" + entry.type() + ") is mounted on "
                                + directory + ": unmount that first");
            }
        }
    }

    private boolean isOurs(Path directory, String type) {
        for (Part part : parts) {
            if ((type.equals(MountedRoot.TYPE) && part.directory().equals(directory))
                    || directory.startsWith(part.directory().resolve(Chamber.NAME))
                    || part.carried().stream().anyMatch(carried -> directory.startsWith(carried.directory()))) {
                return true;
            }
        }
        return false;
    }

    /** Whether this tree is mounted, and has not been unmounted by hand. */
    synchronized boolean isMounted(Passages tree) {
        for (Map.Entry<Part, Mount> entry : mounts.entrySet()) {
            if (entry.getKey().tree() == tree) {
                return MountedRoot.device(entry.getValue()) != null;
            }
        }
        return false;
    }

    /** See {@link Mount#noPassthrough}; null of what is not mounted. */
    synchronized String noPassthrough(Passages tree) {
        for (Map.Entry<Part, Mount> entry : mounts.entrySet()) {
            if (entry.getKey().tree() == tree) {
                return entry.getValue().noPassthrough();
            }
        }
        return null;
    }

    /** Takes all down even if it is in use: out of sight at once, gone when the last user goes. */
    void detach() {
        ending = true;
        synchronized (this) {
            detachAll();
        }
    }

    private void detachAll() {
        List<Part> made = new ArrayList<>(mounts.keySet());
        for (int i = made.size() - 1; i >= 0; i--) {
            Part part = made.get(i);
            Mount mount = mounts.remove(part);
            part.carried().forEach(CarriedMount::detach);
            part.tree().closePassages();
            try {
                if (MountedRoot.device(mount) != null) {
                    mount.unmount(true);
                }
            } catch (IOException e) {
                LoggerFactory.getLogger(CoverMounts.class)
                        .warn("{} could not be unmounted: {}", mount.directory(), e.getMessage());
            }
        }
        for (Part part : parts) {
            part.carried().forEach(CarriedMount::drop);
        }
    }

    /** Closes the tree, unless it has been mounted again, or is about to be by another front. */
    private void afterEnd(Part part, Mount mount) {
        try {
            mount.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        synchronized (this) {
            mounts.remove(part, mount);
            serving.remove(part);
            notifyAll();
            if (since != null && !mounts.containsKey(part)) {
                part.tree().close();
            }
        }
    }

    /** Waits until all have ended, by whatever hand. */
    synchronized void awaitEnd() throws InterruptedException {
        while (!serving.isEmpty()) {
            wait();
        }
    }
}
