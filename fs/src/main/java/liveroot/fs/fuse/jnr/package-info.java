/** The jnr-fuse front. */
package liveroot.fs.fuse.jnr;
