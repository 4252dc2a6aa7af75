/**
 * Unpacks blocks, from direct memory into direct memory where the codec's library can. A {@link
 * liveroot.fs.codec.Decoder} unpacks whole blocks, a {@link liveroot.fs.codec.PieceDecoder} as much of one as is wanted.
 * Each is used by one thread at a time; {@link liveroot.fs.codec.Decoders} and {@link liveroot.fs.codec.PieceDecoders} keep
 * those that are idle.
 *
 * <p>Locks: these two guard their list of idle decoders by its monitor, never while one works.
 */
package liveroot.fs.codec;
