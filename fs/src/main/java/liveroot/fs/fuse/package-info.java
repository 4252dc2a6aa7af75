/**
 * Fronts: how the host's file requests reach a {@link liveroot.fs.FileTree}. {@code kernel} speaks the FUSE protocol with
 * Linux itself, {@code jnr} goes through libfuse 2 or macFUSE.
 */
package liveroot.fs.fuse;
