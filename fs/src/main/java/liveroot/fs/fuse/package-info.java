/**
 * Fronts: how the host's file requests reach a {@link liveroot.fs.FileTree}. {@code kernel} speaks the FUSE protocol with
 * Linux itself, {@code jnr} goes through libfuse 2 or macFUSE. Both count what they serve in {@link
 * liveroot.fs.fuse.Requests}, by which idle processors are kept awake while it is much.
 */
package liveroot.fs.fuse;
