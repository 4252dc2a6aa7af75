/**
 * The kernel front: reads requests from /dev/fuse and writes replies to it, without libfuse.
 *
 * <p>Protocol and constants are those of linux/fuse.h, version 7.31 (Linux 5.4) up to 7.45. Each {@link
 * liveroot.fs.fuse.kernel.Worker} owns one request buffer and one {@link liveroot.fs.fuse.kernel.Reply} and serves a
 * request on the thread that read it; workers share the tree, the session's counters and its {@link
 * liveroot.fs.fuse.kernel.Backings}, whose monitor guards a small map and is held over no call of a tree.
 *
 * <p>What the kernel keeps. All changes of a mount pass through that mount, so entries (absent ones too), attributes,
 * links, listings and file pages are given to it for ever; it invalidates what an operation changes by itself. OPENDIR
 * and FLUSH, and on a read-only tree OPEN, are answered with ENOSYS once, after which the kernel does not ask again, and
 * warm work makes no round trip at all.
 */
package liveroot.fs.fuse.kernel;
