package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.sys.MountTable;
import org.slf4j.LoggerFactory;

/** A root mount and the union mounts on it. They are made and taken down together. */
final class MountedRoot {

    /** As mount(8) shows what is ours. */
    static final String TYPE = "fuse.liveroot";

    /**
     * What is mounted.
     *
     * @param directory absolute, without symlinks
     */
    record Part(Path directory, FileTree tree, MountOptions options) {}

    /** @param device its number ("major:minor"), empty if that is not known */
    private record Made(Mount mount, String device) {}

    private final Front front;
    private final List<Part> parts;
    private final List<Mount> mounts = new ArrayList<>();
    /** All that were made: one that was unmounted at its place may live on elsewhere. */
    private final List<Made> made = new ArrayList<>();

    private Instant since;
    private volatile boolean ending;

    /** @param parts the root first, every other behind the one it lies on */
    MountedRoot(Front front, List<Part> parts) {
        this.front = front;
        this.parts = List.copyOf(parts);
    }

    /** Mounts all, or none. */
    synchronized void mount() throws IOException {
        mountFrom(0);
        since = Instant.now();
    }

    private void mountFrom(int first) throws IOException {
        try {
            for (Part part : parts.subList(first, parts.size())) {
                if (ending) {
                    throw new IOException("stopped by a signal");
                }
                mount(part, part.directory());
            }
        } catch (IOException | RuntimeException | Error e) {
            detachAll();
            throw e;
        }
    }

    private void mount(Part part, Path place) throws IOException {
        Mount mount = front.mount(part.tree(), place, part.options());
        mounts.add(mount);
        String device = device(mount);
        made.add(new Made(mount, device == null ? "" : device));
    }

    /** Waits until the root and all unions have ended, by whatever hand: each may have been bound to other places. */
    void awaitEnd() throws InterruptedException {
        for (int i = 0; ; i++) {
            Mount mount;
            synchronized (this) {
                if (i == made.size()) {
                    return;
                }
                mount = made.get(i).mount();
            }
            mount.awaitEnd();
        }
    }

    synchronized boolean hasEnded() {
        return made.stream().allMatch(each -> each.mount().hasEnded());
    }

    /**
     * Takes all down, the last made first, or changes nothing.
     *
     * @return device numbers ("major:minor") of all that has not ended, as it may be mounted elsewhere
     * @throws Refusal if it is in use, saying by whom
     */
    synchronized Set<String> unmount() throws Refusal {
        List<Path> places = mounts.stream().map(Mount::directory).toList();
        refuseForeignMounts(places);
        for (int i = mounts.size() - 1; i >= 0; i--) {
            Mount mount = mounts.get(i);
            try {
                if (isMounted(mount)) {
                    mount.unmount(false);
                }
                mounts.remove(i);
            } catch (IOException e) {
                restore(places, i + 1);
                List<Path> left = new ArrayList<>(places.subList(0, i + 1));
                Collections.reverse(left);
                throw MountUsers.busy(left, e);
            }
        }
        return made.stream()
                .filter(each -> !each.mount().hasEnded())
                .map(Made::device)
                .collect(Collectors.toSet());
    }

    /** Mounts again what was taken down before something turned out to be busy. The trees still hold everything. */
    private void restore(List<Path> places, int first) throws Refusal {
        try {
            for (int i = first; i < places.size(); i++) {
                Part part = parts.get(i);
                mount(part, places.get(i));
            }
        } catch (IOException e) {
            throw new Refusal(
                    Refusal.OS,
                    places.get(first - 1) + " is busy, and a union that was already taken down cannot be"
                            + " mounted again: " + e.getMessage());
        }
    }

    /** Where the root is, or was at first. */
    synchronized Path directory() {
        return mounts.isEmpty() ? parts.get(0).directory() : mounts.get(0).directory();
    }

    /**
     * What others have mounted on ours since, which would keep it busy. What was there before is hidden by it.
     *
     * @param ours where ours are now, the root first: the root may have been moved, and so may a directory of it that a union
     *     lies on, or the kernel knows it by another name since it was listed (HFS+ finds names in any case)
     */
    private void refuseForeignMounts(List<Path> ours) throws Refusal {
        Path root = directory();
        List<MountTable.Entry> entries;
        try {
            entries = MountTable.read();
        } catch (IOException e) {
            // No mount table on this host: the unmounting will tell.
            return;
        }
        int first = entries.size();
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).directory().equals(root) && entries.get(i).type().equals(TYPE)) {
                first = i;
            }
        }
        for (MountTable.Entry entry : entries.subList(Math.min(first + 1, entries.size()), entries.size())) {
            if (hasLayersIn(root, entry, entries)) {
                throw layered(root, entry);
            }
            boolean isOurs = entry.type().equals(TYPE) && ours.contains(entry.directory());
            if (entry.directory().startsWith(root) && !isOurs) {
                throw new Refusal(
                        Refusal.BUSY,
                        root + " is busy: " + entry.source() + " (" + entry.type() + ") is mounted on "
                                + entry.directory() + ": unmount that first");
            }
        }
    }

    /**
     * Whether a mount is an overlayfs with a layer in what we have mounted at or below a directory. It clones the mounts of its
     * layers (clone_private_mount() of the kernel's fs/namespace.c), so they could be unmounted at their places.
     */
    static boolean hasLayersIn(Path ours, MountTable.Entry mount, List<MountTable.Entry> entries) {
        return mount.type().equals("overlay")
                && Stream.of(mount.options().split("(?<!\\\\)[,=:]", -1))
                        .filter(word -> word.startsWith("/"))
                        .map(layer -> MountTable.holding(Path.of(layer.replaceAll("\\\\(.)", "$1")), entries))
                        .anyMatch(holder -> holder != null
                                && holder.type().equals(TYPE)
                                && holder.directory().startsWith(ours));
    }

    /** That an overlayfs keeps ours busy. */
    static Refusal layered(Path ours, MountTable.Entry overlay) {
        return new Refusal(
                Refusal.BUSY,
                ours + " is busy: the overlay on " + overlay.directory() + " has layers in it: unmount that first");
    }

    /** Whether this part's tree is mounted, and has not been unmounted by hand. */
    synchronized boolean isMounted(FileTree tree) {
        for (int i = 0; i < mounts.size(); i++) {
            if (parts.get(i).tree() == tree) {
                return isMounted(mounts.get(i));
            }
        }
        return false;
    }

    /** See {@link Mount#noPassthrough}; null of what is not mounted. */
    synchronized String noPassthrough(FileTree tree) {
        for (int i = 0; i < mounts.size(); i++) {
            if (parts.get(i).tree() == tree) {
                return mounts.get(i).noPassthrough();
            }
        }
        return null;
    }

    private static boolean isMounted(Mount mount) {
        return device(mount) != null;
    }

    /** See {@link RunDirectory.Entry}. */
    static String number(Mount mount) {
        try {
            MountTable.Entry entry = MountTable.at(mount.directory());
            return entry == null ? "" : RunDirectory.mount(entry);
        } catch (IOException e) {
            return "";
        }
    }

    /** Its device number, null if somebody has unmounted it; empty on a host without a mount table. */
    static String device(Mount mount) {
        if (!mount.isMounted()) {
            return null;
        }
        try {
            MountTable.Entry entry = MountTable.at(mount.directory());
            return entry == null ? null : entry.device();
        } catch (IOException e) {
            return "";
        }
    }

    /** Takes all down even if it is in use: out of sight at once, gone when the last user goes. Nothing is mounted any more. */
    void detach() {
        ending = true;
        synchronized (this) {
            detachAll();
        }
    }

    private void detachAll() {
        for (int i = mounts.size() - 1; i >= 0; i--) {
            Mount mount = mounts.remove(i);
            try {
                if (isMounted(mount)) {
                    mount.unmount(true);
                }
            } catch (IOException e) {
                LoggerFactory.getLogger(MountedRoot.class)
                        .warn("{} could not be unmounted: {}", mount.directory(), e.getMessage());
            }
        }
    }

    /** Of all that were made, see {@link Mount#requests}. */
    synchronized Map<String, Long> requests() {
        Map<String, Long> requests = new TreeMap<>();
        for (Made each : made) {
            each.mount().requests().forEach((operation, count) -> requests.merge(operation, count, Long::sum));
        }
        return requests;
    }

    /** The mounts that there are, the root first. */
    synchronized List<Mount> mounts() {
        return List.copyOf(mounts);
    }

    List<Part> parts() {
        return parts;
    }

    Front front() {
        return front;
    }

    /** When all was mounted. */
    synchronized Instant since() {
        return since;
    }
}
