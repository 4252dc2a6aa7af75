package liveroot.fs.hfsplus;

import java.io.IOException;
import java.util.Set;

/**
 * Files and folders with several names. Each lies in one of two private folders of the root, under a number; its names are
 * small files elsewhere that have the number. The private folders, and the journal's files, are not shown.
 */
final class IndirectNodes {

    private static final String FILES = "\0\0\0\0HFS+ Private Data";
    private static final String FOLDERS = ".HFS+ Private Directory Data\r";
    private static final Set<String> HIDDEN = Set.of(FILES, FOLDERS, ".journal", ".journal_info_block");
    private static final long NOT_LOOKED_FOR = -1;
    private static final long NONE = 0;

    private final Catalog catalog;
    private volatile long files = NOT_LOOKED_FOR;
    private volatile long folders = NOT_LOOKED_FOR;

    IndirectNodes(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Whether an entry is the file system's own. */
    static boolean isHidden(Catalog.Entry entry) {
        return entry.inode().parent() == Catalog.ROOT && HIDDEN.contains(entry.name());
    }

    /** How many of the private folders there are. */
    int privateFolders() throws IOException {
        return (files() == NONE ? 0 : 1) + (folders() == NONE ? 0 : 1);
    }

    private long files() throws IOException {
        if (files == NOT_LOOKED_FOR) {
            files = folder(FILES);
        }
        return files;
    }

    private long folders() throws IOException {
        if (folders == NOT_LOOKED_FOR) {
            folders = folder(FOLDERS);
        }
        return folders;
    }

    private long folder(String name) throws IOException {
        Catalog.Entry entry = catalog.find(Catalog.ROOT, name);
        return entry != null && entry.inode().folder() ? entry.inode().cnid() : NONE;
    }

    /** Whether {@code inode} is an indirect node: its special number is then how many names it has. */
    boolean isNode(Inode inode) throws IOException {
        return inode.parent() == (inode.folder() ? folders() : files());
    }

    /** What a link leads to, or null if that is not there. */
    Inode target(Inode link) throws IOException {
        String number = Integer.toUnsignedString(link.special());
        boolean isFile = link.isFileLink();
        Catalog.Entry entry =
                isFile ? catalog.find(files(), "iNode" + number) : catalog.find(folders(), "dir_" + number);
        return entry == null
                        || entry.inode().folder() == isFile
                        || entry.inode().isLink()
                ? null
                : entry.inode();
    }
}
