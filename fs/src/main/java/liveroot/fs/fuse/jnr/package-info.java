/**
 * The front that goes through libfuse 2 (2.9, also macFUSE's). libfuse 2 speaks paths; they become inodes by a lookup for
 * each name, given back as soon as the request is answered, or at the release of what was opened.
 *
 * <p><b>What of jnr-fuse is used</b> are its structures: it knows where each field of fuse_operations, stat, statvfs and
 * fuse_context lies on each host. Its mount loop and its callbacks are not, as 0.5.8 does not let one do what is needed
 * here; libfuse's functions are called through jffi instead, and callbacks are closures of jffi:
 *
 * <ol>
 *   <li>Only libfuse 2.9 is loaded, by a name that no libfuse 3 has, and its version asked. Of functions that it has in
 *       several versions the right one is asked for: dlsym alone finds fuse_new as it was in libfuse 2.1.
 *   <li>Nothing that a callback throws gets back into C, where it would mean success: {@code Border}.
 *   <li>Requests are received and processed by threads of Java, which stay attached to the JVM; there are as many as
 *       {@link liveroot.fs.fuse.MountOptions#threads} says, and libfuse starts none.
 *   <li>The bits keep_cache and direct_io of fuse_file_info are left alone: {@code -o kernel_cache} for trees that never
 *       change, {@code -o auto_cache} for others.
 *   <li>flag_nullpath_ok, flag_nopath and flag_utime_omit_ok are set in the word behind bmap (compared with what a C
 *       compiler makes of fuse.h 2.9.9 on x86-64), so one of two times can be set, and open files need no path.
 *   <li>An open file whose name is removed loses it at once, is in no listing, and can still be read, written, changed and
 *       looked at through its descriptor: {@code HiddenFiles}. What libfuse 2 cannot do: when its directory is removed
 *       too, fstat and fchmod of it fail with ENOENT; reading and writing go on.
 *   <li>Not to be had: renameat2 with flags (EINVAL), O_TMPFILE and access control lists (EOPNOTSUPP), SEEK_DATA and SEEK_HOLE other than as if
 *       there were no holes, passthrough, requests over 128 KiB, READDIRPLUS. Each name of a hard link is an inode of its
 *       own to the kernel: in a tree that can change, what one name's open descriptor has in its pages is not told of
 *       writes through another name until the next open; st_ino, st_nlink, size and times are right at each stat, as
 *       nothing of them is kept.
 *   <li>Names and paths are bytes here and never become Strings, so names that are not UTF-8 are served as they are.
 *   <li>A mount has succeeded when the kernel's INIT has been served and the mount table has it.
 *   <li>big_writes, max_write, max_read, use_ino and timeouts: {@code MountArguments}.
 * </ol>
 *
 * <p><b>Locks.</b> None is held while the tree works. {@code HiddenFiles} guards its map with its own monitor and calls
 * the tree's forget under it; nothing else is taken there. libfuse itself keeps a rename away from every path that a
 * callback has.
 */
package liveroot.fs.fuse.jnr;
