package liveroot.fs.image;

import java.io.IOException;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.ImageContainer;
import liveroot.fs.ImageTree;
import liveroot.fs.cpio.Cpio;
import liveroot.fs.erofs.Erofs;
import liveroot.fs.ext.Ext;
import liveroot.fs.hfsplus.HfsPlus;
import liveroot.fs.iso.Iso;
import liveroot.fs.partition.ApplePartitionMap;
import liveroot.fs.partition.BootRecord;
import liveroot.fs.partition.GuidPartitionTable;
import liveroot.fs.sparse.SparseImage;
import liveroot.fs.squashfs.SquashFs;
import liveroot.fs.udif.Udif;

/** The formats that can be read: one entry each. */
final class Readers {

    private Readers() {}

    /**
     * Opens a file tree.
     *
     * @param source closed together with the tree, left open if this fails
     * @return null if {@code format} is none of a tree that can be read
     */
    static ImageTree tree(ImageFormat format, BlockSource source, BlockCache cache) throws IOException {
        return switch (format) {
            case SQUASHFS -> SquashFs.open(source, cache);
            case EROFS -> Erofs.open(source, cache);
            case EXT -> Ext.open(source, cache);
            case HFS_PLUS -> HfsPlus.open(source, cache);
            case ISO_9660 -> Iso.open(source, cache);
            case CPIO, GZIP, XZ, ZSTD, BZIP2, LZ4, LZMA -> Cpio.open(source, cache);
            default -> null;
        };
    }

    /**
     * Opens a container.
     *
     * @param source stays the caller's
     * @return null if {@code format} is none of a container that can be read
     */
    static ImageContainer container(ImageFormat format, BlockSource source, BlockCache cache, Neighbours neighbours)
            throws IOException {
        return switch (format) {
            case UDIF -> Udif.open(source, cache, neighbours::open);
            case APPLE_PARTITION_MAP -> ApplePartitionMap.open(source, cache);
            case GPT -> GuidPartitionTable.open(source, cache);
            case MBR -> BootRecord.open(source, cache);
            case SPARSE_IMAGE -> SparseImage.open(source, cache);
            default -> null;
        };
    }
}
