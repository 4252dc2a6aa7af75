package liveroot.fs.hfsplus;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The 32 bytes that the Finder keeps with each file and folder: of a file, type and creator first. */
final class FinderInfo {

    private static final int SIZE = 32;

    private static final int FILE_LINK = 0x686c6e6b; // hlnk
    private static final int FILE_LINK_CREATOR = 0x6866732b; // hfs+
    private static final int ALIAS = 0x66647270; // fdrp
    private static final int ALIAS_CREATOR = 0x4d414353; // MACS
    private static final int SYMLINK = 0x736c6e6b; // slnk
    private static final int SYMLINK_CREATOR = 0x72686170; // rhap

    private final byte[] bytes = new byte[SIZE];

    private FinderInfo() {}

    static FinderInfo read(ByteBuffer in, int at) {
        FinderInfo info = new FinderInfo();
        in.get(at, info.bytes);
        return info;
    }

    private boolean is(int type, int creator) {
        ByteBuffer words = ByteBuffer.wrap(bytes);
        return words.getInt(0) == type && words.getInt(4) == creator;
    }

    boolean isFileLink() {
        return is(FILE_LINK, FILE_LINK_CREATOR);
    }

    /** An alias of the Finder for a folder; links to folders look like that, too. */
    boolean isFolderAlias() {
        return is(ALIAS, ALIAS_CREATOR);
    }

    boolean isSymlink() {
        return is(SYMLINK, SYMLINK_CREATOR);
    }

    /**
     * What Darwin shows of it: without the numbers and dates that the system keeps in it, without type and creator of a
     * symlink.
     *
     * @return null if nothing is left
     */
    byte[] shown(boolean symlink) {
        byte[] shown = bytes.clone();
        if (symlink) {
            Arrays.fill(shown, 0, 8, (byte) 0);
        }
        Arrays.fill(shown, 16, 24, (byte) 0);
        Arrays.fill(shown, 28, 32, (byte) 0);
        for (byte b : shown) {
            if (b != 0) {
                return shown;
            }
        }
        return null;
    }
}
