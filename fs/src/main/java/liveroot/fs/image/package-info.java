/**
 * Opens images, layer by layer: tells what the bytes are, opens what wraps (a disk image, a partition map) or the tree,
 * and goes on with what is inside, until it has come to the root that boots.
 *
 * <p>A format of trees is one entry of {@link liveroot.fs.image.Readers#tree}, a container is one of {@link
 * liveroot.fs.image.Readers#container}; each has its {@link liveroot.fs.image.Signature}s, which are tried in the order of
 * {@link liveroot.fs.image.Signature#ALL}. {@link liveroot.fs.image.Opening} makes the choices, {@link
 * liveroot.fs.image.Contents} knows what is looked for.
 *
 * <p>Nothing here is locked: an image is opened by one thread, and does not change afterwards.
 */
package liveroot.fs.image;
