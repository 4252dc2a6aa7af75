/**
 * HFS+ and HFSX volumes, bare or wrapped in classic HFS. {@link liveroot.fs.hfsplus.HfsPlus} answers the contract's
 * operations; the three B-trees (catalog, extents overflow, attributes) are a class each over {@link
 * liveroot.fs.hfsplus.BTree}, whose nodes are kept in the block cache. Facts of the format are from Apple's Technical Note
 * TN1150 and from the behaviour of Darwin's and Linux' drivers.
 *
 * <p>Locks: none is held over I/O or decompression. {@link liveroot.fs.hfsplus.Inflaters} guards its list of idle decoders
 * by its monitor; everything else never changes, or is a single value that may be found out twice.
 */
package liveroot.fs.hfsplus;
