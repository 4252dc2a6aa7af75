package liveroot.fs.iso;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Ids of inodes. Most are the position of a directory record. Of a file with several names (PX says how many) they are
 * made of the number that PX has for the inode, or, where it has none, of where the data begins; the record that was met
 * first stands for all that are the same but for the name.
 */
final class HardLinks {

    /** Above all positions of records. */
    private static final long BY_SERIAL = 1L << 48;

    private static final long BY_EXTENT = 1L << 49;

    /** Files with several names that are known as such, some 100 bytes each; further ones are shown as files of their own. */
    private static final int MOST = 1 << 20;

    private final Volume volume;
    private final ConcurrentHashMap<Long, Twin> known = new ConcurrentHashMap<>();

    HardLinks(Volume volume) {
        this.volume = volume;
    }

    private record Twin(long position, long start, long size, int mode, int nlink) {

        boolean isSame(Twin other) {
            return start == other.start && size == other.size && mode == other.mode && nlink == other.nlink;
        }
    }

    /** The id by which a file, not a directory, is to be known. */
    long id(Inode file) {
        boolean isKnown = file.serial != 0 || (file.stored() > 0 && file.zisofs == null);
        if (file.nlink < 2 || !isKnown) {
            return file.position;
        }
        long key = file.serial != 0 ? BY_SERIAL | (file.serial & 0xffffffffL) : BY_EXTENT | file.starts[0];
        Twin twin = new Twin(file.position, file.starts[0], file.size, file.mode, file.nlink);
        Twin first = known.get(key);
        if (first == null) {
            first = known.size() >= MOST ? null : known.putIfAbsent(key, twin);
            if (first == null) {
                return known.get(key) == null ? file.position : key;
            }
        }
        return first.isSame(twin) ? key : file.position;
    }

    /** The position of the record to read for {@code id}, or -1. */
    long position(long id) {
        if (id == liveroot.fs.FileTree.ROOT) {
            return volume.rootStart();
        }
        if (id < BY_SERIAL) {
            return id;
        }
        Twin twin = known.get(id);
        return twin == null ? -1 : twin.position;
    }
}
