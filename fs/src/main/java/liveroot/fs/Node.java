package liveroot.fs;

/**
 * An inode that was found or made.
 *
 * @param id by which the tree knows the inode; never 0. It stays the same through copy-up and rename, is the same for
 *     every name of the inode, and is not used for another inode while the tree lives
 * @param attributes as of now
 * @param fleeting whether the name is to be looked up each time: it may lead elsewhere the next time, without having been
 *     changed through the mount
 */
public record Node(long id, Attributes attributes, boolean fleeting) {

    /** What a name leads to until it is changed. */
    public Node(long id, Attributes attributes) {
        this(id, attributes, false);
    }
}
