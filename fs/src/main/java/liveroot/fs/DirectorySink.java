package liveroot.fs;

/** Where a directory listing goes. */
@FunctionalInterface
public interface DirectorySink {

    /**
     * Takes one entry.
     *
     * @param name "." and ".." included
     * @param id of the inode, for {@link FileTree#reference}; 0 for "." and "..", which no one looks up by it
     * @param ino inode number, {@code d_ino}: equal to what stat shows
     * @param type the S_IFMT bits
     * @param next cookie from which a later listing goes on behind this entry
     * @return false if there was no room: the entry was not taken, and the listing is to end here
     */
    boolean entry(Name name, long id, long ino, int type, long next);
}
