package liveroot.fs.image;

/**
 * What to take of an image that holds several things.
 *
 * @param partition number of a partition, 0 if the one that boots is to be taken
 * @param inside path of an image in the outermost file tree; "/" for that tree itself; null if what boots is to be taken
 * @param as what the outermost bytes that are no disk image (UDIF, .sparseimage) are to be read as, null if they tell
 */
public record Choice(int partition, String inside, ImageFormat as) {

    /** Whatever boots. */
    public static final Choice ANY = new Choice(0, null, null);

    Choice withoutFormat() {
        return as == null ? this : new Choice(partition, inside, null);
    }

    Choice withoutPartition() {
        return partition == 0 ? this : new Choice(0, inside, as);
    }

    Choice withoutInside() {
        return inside == null ? this : new Choice(partition, null, as);
    }
}
