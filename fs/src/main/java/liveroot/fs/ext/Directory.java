package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.DirectorySink;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * Directories ("Directory Entries" of the kernel's documentation): blocks of entries {inode u32, length of the entry u16,
 * length of the name u8, type u8, name}, in no order; inode 0 is a gap. The blocks of an index look like gaps. Small
 * directories may be in their inodes: the parent's number u32, and entries without "." and ".." in what is left there, and
 * in an xattr.
 *
 * <p>Of a directory that ignores case (casefold) the index is in the order of hashes of folded names: it is not used. Names
 * are found there as they are written, which Linux finds in any other case too.
 *
 * <p>Cookies are 1 behind ".", 2 behind "..", and behind any other entry the place where it ends, which is 8 at least.
 */
final class Directory {

    private static final int ENTRY = 8;
    /** An entry behind the last one that is none, but has a block's checksum: its length, its type. */
    private static final int TAIL = 12;

    private static final int TAIL_TYPE = 0xde;
    private static final int PARENT = 4;

    private static final int[] TYPES = {
        0, Mode.S_IFREG, Mode.S_IFDIR, Mode.S_IFCHR, Mode.S_IFBLK, Mode.S_IFIFO, Mode.S_IFSOCK, Mode.S_IFLNK
    };

    private final Volume volume;
    private final FileData data;
    private final Inodes inodes;
    private final HashIndex index;

    Directory(Volume volume, FileData data, Inodes inodes) {
        this.volume = volume;
        this.data = data;
        this.inodes = inodes;
        this.index = new HashIndex(this, volume);
    }

    /** Takes an entry that is no gap; false ends the listing. */
    private interface Visitor {

        boolean visit(ByteBuffer in, int at, long place, Place where) throws IOException;
    }

    /** Where an entry stands, for messages. */
    private record Place(long block, int offset) {}

    /** @return inode number, or 0 if there is no such name */
    long find(Inode directory, Name wanted) throws IOException {
        if (!directory.isInline()
                && directory.isIndexed()
                && !directory.ignoresCase()
                && volume.superblock().features().hasIndexedDirectories()) {
            long found = index.find(directory, wanted.bytes());
            if (found != HashIndex.UNKNOWN) {
                return found;
            }
        }
        long[] found = {0};
        visit(directory, 0, (in, at, place, where) -> {
            if (!isNamed(in, at, wanted.bytes())) {
                return true;
            }
            found[0] = inode(in, at, where);
            return false;
        });
        return found[0];
    }

    /** @return inode number of {@code wanted} in a block, or 0 if it is not there */
    long findInBlock(MetadataBlock block, byte[] wanted) throws IOException {
        long[] found = {0};
        visit(block.memory(), 0, 0, 0, new Place(block.number(), 0), (in, at, place, where) -> {
            if (!isNamed(in, at, wanted)) {
                return true;
            }
            found[0] = inode(in, at, where);
            return false;
        });
        return found[0];
    }

    void list(Inode directory, long cookie, DirectorySink sink) throws IOException {
        if (cookie == 0 && !sink.entry(Name.DOT, 0, directory.number, Mode.S_IFDIR, 1)) {
            return;
        }
        if (cookie <= 1 && !sink.entry(Name.DOT_DOT, 0, parent(directory), Mode.S_IFDIR, 2)) {
            return;
        }
        visit(directory, cookie, (in, at, place, where) -> {
            byte[] bytes = new byte[nameLength(in, at)];
            in.get(at + ENTRY, bytes);
            Name name = Name.of(bytes);
            if (name.equals(Name.DOT) || name.equals(Name.DOT_DOT)) {
                return true;
            }
            if (!name.isFileName()) {
                throw volume.damage(where.block, where.offset + at, "a directory entry with the name \"" + name + "\"");
            }
            long number = inode(in, at, where);
            return sink.entry(name, Inodes.id(number), number, type(in, at, number), place + length(in, at));
        });
    }

    private int type(ByteBuffer in, int at, long number) throws IOException {
        int type = volume.superblock().features().hasFileTypes() ? in.get(at + 7) & 0xff : 0;
        // 0 is allowed, and says nothing.
        return type > 0 && type < TYPES.length ? TYPES[type] : Mode.type(inodes.read(number).mode);
    }

    private long parent(Inode directory) throws IOException {
        if (directory.number == Inodes.ROOT) {
            return Inodes.ROOT;
        }
        if (directory.isInline()) {
            return directory.map().getInt(0) & 0xffffffffL;
        }
        try (MetadataBlock first = block(directory, 0)) {
            return first == null ? 0 : findInBlock(first, Name.DOT_DOT.bytes());
        }
    }

    private long inode(ByteBuffer in, int at, Place where) throws IOException {
        long number = in.getInt(at) & 0xffffffffL;
        if (!inodes.isFile(number)) {
            throw volume.damage(
                    where.block,
                    where.offset + at,
                    "a directory entry for inode " + number + ", expected "
                            + volume.superblock().firstInode() + " to "
                            + volume.superblock().inodes());
        }
        return number;
    }

    private void visit(Inode directory, long from, Visitor visitor) throws IOException {
        if (directory.isInline()) {
            visitInline(directory, from, visitor);
            return;
        }
        int blockSize = volume.blockSize();
        long blocks = (directory.size + blockSize - 1) / blockSize;
        if (blocks > volume.superblock().blocks()) {
            throw volume.damage(
                    directory.block,
                    directory.offset,
                    "a directory of " + directory.size + " bytes, more than the file system has");
        }
        for (long logical = from / blockSize; logical < blocks; ) {
            Run run = data.run(directory, logical, 1);
            if (run.isHole()) {
                logical += Math.min(run.count(), blocks - logical);
                continue;
            }
            try (MetadataBlock block = block(directory, logical, run.block())) {
                Place where = new Place(block.number(), 0);
                if (!visit(block.memory(), 0, logical * blockSize, from, where, visitor)) {
                    return;
                }
            }
            logical++;
        }
    }

    private void visitInline(Inode directory, long from, Visitor visitor) throws IOException {
        byte[] all = data.inline(directory);
        ByteBuffer in = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        Place where = new Place(directory.block, directory.offset);
        // The two parts are blocks of their own: no entry is in both.
        if (visit(in.duplicate().limit(Inode.MAP_SIZE).order(ByteOrder.LITTLE_ENDIAN), PARENT, 0, from, where, visitor)
                && all.length > Inode.MAP_SIZE) {
            visit(in, Inode.MAP_SIZE, 0, from, where, visitor);
        }
    }

    /**
     * Goes through the entries from {@code start} to the limit of {@code in}.
     *
     * @param place of byte 0 of {@code in} in the directory
     * @param from entries before this place are left out
     * @return false if the visitor ended it
     */
    private boolean visit(ByteBuffer in, int start, long place, long from, Place where, Visitor visitor)
            throws IOException {
        for (int at = start; at < in.limit(); ) {
            int left = in.limit() - at;
            int length = left < ENTRY ? 0 : length(in, at);
            if (length < ENTRY || length > left || length % 4 != 0 || ENTRY + nameLength(in, at) > length) {
                throw volume.damage(
                        where.block,
                        where.offset + at,
                        "a directory entry of " + length + " bytes with a name of "
                                + (left < ENTRY ? 0 : nameLength(in, at)) + ", where " + left + " are left");
            }
            boolean gap = in.getInt(at) == 0 || nameLength(in, at) == 0;
            if (!gap && place + at >= from && !visitor.visit(in, at, place + at, where)) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /** Block {@code logical}, or null if it is a hole. */
    MetadataBlock block(Inode directory, long logical) throws IOException {
        Run run = data.run(directory, logical, 1);
        return run.isHole() ? null : block(directory, logical, run.block());
    }

    private MetadataBlock block(Inode directory, long logical, long number) throws IOException {
        boolean checked = volume.superblock().features().hasChecksums();
        return volume.metadata(
                Volume.Kind.DIRECTORY,
                number,
                checked ? bytes -> check(bytes, directory, logical, number) : Volume.UNCHECKED);
    }

    private void check(ByteBuffer block, Inode directory, long logical, long number) throws IOException {
        boolean indexed =
                directory.isIndexed() && volume.superblock().features().hasIndexedDirectories();
        if (indexed && (logical == 0 || length(block, 0) == block.limit())) {
            index.check(block, directory, logical == 0, number);
            return;
        }
        int tail = block.limit() - TAIL;
        boolean hasTail = block.getInt(tail) == 0
                && block.getShort(tail + 4) == TAIL
                && block.get(tail + 6) == 0
                && (block.get(tail + 7) & 0xff) == TAIL_TYPE;
        if (!hasTail || new Checksum(directory.seed).add(block, 0, tail).value() != block.getInt(tail + ENTRY)) {
            throw volume.damage(number, tail, "a block of directory " + directory.number + " fails its checksum");
        }
    }

    /** In 16 bits, of which the lowest two are the highest where blocks have 64 KiB. */
    private int length(ByteBuffer in, int at) {
        int stored = in.getShort(at + 4) & 0xffff;
        if (volume.blockSize() < 1 << Short.SIZE) {
            return stored;
        }
        return stored == 0 || stored == 0xffff ? volume.blockSize() : (stored & 0xfffc) | ((stored & 3) << Short.SIZE);
    }

    /** Of two bytes where entries tell no type, which are never more than 255. */
    private static int nameLength(ByteBuffer in, int at) {
        return in.get(at + 6) & 0xff;
    }

    private static boolean isNamed(ByteBuffer in, int at, byte[] wanted) {
        if (nameLength(in, at) != wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (in.get(at + ENTRY + i) != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
