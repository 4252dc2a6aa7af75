package liveroot.fs.squashfs;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import liveroot.fs.DirectorySink;
import liveroot.fs.Name;

/**
 * The directory table. A listing is a stream of runs: a header of 12 bytes {entries - 1 u32, block of their inodes u32,
 * base of their numbers u32} and up to 256 entries {offset of the inode u16, number - base s16, type u16, length of
 * name - 1 u16, name}, sorted by the bytes of the names. The index of an extended directory names the first entry of
 * some runs: {place of the run in the listing u32, its metadata block u32, length of name - 1 u32, name}.
 *
 * <p>A place is a count of bytes of the listing. Cookies are 1 behind ".", and the place of the next entry + {@link
 * #DOTS} after that.
 */
final class Directory {

    /** What a directory's size is more than that of its listing. */
    private static final int DOTS = 3;

    private static final int RUN_HEADER = 12;
    private static final int ENTRY_HEADER = 8;
    private static final int LONGEST_RUN = 256;

    private static final int RESUME_POINTS = 64;

    private final Metadata metadata;
    private final long table;

    /** Where recent listings stopped, by directory and cookie; a slot is overwritten by any other that falls on it. */
    private final AtomicReferenceArray<RunStart> resume = new AtomicReferenceArray<>(RESUME_POINTS);

    Directory(Metadata metadata, Superblock superblock) {
        this.metadata = metadata;
        this.table = superblock.directoryTable();
    }

    /** The run header at {@code place}; it is good for entries from {@code cookie} of directory {@code id} on. */
    private record RunStart(long id, long cookie, long place, long position, int offset) {}

    /** @return reference of the inode, or -1 if there is no such name */
    long find(Inode directory, Name wanted) throws IOException {
        long end = directory.size - DOTS;
        if (end <= 0) {
            return -1;
        }
        byte[] target = wanted.bytes();
        byte[] name = new byte[Name.MAX_LENGTH];
        try (Cursor in = new Cursor(metadata)) {
            long place = seekByName(directory, target, name, in);
            while (place < end) {
                int entries = runLength(in);
                long block = in.u32();
                in.i32();
                place += RUN_HEADER;
                for (int i = 0; i < entries && place < end; i++) {
                    int offset = in.u16();
                    in.i32();
                    int length = nameLength(in);
                    in.bytes(name, length);
                    place += ENTRY_HEADER + length;
                    int order = Arrays.compareUnsigned(name, 0, length, target, 0, target.length);
                    if (order == 0) {
                        return reference(block, offset, in);
                    }
                    if (order > 0) {
                        return -1;
                    }
                }
            }
        }
        return -1;
    }

    /**
     * Lists from {@code cookie} on.
     *
     * @param id of the directory
     * @param parent inode number of its parent
     */
    void list(Inode directory, long id, long parent, long cookie, DirectorySink sink, InodeIds ids) throws IOException {
        int directoryBits = Inode.typeBits(Inode.DIRECTORY);
        if (cookie == 0 && !sink.entry(Name.DOT, 0, directory.number, directoryBits, 1)) {
            return;
        }
        if (cookie <= 1 && !sink.entry(Name.DOT_DOT, 0, parent, directoryBits, DOTS)) {
            return;
        }
        long from = Math.max(0, cookie - DOTS);
        long end = directory.size - DOTS;
        if (from >= end) {
            return;
        }
        try (Cursor in = new Cursor(metadata)) {
            long place = seekByPlace(directory, id, from, in);
            while (place < end) {
                long runPlace = place;
                long runPosition = in.position();
                int runOffset = in.offset();
                int entries = runLength(in);
                long block = in.u32();
                long base = in.u32();
                place += RUN_HEADER;
                for (int i = 0; i < entries && place < end; i++) {
                    int offset = in.u16();
                    int delta = in.s16();
                    int type = in.u16();
                    int length = nameLength(in);
                    long next = place + ENTRY_HEADER + length;
                    if (place < from) {
                        in.skip(length);
                    } else {
                        Name name = Name.of(in.bytes(length));
                        if (!name.isFileName()) {
                            throw in.damage("a directory entry with the name \"" + name + "\"");
                        }
                        long child = ids.id(reference(block, offset, in));
                        long number = (base + delta) & 0xffffffffL;
                        if (!sink.entry(name, child, number, Inode.typeBits(type), next + DOTS)) {
                            // The next listing goes on with this entry: with the cookie of the one before.
                            long again = i == 0 ? runPlace : place;
                            remember(new RunStart(id, again + DOTS, runPlace, runPosition, runOffset));
                            return;
                        }
                    }
                    place = next;
                }
            }
        }
    }

    private static long reference(long block, int offset, Cursor in) throws IOException {
        if (offset >= Metadata.BLOCK_SIZE) {
            throw in.damage("a directory entry for the inode at " + block + " + " + offset);
        }
        return (block << 16) | offset;
    }

    private static int runLength(Cursor in) throws IOException {
        long entries = in.u32() + 1;
        if (entries > LONGEST_RUN) {
            throw in.damage("a directory run of " + entries + " entries, at most " + LONGEST_RUN + " are allowed");
        }
        return (int) entries;
    }

    private static int nameLength(Cursor in) throws IOException {
        int length = in.u16() + 1;
        if (length > Name.MAX_LENGTH) {
            throw in.damage("a directory entry with a name of " + length + " bytes");
        }
        return length;
    }

    /** Moves to the last run that the index says begins at or before {@code target}. @return its place */
    private long seekByName(Inode directory, byte[] target, byte[] name, Cursor in) throws IOException {
        long place = 0;
        long block = directory.start;
        if (directory.indexCount > 0) {
            in.seek(directory.restPosition, directory.restOffset);
            for (int i = 0; i < directory.indexCount; i++) {
                long entryPlace = in.u32();
                long entryBlock = in.u32();
                int length = indexNameLength(in);
                in.bytes(name, length);
                if (Arrays.compareUnsigned(name, 0, length, target, 0, target.length) > 0) {
                    break;
                }
                place = entryPlace;
                block = entryBlock;
            }
        }
        seek(directory, place, block, in);
        return place;
    }

    /** Moves to a run that begins at or before {@code wanted}, close to it if that is known. @return its place */
    private long seekByPlace(Inode directory, long id, long wanted, Cursor in) throws IOException {
        if (wanted == 0) {
            seek(directory, 0, directory.start, in);
            return 0;
        }
        RunStart known = resume.get(slot(id, wanted + DOTS));
        if (known != null && known.id == id && known.cookie == wanted + DOTS) {
            in.seek(known.position, known.offset);
            return known.place;
        }
        long place = 0;
        long block = directory.start;
        if (directory.indexCount > 0) {
            in.seek(directory.restPosition, directory.restOffset);
            for (int i = 0; i < directory.indexCount; i++) {
                long entryPlace = in.u32();
                long entryBlock = in.u32();
                in.skip(indexNameLength(in));
                if (entryPlace > wanted) {
                    break;
                }
                place = entryPlace;
                block = entryBlock;
            }
        }
        seek(directory, place, block, in);
        return place;
    }

    private static int indexNameLength(Cursor in) throws IOException {
        long length = in.u32() + 1;
        if (length > Name.MAX_LENGTH) {
            throw in.damage("a directory index with a name of " + length + " bytes");
        }
        return (int) length;
    }

    private void seek(Inode directory, long place, long block, Cursor in) throws IOException {
        in.seek(table + block, (int) ((directory.offset + place) % Metadata.BLOCK_SIZE));
    }

    private void remember(RunStart start) {
        resume.set(slot(start.id, start.cookie), start);
    }

    private static int slot(long id, long cookie) {
        return (int) (((id * 31 + cookie) * 0x9E3779B97F4A7C15L) >>> 58);
    }
}
