/**
 * EROFS images. {@link liveroot.fs.erofs.Erofs} answers the contract's operations; where a file's bytes lie is found by
 * {@link liveroot.fs.erofs.Clusters} for compressed files and by {@link liveroot.fs.erofs.FileData} for all others. Data
 * that lies unpacked in the image is read from the source into the sink's memory; metadata, and what {@link
 * liveroot.fs.erofs.PackedExtents} unpacks, goes through the block cache. Beside that there is a decoder for each thread
 * that unpacks, with a dictionary if it is one of LZMA or Zstandard: as large as the largest extent that it ever unpacked,
 * but no larger than the superblock says, nor 8 MiB. Facts of the format are from erofs.docs.kernel.org, from the on-disk
 * definitions in fs/erofs/erofs_fs.h, and from the behaviour of Linux' fs/erofs.
 *
 * <p>Locks: none but that of the idle decoders, see {@link liveroot.fs.codec}. Everything else is immutable once the
 * image is open, but for the extents that were found last, each an immutable record.
 */
package liveroot.fs.erofs;
