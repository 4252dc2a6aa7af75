package liveroot.fs.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import liveroot.fs.BadImageException;
import liveroot.fs.Name;

/**
 * Extended attributes ("Extended Attributes" of the kernel's documentation): behind an inode's fields, and in one block
 * more. In both, entries {length of name u8, prefix u8, place of the value u16, inode of the value u32, size u32, hash u32,
 * name} of a multiple of 4 bytes, which end with a word of 0.
 */
final class Xattrs {

    private static final int MAGIC = 0xea020000;
    private static final int HEADER_IN_INODE = 4;
    private static final int HEADER_IN_BLOCK = 32;
    private static final int CHECKSUM = 16;
    private static final int ENTRY = 16;

    private static final int ACCESS_ACL = 2;
    private static final int DEFAULT_ACL = 3;
    private static final int SYSTEM = 7;

    /** By how much the hash of a name and its value turns for each byte of the name, and for the value. */
    private static final int NAME_TURN = 5;

    private static final int VALUE_TURN = 16;

    private static final byte[] DATA = Name.of("data").bytes();

    /** By number; those of {@link #SYSTEM} are the file system's own. */
    private static final String[] PREFIXES = {
        null, "user.", "system.posix_acl_access", "system.posix_acl_default", "trusted.", null, "security."
    };

    /** Limits of linux/limits.h: bytes of a value, bytes of a name. */
    private static final int LARGEST_VALUE = 65_536;

    private static final int LONGEST_NAME = 255;

    private final Volume volume;
    private final FileData data;
    private final Inodes inodes;

    Xattrs(Volume volume, FileData data) {
        this.volume = volume;
        this.data = data;
        this.inodes = new Inodes(volume);
    }

    /** Looks at one entry; true ends the search. */
    private interface Visitor {

        boolean visit(Entry entry) throws IOException;
    }

    /**
     * @param in that the entry stands in, and its value, if that is not an inode of its own
     * @param block and {@code offset} of {@code in}
     * @param values where places of values count from
     */
    private record Entry(ByteBuffer in, int at, long block, int offset, int values) {

        int prefix() {
            return in.get(at + 1) & 0xff;
        }

        byte[] name() {
            byte[] name = new byte[in.get(at) & 0xff];
            in.get(at + ENTRY, name);
            return name;
        }

        /** With its prefix, or null if it is none that programs see. */
        Name fullName() {
            int prefix = prefix();
            if (prefix >= PREFIXES.length || PREFIXES[prefix] == null) {
                return null;
            }
            byte[] start = Name.of(PREFIXES[prefix]).bytes();
            byte[] rest = name();
            boolean isAcl = prefix == ACCESS_ACL || prefix == DEFAULT_ACL;
            if (isAcl != (rest.length == 0) || start.length + rest.length > LONGEST_NAME) {
                return null;
            }
            byte[] all = Arrays.copyOf(start, start.length + rest.length);
            System.arraycopy(rest, 0, all, start.length, rest.length);
            return Name.of(all);
        }

        boolean isInlineData() {
            return prefix() == SYSTEM && Arrays.equals(name(), DATA);
        }

        int storedHash() {
            return in.getInt(at + 12);
        }

        /**
         * Of the name and the hash of a value in an inode (ext4_xattr_hash_entry of fs/ext4/xattr.c).
         *
         * @param mask for the bytes of the name: 0xff, or -1 for hashes of Linux before 6.2 on machines whose chars have signs
         */
        int hash(int ofValue, int mask) {
            int hash = 0;
            for (byte b : name()) {
                hash = Integer.rotateLeft(hash, NAME_TURN) ^ (b & mask);
            }
            return Integer.rotateLeft(hash, VALUE_TURN) ^ ofValue;
        }

        int next() {
            return at + ENTRY + (((in.get(at) & 0xff) + 3) & ~3);
        }
    }

    /** Whether there is an xattr for what a small file has beyond the 60 bytes of its map. */
    static boolean hasInlineData(ByteBuffer tail) {
        if (!isUsed(tail)) {
            return false;
        }
        for (int at = HEADER_IN_INODE; at <= tail.limit() - ENTRY && tail.getInt(at) != 0; ) {
            Entry entry = new Entry(tail, at, 0, 0, 0);
            if (entry.next() > tail.limit()) {
                return false;
            }
            if (entry.isInlineData()) {
                return true;
            }
            at = entry.next();
        }
        return false;
    }

    private static boolean isUsed(ByteBuffer tail) {
        return tail.limit() >= HEADER_IN_INODE + Integer.BYTES && tail.getInt(0) == MAGIC;
    }

    /** What a small file has beyond the 60 bytes of its map. */
    byte[] inlineData(Inode inode) throws IOException {
        byte[][] found = {new byte[0]};
        visitInode(inode, entry -> {
            if (!entry.isInlineData()) {
                return false;
            }
            found[0] = value(inode, entry);
            return true;
        });
        return found[0];
    }

    List<Name> names(Inode inode) throws IOException {
        List<Name> names = new ArrayList<>();
        visit(inode, entry -> {
            Name name = entry.fullName();
            if (name != null) {
                names.add(name);
            }
            return false;
        });
        return names;
    }

    /** The value of {@code wanted}, or null. */
    byte[] value(Inode inode, Name wanted) throws IOException {
        byte[][] found = new byte[1][];
        visit(inode, entry -> {
            if (!wanted.equals(entry.fullName())) {
                return false;
            }
            byte[] value = value(inode, entry);
            boolean isAcl = entry.prefix() == ACCESS_ACL || entry.prefix() == DEFAULT_ACL;
            found[0] = isAcl ? acl(value, entry) : value;
            return true;
        });
        return found[0];
    }

    private byte[] acl(byte[] stored, Entry entry) throws BadImageException {
        byte[] acl = Acl.toXattr(stored);
        if (acl == null) {
            throw damage(entry, "an access control list of " + stored.length + " bytes that is none");
        }
        return acl;
    }

    private void visit(Inode inode, Visitor visitor) throws IOException {
        if (visitInode(inode, visitor) || inode.xattrBlock == 0) {
            return;
        }
        long number = inode.xattrBlock;
        if (!volume.has(number, 1)) {
            throw volume.damage(
                    inode.block,
                    inode.offset,
                    "inode " + inode.number + " has xattrs in block " + number + ", outside of the file system");
        }
        try (MetadataBlock block = volume.metadata(Volume.Kind.XATTRS, number, bytes -> check(bytes, number))) {
            visit(block.memory(), HEADER_IN_BLOCK, 0, number, 0, visitor);
        }
    }

    private boolean visitInode(Inode inode, Visitor visitor) throws IOException {
        ByteBuffer tail = inode.tail();
        if (!isUsed(tail)) {
            return false;
        }
        return visit(tail, HEADER_IN_INODE, HEADER_IN_INODE, inode.block, inode.offset, visitor);
    }

    private boolean visit(ByteBuffer in, int start, int values, long block, int offset, Visitor visitor)
            throws IOException {
        for (int at = start; at <= in.limit() - Integer.BYTES && in.getInt(at) != 0; ) {
            Entry entry = new Entry(in, at, block, offset, values);
            if (at > in.limit() - ENTRY || entry.next() > in.limit()) {
                throw volume.damage(block, offset, "an xattr whose name runs over the end of its block or inode");
            }
            if (visitor.visit(entry)) {
                return true;
            }
            at = entry.next();
        }
        return false;
    }

    private byte[] value(Inode owner, Entry entry) throws IOException {
        long inode = entry.in.getInt(entry.at + 4) & 0xffffffffL;
        long size = entry.in.getInt(entry.at + 8) & 0xffffffffL;
        if (size > LARGEST_VALUE) {
            throw damage(entry, "an xattr value of " + size + " bytes, more than " + LARGEST_VALUE);
        }
        if (inode != 0) {
            return valueInInode(owner, entry, inode, (int) size);
        }
        int at = entry.values + (entry.in.getShort(entry.at + 2) & 0xffff);
        if (at > entry.in.limit() - size) {
            throw damage(entry, "an xattr value of " + size + " bytes that runs over the end of its block or inode");
        }
        byte[] value = new byte[(int) size];
        entry.in.get(at, value);
        return value;
    }

    private byte[] valueInInode(Inode owner, Entry entry, long number, int size) throws IOException {
        if (number > volume.superblock().inodes()) {
            throw damage(
                    entry,
                    "an xattr value in inode " + number + ", there are "
                            + volume.superblock().inodes());
        }
        Inode inode = inodes.read(number);
        if (!inode.isInUse() || !inode.isXattrValue() || inode.size != size || inode.isInline()) {
            throw damage(entry, "an xattr value of " + size + " bytes in inode " + number + ", which holds none such");
        }
        byte[] value = data.bytes(inode, size);
        // As Lustre had them before Linux did: without a hash, but with a way back to the owner.
        if (entry.storedHash() != inode.valueHash() && inode.isLustreValueOf(owner)) {
            return value;
        }
        int hash = new Checksum(volume.superblock().seed()).add(value, 0, size).value();
        if (hash != inode.valueHash()) {
            throw damage(
                    entry,
                    "an xattr value in inode " + number + " with the hash " + Superblock.hex(inode.valueHash())
                            + ", should be " + Superblock.hex(hash));
        }
        if (entry.storedHash() != entry.hash(hash, 0xff) && entry.storedHash() != entry.hash(hash, -1)) {
            throw damage(
                    entry,
                    "an xattr with the hash " + Superblock.hex(entry.storedHash()) + ", should be "
                            + Superblock.hex(entry.hash(hash, 0xff)));
        }
        return value;
    }

    private void check(ByteBuffer block, long number) throws IOException {
        if (block.getInt(0) != MAGIC || block.getInt(8) != 1) {
            throw volume.damage(
                    number, 0, "a block of xattrs with magic " + Superblock.hex(block.getInt(0)) + ", not 0xea020000");
        }
        if (volume.superblock().features().hasChecksums()) {
            int found = new Checksum(volume.superblock().seed())
                    .littleEndian((int) number)
                    .littleEndian((int) (number >>> Integer.SIZE))
                    .add(block, 0, CHECKSUM)
                    .littleEndian(0)
                    .add(block, CHECKSUM + Integer.BYTES, block.limit())
                    .value();
            if (found != block.getInt(CHECKSUM)) {
                throw volume.damage(number, CHECKSUM, "a block of xattrs fails its checksum");
            }
        }
    }

    private BadImageException damage(Entry entry, String fault) {
        return volume.damage(entry.block, entry.offset + entry.at, fault);
    }
}
