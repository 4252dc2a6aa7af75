package liveroot.fs.hfsplus;

import java.nio.ByteBuffer;
import liveroot.fs.Attributes;
import liveroot.fs.Mode;

/**
 * A file's or folder's record of the catalog (TN1150, "Catalog File Data", and its names in Darwin's hfs_format.h): folders
 * have 88 bytes, files 248.
 *
 * @param parent CNID of the folder that it is in
 * @param flags see the constants
 * @param valence of a folder, how many entries it has
 * @param modified content, as the other dates seconds since 1904, UTC; {@code changed}: attributes
 * @param flagsBsd st_flags of BSD: those of the owner in the low half, of the superuser in the high
 * @param mode as recorded; 0 if nobody recorded any of this
 * @param special device number, number of links to an indirect node, or number of the node a link leads to
 * @param folders of a folder, how many folders are in it, if {@link #HAS_FOLDER_COUNT}
 * @param data null for a folder, as {@code resource}
 */
record Inode(
        boolean folder,
        long parent,
        long cnid,
        int flags,
        long valence,
        long modified,
        long changed,
        long accessed,
        int uid,
        int gid,
        int flagsBsd,
        int mode,
        int special,
        FinderInfo finder,
        long folders,
        ForkRecord data,
        ForkRecord resource) {

    static final int FOLDER = 1;
    static final int FILE = 2;
    static final int FOLDER_SIZE = 88;
    static final int FILE_SIZE = 248;

    /** UF_COMPRESSED of sys/stat.h. */
    static final int COMPRESSED = 0x20;

    private static final int HAS_FOLDER_COUNT = 0x10;
    private static final int HAS_LINK_CHAIN = 0x20;

    /** From 1904 to 1970. */
    private static final long EPOCH = 2_082_844_800L;

    private static final int MODE_OF_FOLDERS = 0755;
    private static final int MODE_OF_FILES = 0644;

    /** What Darwin says of a folder, for each entry. */
    private static final int ENTRY_SIZE = 34;

    private static final int IO_SIZE = 4096;

    /** @param at of the record, which is long enough for its kind */
    static Inode read(ByteBuffer in, int at, boolean folder, long parent) {
        int flags = in.getShort(at + 2) & 0xffff;
        return new Inode(
                folder,
                parent,
                in.getInt(at + 8) & 0xffffffffL,
                flags,
                in.getInt(at + 4) & 0xffffffffL,
                in.getInt(at + 16) & 0xffffffffL,
                in.getInt(at + 20) & 0xffffffffL,
                in.getInt(at + 24) & 0xffffffffL,
                in.getInt(at + 32),
                in.getInt(at + 36),
                ((in.get(at + 40) & 0xff) << 16) | (in.get(at + 41) & 0xff),
                in.getShort(at + 42) & 0xffff,
                in.getInt(at + 44),
                FinderInfo.read(in, at + 48),
                folder && (flags & HAS_FOLDER_COUNT) != 0 ? in.getInt(at + 84) & 0xffffffffL : -1,
                folder ? null : ForkRecord.read(in, at + 88),
                folder ? null : ForkRecord.read(in, at + 168));
    }

    /** Whether this is a name of a file that is an indirect node. */
    boolean isFileLink() {
        return !folder && finder.isFileLink();
    }

    /** Whether this is a name of a folder that is an indirect node. Aliases of the Finder look like that but for the flag. */
    boolean isFolderLink() {
        return !folder && (flags & HAS_LINK_CHAIN) != 0 && finder.isFolderAlias();
    }

    boolean isLink() {
        return isFileLink() || isFolderLink();
    }

    boolean isFlaggedCompressed() {
        return !folder && (flagsBsd & COMPRESSED) != 0;
    }

    /** Type and permission bits; sane ones for what was written without. */
    int fullMode() {
        if (folder) {
            return Mode.S_IFDIR | (mode == 0 ? MODE_OF_FOLDERS : mode & ~Mode.S_IFMT);
        }
        if (mode == 0) {
            return finder.isSymlink() ? Mode.S_IFLNK | 0777 : Mode.S_IFREG | MODE_OF_FILES;
        }
        int type = Mode.type(mode);
        boolean known = type == Mode.S_IFLNK || type == Mode.S_IFIFO || type == Mode.S_IFSOCK || Mode.isDevice(mode);
        return (known ? type : Mode.S_IFREG) | (mode & ~Mode.S_IFMT);
    }

    /**
     * @param size of its data, which is not that of its fork if it is compressed
     * @param links names of it, 0 if it is no indirect node
     * @param hidden folders in it that are not shown
     * @param volume that it is in
     */
    Attributes attributes(long size, long links, int hidden, VolumeHeader volume) {
        int full = fullMode();
        long taken = folder ? 0 : (data.blocks() + resource.blocks()) * volume.blockSize() / 512;
        return new Attributes(
                cnid,
                full,
                (int) Math.min(Integer.MAX_VALUE, folder && folders >= 0 ? folderLinks(hidden) : Math.max(1, links)),
                uid,
                gid,
                Mode.isDevice(full) ? DeviceNumber.of(special, volume.writer()) : 0,
                folder ? (valence + 2) * ENTRY_SIZE : size,
                taken,
                Math.max(IO_SIZE, volume.blockSize()),
                unix(accessed),
                0,
                unix(modified),
                0,
                unix(changed),
                0);
    }

    /** Its own two names, and ".." of each folder in it. */
    private long folderLinks(int hidden) {
        return Math.max(2, 2 + folders - hidden);
    }

    /** A date that was never set is the beginning of 1970, as on Darwin. */
    static long unix(long seconds) {
        return seconds == 0 ? 0 : seconds - EPOCH;
    }
}
