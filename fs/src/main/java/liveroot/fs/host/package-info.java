/**
 * A directory of the host as a tree: what {@code liveroot cover} lays its unions over.
 *
 * <p><b>Nothing is written.</b> {@link liveroot.fs.sys.HostDirectory} sees to that. The directory is expected to stay as
 * it is while the tree is in use, as the lower directory of any union mount is. What has been changed, removed or replaced
 * below nevertheless is answered with its old name's new content, or with ESTALE, and harms nothing.
 *
 * <p><b>Descriptors are few</b>: one of the directory, and at most {@link liveroot.fs.host.OpenFiles#MOST} of files and
 * {@link liveroot.fs.host.Streams#MOST} of directories that were used last, besides those that are being read. Everything else is reached by its path from
 * the first, see {@link liveroot.fs.host.KnownInodes}.
 *
 * <p><b>Ahead of its readers</b> goes a thread for directories, {@link liveroot.fs.host.Walk}, and one for files, {@link
 * liveroot.fs.host.FilesAhead}, as soon as somebody goes through the tree in its order. The first keeps what it has listed
 * for a second at the most, the second only has the host read.
 *
 * <p><b>Locks.</b> The monitors of {@code KnownInodes}, {@code OpenFiles}, {@code Streams}, {@code Walk} and {@code
 * FilesAhead} each guard a table; none is taken within another but that of {@code KnownInodes} within that of {@code
 * FilesAhead}, and none is held over a system call that may wait for a device. Who comes to a directory that is being listed ahead
 * waits for that, which waits for nobody.
 */
package liveroot.fs.host;
