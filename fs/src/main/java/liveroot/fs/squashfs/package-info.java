/**
 * SquashFS 4.0 images. {@link liveroot.fs.squashfs.SquashFs} answers the contract's operations; the tables are a class
 * each, and read through {@link liveroot.fs.squashfs.Cursor}s over the unpacked metadata blocks of {@link
 * liveroot.fs.squashfs.Metadata}. Facts of the format are from doc/format.adoc of squashfs-tools-ng and from the behaviour
 * of Linux' fs/squashfs.
 *
 * <p>Locks: none is held over I/O or decompression. {@link liveroot.fs.codec.Decoders} guards its list of idle decoders by
 * its monitor, {@link liveroot.fs.squashfs.FileBlocks} the replacement of its marks, {@link liveroot.fs.squashfs.ReadAhead}
 * its streams, {@link liveroot.fs.squashfs.Pushes} what waits to be pushed, {@link liveroot.fs.squashfs.SquashFs} the making
 * of its cache of files. No two are held together, and none while the kernel is given pages.
 *
 * <p>Threads: reads are served on their callers' threads. Each open image has one thread more, while readers are followed,
 * that walks the inodes ahead of them, and one that pushes small files to the kernel's page cache; unpacking ahead is done
 * by the block cache's threads. All may still be at work when the tree is closed: they then find source and cache closed,
 * and end.
 */
package liveroot.fs.squashfs;
