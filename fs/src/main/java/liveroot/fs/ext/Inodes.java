package liveroot.fs.ext;

import java.io.IOException;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;

/**
 * Finds inodes by number: each group of blocks has a table of them, and a descriptor that says where ("Block Group
 * Descriptors" of the kernel's documentation).
 *
 * <p>The contract's id of an inode is its number less one, as the root, {@link FileTree#ROOT} there, has number 2 here.
 */
final class Inodes {

    static final long ROOT = 2;

    private final Volume volume;
    private final Superblock superblock;

    Inodes(Volume volume) {
        this.volume = volume;
        this.superblock = volume.superblock();
    }

    static long id(long number) {
        return number - 1;
    }

    /** The inode that a front asks for. @throws FsException ESTALE if there can be none, or it is not in use */
    Inode ofId(long id) throws IOException, FsException {
        long number = id + 1;
        if (id <= 0 || !isFile(number)) {
            throw new FsException(Errno.ESTALE, "no inode has the id " + id);
        }
        Inode inode = read(number);
        if (!inode.isInUse()) {
            throw new FsException(Errno.ESTALE, "inode " + number + " is not in use");
        }
        return inode;
    }

    /** Whether a directory may name it: the root, or one that is not reserved. */
    boolean isFile(long number) {
        return number == ROOT || (number >= superblock.firstInode() && number <= superblock.inodes());
    }

    /** Inode {@code number}, 1 up to {@link Superblock#inodes()}. */
    Inode read(long number) throws IOException {
        long group = (number - 1) / superblock.inodesPerGroup();
        long offset = (number - 1) % superblock.inodesPerGroup() * superblock.inodeSize();
        int blockSize = volume.blockSize();
        long table = table(group);
        long block = table + offset / blockSize;
        int within = (int) (offset % blockSize);
        try (MetadataBlock in = volume.metadata(Volume.Kind.TABLE, block, Volume.UNCHECKED)) {
            return Inode.parse(in, within, block, number, superblock);
        }
    }

    private long table(long group) throws IOException {
        int at = descriptorAt(group);
        try (MetadataBlock in = descriptors(group)) {
            long table = in.u32(at + 0x08) | (superblock.descriptorSize() >= 64 ? in.u32(at + 0x28) << 32 : 0);
            long blocks = (superblock.inodesPerGroup() * superblock.inodeSize() + volume.blockSize() - 1)
                    / volume.blockSize();
            if (!volume.has(table, blocks)) {
                throw in.damage(
                        at + 0x08,
                        "the inode table of group " + group + " at block " + Long.toUnsignedString(table)
                                + ", outside of the file system's " + superblock.blocks());
            }
            return table;
        }
    }

    /** The block that has the descriptor of {@code group}. */
    MetadataBlock descriptors(long group) throws IOException {
        int perBlock = volume.blockSize() / superblock.descriptorSize();
        return volume.metadata(Volume.Kind.TABLE, descriptors(group / perBlock, perBlock), Volume.UNCHECKED);
    }

    /** Where in that block it is. */
    int descriptorAt(long group) {
        int size = superblock.descriptorSize();
        return (int) (group % (volume.blockSize() / size)) * size;
    }

    /** The block that has the {@code index}th block of descriptors. */
    private long descriptors(long index, int perBlock) {
        long first = superblock.firstBlock();
        if (!superblock.features().hasMetaGroups() || index < superblock.firstMetaGroup()) {
            return (volume.blockSize() == Superblock.POSITION ? 1 : 0) + 1 + index;
        }
        long group = index * perBlock;
        long start = first + group * superblock.blocksPerGroup();
        // With blocks of 1 KiB and clusters, block 0 stands before the superblock in group 0.
        boolean bootBlock = group == 0 && volume.blockSize() == Superblock.POSITION && first == 0;
        return start + (superblock.hasSuperblock(group) ? 1 : 0) + (bootBlock ? 1 : 0);
    }
}
