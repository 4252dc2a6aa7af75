package liveroot.cache;

/** Names a block within a cache. */
record BlockKey(int region, long position) {

    @Override
    public int hashCode() {
        // Positions are multiples of block sizes: the multiplication brings their high bits down to where tables look.
        long h = (position ^ ((long) region << 48)) * 0x9E3779B97F4A7C15L;
        return (int) (h >>> 32);
    }

    /** A record's own equals is put together at its first call, which costs a mount's start tens of milliseconds. */
    @Override
    public boolean equals(Object other) {
        return other instanceof BlockKey key && key.region == region && key.position == position;
    }
}
