/**
 * cpio archives as trees: an initrd as a root (docs.kernel.org, driver-api/early-userspace/buffer-format; cpio(5)). An
 * archive has no index, so {@link liveroot.fs.cpio.Archive} goes through all of its {@link liveroot.fs.cpio.Header}s when it
 * is opened and builds the tree of {@link liveroot.fs.cpio.Inode}s as the Linux kernel unpacks it: member after member, what
 * comes later replaces what came before. Data of plain members stays where it is; {@link liveroot.fs.cpio.Unpacked} holds
 * what packed members unpack to.
 *
 * <p>Locks: none. Nothing changes once the archive has been opened.
 */
package liveroot.fs.cpio;
