/**
 * ext2, ext3 and ext4 file systems, read only. {@link liveroot.fs.ext.Ext} answers the contract's operations. Metadata
 * blocks are read through the block cache ({@link liveroot.fs.ext.Volume}); file data, which lies unpacked in the image, is
 * read from the source into the sink's memory. What a journal holds that was never written to its place is found in a
 * {@link liveroot.fs.ext.Overlay} of blocks; nothing is ever written. Facts of the format are from the kernel's
 * documentation (filesystems/ext4) and from the behaviour of Linux' fs/ext4 and fs/jbd2.
 *
 * <p>Checksums (metadata_csum) of the superblock, inodes, extent blocks, directories, xattr blocks and the journal
 * are verified; a block is checked once, when it enters the cache. Those of group descriptors are not: a wrong one leads to
 * inodes whose own checksums fail. Bitmaps are not read.
 *
 * <p>Locks: none. Everything is immutable once the image is open.
 */
package liveroot.fs.ext;
