package liveroot.fs.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import liveroot.fs.Name;

/**
 * Extended attributes, behind each inode: {filter u32, count of shared ones u8, unused 7 bytes}, where those lie that it
 * shares with others (in units of 4 bytes, u32 each), and its own. Each is {length of name u8, prefix u8, length of value
 * u16, name, value}, filled up to a multiple of 4. Access control lists are stored as programs see them.
 */
final class Xattrs {

    static final int HEADER = 12;

    private static final int ENTRY = 4;

    private static final String[] PREFIXES = {
        null, "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", null, "security."
    };

    private static final int LONGEST_NAME = 255;

    private final Metadata metadata;
    private final long shared;

    Xattrs(Metadata metadata, Superblock superblock) {
        this.metadata = metadata;
        this.shared = superblock.xattrs() << superblock.blockBits();
    }

    /** Looks at one, whose value lies at {@code value}; true ends the search. */
    private interface Visitor {

        boolean visit(Name name, long value, int length) throws IOException;
    }

    List<Name> names(Inode inode) throws IOException {
        List<Name> names = new ArrayList<>();
        visit(inode, (name, value, length) -> {
            names.add(name);
            return false;
        });
        return names;
    }

    /** The value of {@code wanted}, or null. */
    byte[] value(Inode inode, Name wanted) throws IOException {
        byte[][] found = new byte[1][];
        visit(inode, (name, value, length) -> {
            if (!name.equals(wanted)) {
                return false;
            }
            found[0] = metadata.bytes(value, length, "an xattr value of inode " + inode.number)
                    .array();
            return true;
        });
        return found[0];
    }

    private void visit(Inode inode, Visitor visitor) throws IOException {
        if (inode.xattrsSize == 0) {
            return;
        }
        String what = "xattrs of inode " + inode.number;
        long end = inode.xattrs + inode.xattrsSize;
        int count = metadata.bytes(inode.xattrs, HEADER, what).get(4) & 0xff;
        long own = inode.xattrs + HEADER + (long) count * Integer.BYTES;
        if (own > end) {
            throw metadata.damage(inode.xattrs, count + " shared " + what + " in " + inode.xattrsSize + " bytes");
        }
        while (own <= end - ENTRY) {
            ByteBuffer head = metadata.bytes(own, ENTRY, what);
            long next = own + size(head);
            if (next > end) {
                throw metadata.damage(own, what + " that run over their end");
            }
            // What is left over is filled with zeros.
            if (head.getInt(0) != 0 && visit(own, head, visitor, what)) {
                return;
            }
            own = next;
        }
        ByteBuffer places = metadata.bytes(inode.xattrs + HEADER, count * Integer.BYTES, what);
        for (int i = 0; i < count; i++) {
            long at = shared + (places.getInt(i * Integer.BYTES) & 0xffffffffL) * Integer.BYTES;
            if (visit(at, metadata.bytes(at, ENTRY, what), visitor, what)) {
                return;
            }
        }
    }

    private static int size(ByteBuffer head) {
        return (ENTRY + (head.get(0) & 0xff) + (head.getShort(2) & 0xffff) + ENTRY - 1) & -ENTRY;
    }

    private boolean visit(long at, ByteBuffer head, Visitor visitor, String what) throws IOException {
        int prefix = head.get(1) & 0xff;
        int length = head.get(0) & 0xff;
        if (prefix >= PREFIXES.length || PREFIXES[prefix] == null) {
            return false;
        }
        byte[] start = Name.of(PREFIXES[prefix]).bytes();
        if (start.length + length > LONGEST_NAME) {
            throw metadata.damage(at, what + " with a name of " + length + " bytes");
        }
        byte[] name = Arrays.copyOf(start, start.length + length);
        metadata.bytes(at + ENTRY, length, what).get(name, start.length, length);
        return visitor.visit(Name.of(name), at + ENTRY + length, head.getShort(2) & 0xffff);
    }
}
