package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/** A file as its directory records tell of it: the first one and, of a file in several extents, those behind it. */
final class Inode {

    /** What Linux shows of files and directories that say nothing of permissions (fs/isofs/inode.c). */
    private static final int PERMISSIONS = 0555;

    private static final int PREFERRED_IO = Sectors.SIZE;

    final long position;
    final int mode;
    final int nlink;
    final int serial;
    /** Where its extents begin, and where they end within the file; the first one of a directory is all. */
    final long[] starts;

    final long[] ends;
    final long size;
    /** Null unless it is packed. */
    final Zisofs.Header zisofs;
    /** Why its bytes cannot be read, or null. */
    final String obstacle;

    private final Name name;
    private final byte[] target;
    private final RockRidge said;
    private final long time;

    /** Position of the directory that the record stands for; -1 if it is a file. */
    final long directory;

    Inode(Volume volume, List<DirectoryRecord> records) throws IOException {
        DirectoryRecord first = records.get(0);
        position = first.position();
        boolean hasRockRidge = volume.names() == Volume.Names.ROCK_RIDGE;
        said = hasRockRidge ? RockRidge.read(volume, first) : null;
        time = first.time();
        starts = new long[records.size()];
        ends = new long[records.size()];
        long stored = 0;
        boolean isInterleaved = false;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = volume.position(records.get(i).start());
            stored += records.get(i).size();
            ends[i] = stored;
            isInterleaved |= records.get(i).interleaved();
        }
        boolean isMoved = said != null && said.child >= 0;
        boolean isDirectory = first.isDirectory() || isMoved;
        directory = !isDirectory ? -1 : isMoved ? volume.position(said.child) : starts[0];
        mode = mode(isDirectory);
        nlink = said == null ? 1 : said.nlink;
        serial = said == null ? 0 : said.serial;
        Name given = said == null ? null : said.name();
        name = given == null ? volume.name(first.name().bytes()) : given;
        target = !Mode.isSymlink(mode) || said.target() == null ? null : said.target();
        zisofs = Mode.isRegular(mode) && said != null ? said.zisofs : null;
        size = zisofs != null
                ? zisofs.size()
                : Mode.isSymlink(mode) ? (target == null ? 0 : target.length) : hasData() ? stored : 0;
        obstacle = isInterleaved
                ? "is interleaved, which cannot be read"
                : said != null && said.isSparse
                        ? "is stored as a sparse file of RRIP (SF), which cannot be read"
                        : null;
    }

    /** The inode whose first record lies at {@code position}. */
    static Inode read(Volume volume, long position) throws IOException {
        DirectoryRecord first = DirectoryRecord.read(volume.sectors(), position);
        if (!first.hasMoreExtents() || first.isDirectory()) {
            return new Inode(volume, List.of(first));
        }
        // Where the directory ends is not known here; the file's last extent does.
        return new Inode(
                volume, new Records(volume, position, volume.sectors().source().size()).next());
    }

    private int mode(boolean isDirectory) {
        if (said == null || !said.hasMode) {
            return PERMISSIONS | (isDirectory ? Mode.S_IFDIR : Mode.S_IFREG);
        }
        int permissions = said.mode & 07777;
        if (isDirectory) {
            return Mode.S_IFDIR | permissions;
        }
        int type = Mode.type(said.mode);
        return switch (type) {
            case Mode.S_IFLNK, Mode.S_IFBLK, Mode.S_IFCHR, Mode.S_IFIFO, Mode.S_IFSOCK -> type | permissions;
            default -> Mode.S_IFREG | permissions;
        };
    }

    private boolean hasData() {
        return Mode.isRegular(mode) || Mode.isDirectory(mode);
    }

    Name name() {
        return name;
    }

    boolean isDirectory() {
        return Mode.isDirectory(mode);
    }

    /** Whether it is but the place to which a directory was moved from where it is shown. */
    boolean isHidden() {
        return said != null && said.isRelocated;
    }

    /** Block of the directory that a moved one is shown in, of its ".." record; -1 if it has not been moved. */
    long shownParent() {
        return said == null ? -1 : said.parent;
    }

    /** Of a symlink; null if it has none. */
    byte[] target() {
        return target;
    }

    /** What AAIP entries it has. */
    List<byte[]> aaip() {
        return said == null ? List.of() : said.attributes;
    }

    /** Stored bytes. */
    long stored() {
        return ends[ends.length - 1];
    }

    /** Where the stored byte at {@code offset}, which is less than {@link #stored}, lies. */
    long place(long offset) {
        int i = section(offset);
        return starts[i] + offset - (i == 0 ? 0 : ends[i - 1]);
    }

    /** Stored bytes from {@code offset} on that follow each other. */
    long contiguous(long offset) {
        return ends[section(offset)] - offset;
    }

    private int section(long offset) {
        int low = 0;
        int high = ends.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** A copy of {@code length} stored bytes, little endian. */
    ByteBuffer bytes(Volume volume, long offset, int length, String what) throws IOException {
        if (offset < 0 || offset > stored() - length) {
            throw volume.sectors()
                    .damage(position, what + " at " + offset + ", behind the end of a file of " + stored() + " bytes");
        }
        if (contiguous(offset) >= length) {
            return volume.sectors().bytes(place(offset), length, what);
        }
        ByteBuffer all = ByteBuffer.allocate(length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        while (all.hasRemaining()) {
            long at = offset + all.position();
            int n = (int) Math.min(all.remaining(), contiguous(at));
            all.put(volume.sectors().bytes(place(at), n, what));
        }
        return all.flip();
    }

    Attributes attributes(long id) {
        long mtime = said == null || said.mtime == Long.MIN_VALUE ? time : said.mtime;
        long atime = said == null || said.atime == Long.MIN_VALUE ? time : said.atime;
        long ctime = said == null || said.ctime == Long.MIN_VALUE ? time : said.ctime;
        return new Attributes(
                id,
                mode,
                nlink,
                said == null ? 0 : said.uid,
                said == null ? 0 : said.gid,
                Mode.isDevice(mode) ? said.rdev : 0,
                size,
                hasData() ? (stored() + 511) >> 9 : 0,
                PREFERRED_IO,
                atime,
                0,
                mtime,
                0,
                ctime,
                0);
    }
}
