/**
 * Bytes of images: where they are read from, the direct memory they are unpacked into, and the cache that decides which
 * of them stay.
 *
 * <p>Every byte of direct memory that holds image data, cached or on its way, comes from one {@link
 * liveroot.cache.BlockPool} with one limit. A {@link liveroot.cache.Block} is a piece of it with a reference count; the
 * cache holds one reference for as long as it keeps a block, every reader one for as long as it looks at the bytes.
 *
 * <p>Locks: none is held over I/O or decompression. Caffeine's eviction lock may be held when the victim cache's
 * monitor is taken, and either when the pool's monitor is taken; the monitor of the loads under way may be held when a
 * block is retained, which takes no lock. The pool takes addresses from the operating system and returns RAM to it under its
 * monitor, so that what is allocated never exceeds the limit, not even for a moment; RAM comes outside it, with the first
 * touch.
 *
 * <p>The monitors of a playlist's player and recorder are taken before any of these, by a thread that asks for a block
 * and holds none yet. A {@link liveroot.cache.MediumSource} keeps requests waiting, as its medium would, without a
 * monitor held.
 *
 * <p>Waits: a thread waits for a block that another loads, and for memory that readers hold. The first cannot last for
 * ever, as a circle of loads is refused ({@link liveroot.cache.Loads}). The second ends when a reader releases a block,
 * or with an exception after half a minute; it always ends in time if three quarters of the budget (the rest may be
 * taken by prefetches under way) hold all that the threads hold and want at one time, footprints rounded up to powers
 * of two: see {@link liveroot.cache.BlockCache#take}. Prefetching threads never wait for memory.
 */
package liveroot.cache;
