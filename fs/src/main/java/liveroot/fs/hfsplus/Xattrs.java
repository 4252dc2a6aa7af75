package liveroot.fs.hfsplus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.Block;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;

/**
 * Extended attributes as programs see them: those of the attributes file under their own names, Finder info and resource fork
 * under the names that Darwin gives them, and the BSD flags, which have no other place. What compression keeps there, and the
 * names that are the system's own, are hidden, as on Darwin.
 */
final class Xattrs {

    private static final String FINDER_INFO = "com.apple.FinderInfo";
    private static final String RESOURCE_FORK = "com.apple.ResourceFork";
    private static final String FLAGS = "bsd.flags";
    private static final String SYSTEM = "com.apple.system.";

    private final Volume volume;
    private final AttributesFile attributes;

    Xattrs(Volume volume, AttributesFile attributes) {
        this.volume = volume;
        this.attributes = attributes;
    }

    List<Name> names(Inode inode, boolean compressed) throws IOException {
        List<Name> names = new ArrayList<>();
        for (String units : attributes.names(inode.cnid())) {
            Name name = Name.of(UnitNames.utf8(units));
            if (!isHidden(units, compressed) && name.length() > 0 && name.length() <= Name.MAX_LENGTH) {
                names.add(name);
            }
        }
        if (finderInfo(inode) != null) {
            names.add(Name.of(FINDER_INFO));
        }
        if (hasResourceFork(inode, compressed)) {
            names.add(Name.of(RESOURCE_FORK));
        }
        if (inode.flagsBsd() != 0) {
            names.add(Name.of(FLAGS));
        }
        return names;
    }

    private static boolean isHidden(String name, boolean compressed) {
        return name.startsWith(SYSTEM)
                || name.equals(FINDER_INFO)
                || name.equals(RESOURCE_FORK)
                || name.equals(FLAGS)
                || (compressed && name.equals(Compression.ATTRIBUTE));
    }

    private static boolean hasResourceFork(Inode inode, boolean compressed) {
        return !inode.folder() && !compressed && inode.resource().size() != 0;
    }

    /**
     * @param resource the resource fork
     * @return null if there is none of that name
     * @throws FsException E2BIG for a resource fork that no value has room for
     */
    byte[] value(Inode inode, boolean compressed, Fork resource, Name name) throws IOException, FsException {
        return switch (name.toString()) {
            case FLAGS -> inode.flagsBsd() == 0 ? null : BsdFlags.words(inode.flagsBsd());
            case FINDER_INFO -> finderInfo(inode);
            case RESOURCE_FORK -> hasResourceFork(inode, compressed) ? resourceFork(resource) : null;
            default -> stored(inode, compressed, name);
        };
    }

    private byte[] stored(Inode inode, boolean compressed, Name name) throws IOException {
        String units = UnitNames.units(name.bytes());
        if (units == null || isHidden(units, compressed)) {
            return null;
        }
        Block value = attributes.value(inode.cnid(), units);
        if (value == null) {
            return null;
        }
        try {
            return bytes(value);
        } finally {
            value.release();
        }
    }

    private byte[] resourceFork(Fork fork) throws IOException, FsException {
        if (fork.size() < 0 || fork.size() > AttributesFile.LARGEST_VALUE) {
            throw new FsException(
                    Errno.E2BIG,
                    fork.name() + ": a resource fork of " + Long.toUnsignedString(fork.size())
                            + " bytes, a value has at most " + AttributesFile.LARGEST_VALUE + "; see ..namedfork/rsrc");
        }
        Block memory = volume.cache().take((int) fork.size());
        try {
            volume.read(fork, 0, memory.slice(0, memory.length()));
            return bytes(memory);
        } finally {
            memory.release();
        }
    }

    private static byte[] bytes(Block block) {
        byte[] bytes = new byte[block.length()];
        block.memory().get(0, bytes);
        return bytes;
    }

    private static byte[] finderInfo(Inode inode) {
        return inode.finder().shown(Mode.isSymlink(inode.fullMode()));
    }
}
