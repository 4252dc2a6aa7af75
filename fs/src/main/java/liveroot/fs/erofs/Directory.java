package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import liveroot.fs.DirectorySink;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * Directories: blocks of entries {inode u64, place of the name in the block u16, type u8, unused u8} and behind them their
 * names, sorted by their bytes through all blocks, "." and ".." among them. A name ends where the next begins, the last
 * with the block or a NUL.
 *
 * <p>Cookies are 1 behind ".", 2 behind "..", and behind any other entry the place where it ends, which is 12 at least.
 */
final class Directory {

    private static final int ENTRY = 12;

    private static final int[] TYPES = {
        0, Mode.S_IFREG, Mode.S_IFDIR, Mode.S_IFCHR, Mode.S_IFBLK, Mode.S_IFIFO, Mode.S_IFSOCK, Mode.S_IFLNK
    };

    private final Metadata metadata;
    private final FileData data;
    private final Superblock superblock;

    Directory(Metadata metadata, FileData data, Superblock superblock) {
        this.metadata = metadata;
        this.data = data;
        this.superblock = superblock;
    }

    /** @return inode number, or -1 if there is no such name */
    long find(Inode directory, Name wanted) throws IOException {
        long low = 0;
        long high = blocks(directory) - 1;
        // The last block whose first name is not behind the wanted one.
        while (low < high) {
            long middle = (low + high + 1) >>> 1;
            try (DirectoryBlock block = block(directory, middle)) {
                if (compare(block.name(0), wanted) <= 0) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
        }
        if (low > high) {
            return -1;
        }
        try (DirectoryBlock block = block(directory, low)) {
            return block.find(wanted);
        }
    }

    void list(Inode directory, long cookie, DirectorySink sink) throws IOException {
        if (cookie == 0 && !sink.entry(Name.DOT, 0, directory.number, Mode.S_IFDIR, 1)) {
            return;
        }
        if (cookie <= 1) {
            long parent = Math.max(0, find(directory, Name.DOT_DOT));
            if (!sink.entry(Name.DOT_DOT, 0, parent, Mode.S_IFDIR, 2)) {
                return;
            }
        }
        int blockBits = superblock.blockBits();
        long blocks = blocks(directory);
        for (long logical = cookie >> blockBits; logical < blocks; logical++) {
            long place = logical << blockBits;
            try (DirectoryBlock block = block(directory, logical)) {
                int i = (int) (Math.max(0, cookie - place) + ENTRY - 1) / ENTRY;
                // The cookie behind "..".
                i = cookie == 2 ? 0 : i;
                for (; i < block.count; i++) {
                    Name name = Name.of(block.name(i));
                    if (name.equals(Name.DOT) || name.equals(Name.DOT_DOT)) {
                        continue;
                    }
                    if (!name.isFileName()) {
                        throw block.damage(i, "a directory entry with the name \"" + name + "\"");
                    }
                    long number = block.inode(i);
                    if (number < 0 || number > superblock.end() / Inode.UNIT) {
                        throw block.damage(i, "a directory entry for inode " + Long.toUnsignedString(number));
                    }
                    long next = place + (long) (i + 1) * ENTRY;
                    if (!sink.entry(name, Erofs.id(number, superblock), number, block.type(i), next)) {
                        return;
                    }
                }
            }
        }
    }

    private static int compare(byte[] name, Name wanted) {
        return Arrays.compareUnsigned(name, wanted.bytes());
    }

    private long blocks(Inode directory) throws IOException {
        if (directory.size > superblock.end()) {
            throw metadata.damage(
                    directory.position,
                    "directory " + directory.number + " of " + directory.size + " bytes, more than the image has");
        }
        return (directory.size + superblock.blockSize() - 1) >> superblock.blockBits();
    }

    private DirectoryBlock block(Inode directory, long logical) throws IOException {
        long offset = logical << superblock.blockBits();
        int length = (int) Math.min(superblock.blockSize(), directory.size - offset);
        FileData.Run run = data.run(directory, offset);
        if (run.position() < 0 || run.length() < length) {
            throw metadata.damage(directory.position, "directory " + directory.number + " with a hole at " + offset);
        }
        return new DirectoryBlock(run.position(), length);
    }

    /** Held until it is closed. */
    private final class DirectoryBlock implements AutoCloseable {

        final int count;

        private final long position;
        private final Metadata.Piece piece;
        private final ByteBuffer in;

        DirectoryBlock(long position, int length) throws IOException {
            this.position = position;
            if (length < ENTRY) {
                throw metadata.damage(position, "a directory block of " + length + " bytes");
            }
            piece = metadata.piece(position, length, "a directory block");
            in = piece.in;
            int first = place(0);
            count = first / ENTRY;
            if (first < ENTRY || first > length) {
                piece.close();
                throw metadata.damage(position, "a directory block of " + length + " bytes with names from " + first);
            }
        }

        private int place(int i) {
            return in.getShort(i * ENTRY + Long.BYTES) & 0xffff;
        }

        byte[] name(int i) throws IOException {
            int start = place(i);
            int end = i + 1 < count ? place(i + 1) : in.limit();
            if (start < count * ENTRY || end <= start || end > in.limit()) {
                throw damage(i, "a directory entry with a name from " + start + " to " + end);
            }
            if (i + 1 == count) {
                int last = start;
                while (last < end && in.get(last) != 0) {
                    last++;
                }
                end = last;
            }
            if (end == start || end - start > Name.MAX_LENGTH) {
                throw damage(i, "a directory entry with a name of " + (end - start) + " bytes");
            }
            byte[] name = new byte[end - start];
            in.get(start, name);
            return name;
        }

        long inode(int i) {
            return in.getLong(i * ENTRY);
        }

        int type(int i) throws IOException {
            int type = in.get(i * ENTRY + 10) & 0xff;
            if (type == 0 || type >= TYPES.length) {
                throw damage(i, "a directory entry of type " + type);
            }
            return TYPES[type];
        }

        long find(Name wanted) throws IOException {
            int low = 0;
            int high = count - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                int order = compare(name(middle), wanted);
                if (order == 0) {
                    return inode(middle) & Long.MAX_VALUE;
                }
                if (order < 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return -1;
        }

        IOException damage(int i, String fault) {
            return metadata.damage(position + (long) i * ENTRY, fault);
        }

        @Override
        public void close() {
            piece.close();
        }
    }
}
