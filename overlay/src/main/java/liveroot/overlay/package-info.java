/**
 * Unions: any read-only {@link liveroot.fs.FileTree} below, an upper with a size above.
 *
 * <p><b>Inodes.</b> An inode of the lower tree is an inode of the union, under the same id and number, and costs nothing
 * until it changes. Then the {@link liveroot.overlay.Upper} holds a changed {@link liveroot.overlay.Inode} of the same id,
 * which from then on is the truth; new inodes have ids of their own range. A changed {@link liveroot.overlay.Directory}
 * holds what differs from the lower directory of its inode: names that lead to another inode, and whiteouts. So a rename
 * moves one entry whatever lies below it, and hard links of the lower stay one file.
 *
 * <p><b>Data.</b> A changed {@link liveroot.overlay.RegularFile} has {@link liveroot.overlay.Content}: pages that the
 * {@link liveroot.overlay.Store} holds, and below them those ranges of the lower file that still show. Copy-up happens
 * page by page, when a page is written.
 *
 * <p>There are two stores: pages of direct memory, and, better where it can be had, a tmpfs of the union's own, whose files
 * the kernel reads and writes by itself once all of their data is there. While a file is open like that, its size and
 * times are those of the tmpfs's file ({@link liveroot.overlay.RegularFile#look}), and the tmpfs's size is the limit;
 * what else counts in bytes is taken from that size.
 *
 * <p>Direct memory can be made to hold more: the {@link liveroot.overlay.Compressor} turns pages that nobody has touched
 * for some seconds into {@link liveroot.overlay.PackedPages}. Reading unpacks them to where they are read to, writing makes
 * them pages again. The limit is then one of RAM, compressed or not, so that writing to what is there may need space.
 *
 * <p><b>Locks</b>, in the order in which they are taken:
 *
 * <pre>
 * data lock of a file (DataLocks; striped by inode id, never two at once)
 *   monitor of Upper   (inode table, directories, attributes, counts)
 *     monitor of PackedPages
 *       monitor of PagePool, or of a TmpfsFile
 *         monitor of Quota
 * </pre>
 *
 * The Compressor's monitor is taken last, and alone. Each is held for operations on memory only. The lower tree, which may
 * read and decompress, is asked while none of them is held: it never changes, so its answer can be had first and used under
 * the lock. What is made but not yet in the inode table belongs to its thread and needs no lock.
 *
 * <p>Who opens a file, or changes its size, may wait with the monitor of Upper given up until bytes of the file are stored
 * in the kernel's page cache. Nothing else is held then, and a store takes no lock but {@link liveroot.overlay.LowerPages}'
 * own, which goes before all, and waits for nobody: {@link liveroot.overlay.LowerPages} says why.
 *
 * <p><b>Layers.</b> Several images are one lower tree by {@link liveroot.overlay.Stack}, which holds no lock: the tables that
 * it keeps are concurrent, and what it puts there never changes.
 *
 * <p><b>Access times</b> are as with relatime where the data lies in a tmpfs: the kernel sets those of the files that it
 * reads by itself, and they are taken from there ({@link liveroot.overlay.RegularFile#look}); a directory that is listed, a
 * symlink or a file that the daemon is asked for gets its own. That costs no request. What is unchanged has the times of
 * the image, and is not copied up to be read. In the memory store it is as with noatime, and the mount says so: reads of
 * cached pages never reach the daemon, so another rule would be kept only at times.
 */
package liveroot.overlay;
