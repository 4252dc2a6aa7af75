/**
 * Bytes of images: where they are read from, the direct memory they are unpacked into, and the cache that decides which
 * of them stay.
 *
 * <p>Every byte of direct memory that holds image data, cached or on its way, comes from one {@link
 * liveroot.cache.BlockPool} with one limit. A {@link liveroot.cache.Block} is a piece of it with a reference count; the
 * cache holds one reference for as long as it keeps a block, every reader one for as long as it looks at the bytes.
 *
 * <p>Locks: the pool has one monitor, held to move a buffer between lists, never over I/O, decompression or allocation
 * of memory by the cache. The cache takes no lock of its own; a thread that wants a block which another is loading waits
 * for that load, and a loading thread waits for no other load.
 */
package liveroot.cache;
