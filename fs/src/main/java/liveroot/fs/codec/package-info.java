/**
 * Unpacks blocks, from direct memory into direct memory where the codec's library can. A {@link
 * liveroot.fs.codec.Decoder} is used by one thread at a time; {@link liveroot.fs.codec.Decoders} keeps those that are idle.
 *
 * <p>Locks: {@link liveroot.fs.codec.Decoders} guards its list of idle decoders by its monitor, never while one works.
 */
package liveroot.fs.codec;
