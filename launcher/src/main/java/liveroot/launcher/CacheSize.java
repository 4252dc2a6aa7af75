package liveroot.launcher;

import liveroot.cache.BlockCache;

/** The option that says how much RAM the block cache of an image gets. */
final class CacheSize {

    private static final String NAME = "--cache";

    private CacheSize() {}

    static Grammar.Option option() {
        return Grammar.Option.of(
                NAME, "SIZE", "RAM for unpacked blocks of the image. Default: an eighth, at most 256m.");
    }

    /**
     * @param memory bytes of RAM
     * @return bytes: what is given, or the default
     */
    static long of(Arguments arguments, long memory) throws Refusal {
        String text = arguments.get(NAME, null);
        if (text == null) {
            return BlockCache.defaultBudget(memory);
        }
        long budget = Size.parse(NAME, text, memory);
        if (budget < BlockCache.SMALLEST_BUDGET || budget > memory) {
            throw new Refusal(
                    Refusal.USAGE,
                    NAME + " " + text + ": give " + Size.show(BlockCache.SMALLEST_BUDGET) + " to all of RAM ("
                            + Size.show(memory) + ")");
        }
        return budget;
    }
}
