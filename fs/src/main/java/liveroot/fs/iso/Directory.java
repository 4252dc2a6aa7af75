package liveroot.fs.iso;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import liveroot.fs.DirectorySink;
import liveroot.fs.FileTree;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * Directories: records, of which the first two are "." and "..". They are in the order of names that are not those shown,
 * so of those looked into last it is kept where each record is.
 *
 * <p>Cookies are 1 behind ".", 2 behind "..", and behind any other entry the place where it ends, which is 34 at least.
 */
final class Directory {

    /**
     * Records of which that is kept, of all directories together, 16 MiB; of a directory with more all are looked at each
     * time. No disc of files has that many in one, as their records alone are some 200 MiB.
     */
    private static final int MOST_RECORDS = 1 << 21;

    private static final long[] TOO_MANY = {};
    private static final long PLACE = 0xffffffffL;

    private final Volume volume;
    private final HardLinks links;
    /** By where a directory begins, what {@link Index} keeps of its names; by the complement of that, of what it leads to. */
    private final Cache<Long, long[]> kept = Caffeine.newBuilder()
            .maximumWeight(MOST_RECORDS)
            .weigher((Long directory, long[] all) -> 1 + all.length)
            .executor(Runnable::run)
            .build();

    private final Index names =
            new Index(start -> start, inode -> true, inode -> inode.name().hashCode());
    private final Index directories =
            new Index(start -> ~start, Inode::isDirectory, inode -> Long.hashCode(inode.directory));

    Directory(Volume volume, HardLinks links) {
        this.volume = volume;
        this.links = links;
    }

    /** Sees an entry; the next may be at {@code next} from the start of the directory. False ends the walk. */
    private interface Visitor {

        boolean visit(Inode inode, long id, long next) throws IOException;
    }

    /**
     * Finds records of a directory without looking at all of them. Of each that counts it keeps the hash of a key, and below
     * it 32 bits of where in the directory the record begins, which has no more bytes than that; in the order of the hashes.
     */
    private final class Index {

        /** What the cache calls a directory that begins there; not what it calls any for another index. */
        private final LongUnaryOperator key;

        private final Predicate<Inode> counts;
        private final ToIntFunction<Inode> hash;

        Index(LongUnaryOperator key, Predicate<Inode> counts, ToIntFunction<Inode> hash) {
            this.key = key;
            this.counts = counts;
            this.hash = hash;
        }

        /** Of several records that are wanted, and have this hash, the first; null if there is none. */
        Inode find(Inode directory, int hashed, Predicate<Inode> wanted) throws IOException {
            long start = key.applyAsLong(directory.position);
            long[] all = kept.getIfPresent(start);
            if (all == null) {
                all = places(directory);
                kept.put(start, all);
            }
            if (all == TOO_MANY) {
                return search(directory, wanted);
            }
            long from = (long) hashed << Integer.SIZE;
            int first = Arrays.binarySearch(all, from);
            for (int i = first < 0 ? ~first : first; i < all.length && (all[i] & ~PLACE) == from; i++) {
                Inode inode =
                        new Inode(volume, records(directory, all[i] & PLACE).next());
                if (wanted.test(inode)) {
                    return inode;
                }
            }
            return null;
        }

        private long[] places(Inode directory) throws IOException {
            long[][] places = {new long[64]};
            int[] count = {0};
            walk(directory, 0, (inode, id, next) -> {
                if (!counts.test(inode)) {
                    return true;
                }
                if (count[0] == places[0].length) {
                    places[0] = Arrays.copyOf(places[0], 2 * count[0]);
                }
                long place = inode.position - directory.position;
                places[0][count[0]++] = (long) hash.applyAsInt(inode) << Integer.SIZE | place;
                return count[0] < MOST_RECORDS;
            });
            if (count[0] == MOST_RECORDS) {
                return TOO_MANY;
            }
            long[] all = Arrays.copyOf(places[0], count[0]);
            Arrays.sort(all);
            return all;
        }

        private Inode search(Inode directory, Predicate<Inode> wanted) throws IOException {
            Inode[] found = {null};
            walk(directory, 0, (inode, id, next) -> {
                found[0] = wanted.test(inode) ? inode : null;
                return found[0] == null;
            });
            return found[0];
        }
    }

    /** @return id, or 0 if there is no such name */
    long find(Inode directory, Name wanted) throws IOException {
        Inode found =
                names.find(directory, wanted.hashCode(), inode -> inode.name().equals(wanted));
        return found == null ? 0 : id(found);
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

    private long id(Inode entry) {
        return entry.isDirectory() ? id(entry.directory) : links.id(entry);
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
        Inode entry = directories.find(
                parent,
                Long.hashCode(directory.position),
                inode -> inode.isDirectory() && inode.directory == directory.position);
        return entry == null ? List.of() : entry.aaip();
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
            if (!visitor.visit(inode, id(inode), records.position() - directory.position)) {
                return;
            }
        }
    }
}
