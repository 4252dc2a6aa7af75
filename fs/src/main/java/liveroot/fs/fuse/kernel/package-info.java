/**
 * The kernel front: reads requests from /dev/fuse and writes replies to it, without libfuse. Protocol and constants are
 * those of linux/fuse.h, version 7.31 (Linux 5.4) up to 7.45.
 *
 * <p><b>What is agreed with the kernel</b>, at INIT and by answers:
 *
 * <ul>
 *   <li>Requests and replies of up to 1 MiB (max_write, max_pages, the mount option max_read), read ahead as far as that;
 *       reads of one file at the same time (ASYNC_READ, ASYNC_DIO), lookups and listings in one directory at the same time
 *       (PARALLEL_DIROPS); listings bring attributes with them (DO_READDIRPLUS, always: what is listed is mostly looked at
 *       next).
 *   <li>All changes of a mount pass through that mount, so entries (absent ones too), attributes, links, listings and file
 *       pages are given to the kernel for ever; it invalidates by itself what an operation changes.
 *   <li>Permissions, the sticky bit and times of permission checks are the kernel's (default_permissions); it masks no mode
 *       (DONT_MASK), truncates by the open itself (ATOMIC_O_TRUNC), and says when set-user-id bits must go
 *       (HANDLE_KILLPRIV_V2). Access control lists are its to enforce, and the tree's to keep, to hand down and to match
 *       with the mode (POSIX_ACL).
 *   <li>OPENDIR is answered with ENOSYS, and OPEN too if tree and mount are read-only: the kernel then opens by itself,
 *       keeps listings until the directory changes, and warm work on a read-only root makes no round trip at all. On a
 *       mount that may be written to, an open for writing has to be refused, so each is asked for.
 *   <li>ENOSYS is an answer for ever, on the whole mount: FLUSH, FSYNC, FSYNCDIR and ACCESS have nothing to do here;
 *       copy_file_range(2) is done by the kernel with reads and writes; record and BSD locks are its own; GETXATTR of an image
 *       that keeps no attributes. IOCTL and other things that may differ from file to file get an errno of their own.
 *   <li>A file that a tree offers a backing descriptor for is passed through: {@link liveroot.fs.fuse.kernel.Backings}. The
 *       mount then knows of no writes; size and times are the tree's to tell from the backing file.
 *   <li>A tree may put files into the kernel's page cache before they are read: {@link liveroot.fs.fuse.kernel.Pages}. It
 *       is for a tree that changes to see that no page is stored after it was written to.
 *   <li>FORGET, BATCH_FORGET and INTERRUPT get no reply. INTERRUPT is not acted on: every request is short, and the kernel
 *       waits for the answer of one whose caller was killed.
 *   <li>When a mount ends the kernel forgets without a word what it held, and drops FORGETs and RELEASEs that wait: {@link
 *       liveroot.fs.fuse.kernel.Held} gives them back to the tree. A connection that was aborted (by fusectl) ends the mount.
 * </ul>
 *
 * <p><b>Errors.</b> Each request that waits for an answer gets exactly one. A tree's FsException is its errno; whatever
 * else it throws is EIO, logged once for each opcode, and the thread lives on. What a reply would have handed to the
 * kernel is taken back if it does not arrive: {@link liveroot.fs.fuse.kernel.Grants}.
 *
 * <p><b>Waiting.</b> A worker sleeps in a blocking read, of which the kernel wakes one for a request. To look for the next
 * one for a while first was measured to bring nothing, but to keep idle processors from deep sleep while many requests come
 * brings much ({@code liveroot.fs.fuse.Alertness}): docs/benchmarks.md. A mount that nobody uses takes no CPU.
 *
 * <p><b>Rings.</b> Where the host has FUSE over io_uring switched on, requests can come through that (fs/fuse/dev_uring.c and
 * Documentation/filesystems/fuse/fuse-io-uring.rst of Linux): one system call takes an answer and brings the next
 * request. The kernel has a queue for each core that there could be, gives a request to the queue of the core that it is
 * made on, and there to an entry that is free, the last used first. Each {@link liveroot.fs.fuse.kernel.RingEntry} is that
 * of a {@link liveroot.fs.fuse.kernel.RingWorker} with a ring of its own, so that a request which takes long holds up none
 * that another worker of the same queue can take. An entry is a page and 1 MiB of address space, and takes of these what the largest
 * request so far has needed: at most 8 MiB of RAM on up to four cores, 2 MiB for each core beyond. What is answered is copied there from
 * cached blocks, once more than by /dev/fuse. INIT, FORGET and INTERRUPT come to /dev/fuse all the same, where one
 * {@link liveroot.fs.fuse.kernel.Worker} waits, and notices go there.
 *
 * <p><b>Locks.</b> Each worker owns one {@link liveroot.fs.fuse.kernel.Exchange}: one request buffer, one reply and its
 * grants; it serves a request on the thread that took it. (The one for cores that are not there has an
 * Exchange for each.) Workers share the tree, the session's counters, and the monitors of {@code
 * Held} and {@code Backings}. Each guards a map, neither is held over a call of a tree, and none is taken within the
 * other. The monitor of {@code Pages} is held while pages are stored; workers never take it, but the last one at the end.
 * An OPEN may wait inside a tree for a store to end: only for one that waits for no request (fill of {@link
 * liveroot.fs.FileTree}).
 */
package liveroot.fs.fuse.kernel;
