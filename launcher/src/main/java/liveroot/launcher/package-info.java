/**
 * The {@code liveroot} command: what its words mean, and the life of the daemon that a mount leaves behind.
 *
 * <p>A mount is one process. It holds the root mount and the unions on it ({@link liveroot.launcher.MountedRoot}), answers
 * on a socket in the {@link liveroot.launcher.RunDirectory}, and ends when the root mount does. The other commands are
 * short-lived and talk to it.
 *
 * <p>The daemon never touches what it serves: it would wait for itself. Mounts are made and taken down by threads that
 * serve no requests; who uses a mount is learnt from /proc by reading links, which the kernel answers by itself.
 *
 * <p>Locks: MountedRoot has one monitor, which guards the list of mounts and is held while they are made or taken down.
 * Nothing else in this package is shared between threads but what is immutable.
 */
package liveroot.launcher;
