package liveroot.fs.iso;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import liveroot.fs.DirectorySink;
import liveroot.fs.FileTree;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * Directories: records, of which the first two are "." and "..". They are in the order of names that are not those shown,
 * so the names of those looked into last are kept.
 *
 * <p>Cookies are 1 behind ".", 2 behind "..", and behind any other entry the place where it ends, which is 34 at least.
 */
final class Directory {

    /** Names that are kept, of all directories together; of a larger one all records are looked at for each name. */
    private static final int MOST_NAMES = 50_000;

    private final Volume volume;
    private final HardLinks links;
    private final Cache<Long, Map<Name, Long>> names = Caffeine.newBuilder()
            .maximumWeight(MOST_NAMES)
            .weigher((Long directory, Map<Name, Long> all) -> 1 + all.size())
            .executor(Runnable::run)
            .build();

    Directory(Volume volume, HardLinks links) {
        this.volume = volume;
        this.links = links;
    }

    /** Sees an entry; the next may be at {@code next} from the start of the directory. False ends the walk. */
    private interface Visitor {

        boolean visit(Inode inode, long id, long next) throws IOException;
    }

    /** @return id, or 0 if there is no such name */
    long find(Inode directory, Name wanted) throws IOException {
        Map<Name, Long> all = names.getIfPresent(directory.position);
        if (all == null) {
            Map<Name, Long> read = new HashMap<>();
            long[] found = {0};
            boolean[] isTooLarge = {false};
            walk(directory, 0, (inode, id, next) -> {
                isTooLarge[0] |= read.size() == MOST_NAMES;
                if (isTooLarge[0]) {
                    read.clear();
                } else {
                    read.putIfAbsent(inode.name(), id);
                }
                found[0] = found[0] == 0 && inode.name().equals(wanted) ? id : found[0];
                return !isTooLarge[0] || found[0] == 0;
            });
            if (isTooLarge[0]) {
                return found[0];
            }
            names.put(directory.position, read);
            all = read;
        }
        return all.getOrDefault(wanted, 0L);
    }

    void list(Inode directory, long cookie, DirectorySink sink) throws IOException {
        if (cookie == 0 && !sink.entry(Name.DOT, 0, id(directory.position), Mode.S_IFDIR, 1)) {
            return;
        }
        if (cookie <= 1 && !sink.entry(Name.DOT_DOT, 0, parent(directory), Mode.S_IFDIR, 2)) {
            return;
        }
        walk(
                directory,
                cookie <= 2 ? 0 : cookie,
                (inode, id, next) -> sink.entry(inode.name(), id, id, Mode.type(inode.mode), next));
    }

    /** The id of the directory whose "." lies at {@code start}. */
    long id(long start) {
        return start == volume.rootStart() ? FileTree.ROOT : start;
    }

    private long parent(Inode directory) throws IOException {
        Records records = records(directory, 0);
        records.next();
        List<DirectoryRecord> parent = records.next();
        if (parent == null || !parent.get(0).isParent()) {
            return id(directory.position);
        }
        Inode inode = new Inode(volume, parent);
        return id(inode.shownParent() >= 0 ? volume.position(inode.shownParent()) : inode.starts[0]);
    }

    /**
     * What AAIP entries a directory has: libisofs writes them into the record that leads to it, not into its own, other than
     * for the root.
     */
    List<byte[]> aaip(Inode directory) throws IOException {
        if (!volume.hasAaip()
                || directory.position == volume.rootStart()
                || !directory.aaip().isEmpty()) {
            return directory.aaip();
        }
        long above = parent(directory);
        Inode parent = Inode.read(volume, above == FileTree.ROOT ? volume.rootStart() : above);
        Records records = records(parent, 0);
        for (List<DirectoryRecord> file; (file = records.next()) != null; ) {
            DirectoryRecord first = file.get(0);
            boolean mayLead =
                    first.isDirectory() ? volume.position(first.start()) == directory.position : first.size() == 0;
            if (mayLead && !first.isSelf() && !first.isParent()) {
                Inode entry = new Inode(volume, file);
                if (entry.directory == directory.position) {
                    return entry.aaip();
                }
            }
        }
        return List.of();
    }

    private Records records(Inode directory, long from) throws IOException {
        volume.sectors().require(directory.position, directory.stored(), "a directory");
        return new Records(volume, directory.position + from, directory.position + directory.stored());
    }

    private void walk(Inode directory, long from, Visitor visitor) throws IOException {
        Records records = records(directory, from);
        for (List<DirectoryRecord> file; (file = records.next()) != null; ) {
            DirectoryRecord first = file.get(0);
            if (first.isSelf() || first.isParent() || first.isAssociated()) {
                continue;
            }
            Inode inode = new Inode(volume, file);
            if (inode.isHidden()) {
                continue;
            }
            if (!inode.name().isFileName()) {
                throw volume.sectors()
                        .damage(first.position(), "a directory entry with the name \"" + inode.name() + "\"");
            }
            // Below the descriptors lies nothing that belongs to the volume.
            if (inode.isDirectory() && inode.directory < 16L * Sectors.SIZE) {
                throw volume.sectors().damage(first.position(), "a directory at byte " + inode.directory);
            }
            long id = inode.isDirectory() ? id(inode.directory) : links.id(inode);
            if (!visitor.visit(inode, id, records.position() - directory.position)) {
                return;
            }
        }
    }
}
