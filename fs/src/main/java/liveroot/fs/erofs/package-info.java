/**
 * EROFS images. {@link liveroot.fs.erofs.Erofs} answers the contract's operations; where a file's bytes lie is found by
 * {@link liveroot.fs.erofs.Clusters} for compressed files and by {@link liveroot.fs.erofs.FileData} for all others. Data
 * that lies unpacked in the image is read from the source into the sink's memory; metadata, and what was unpacked, goes
 * through the block cache. Facts of the format are from erofs.docs.kernel.org, from the on-disk definitions in
 * fs/erofs/erofs_fs.h, and from the behaviour of Linux' fs/erofs.
 *
 * <p>Locks: none. Everything is immutable once the image is open.
 */
package liveroot.fs.erofs;
