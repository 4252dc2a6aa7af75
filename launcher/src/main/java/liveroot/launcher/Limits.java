package liveroot.launcher;

import java.util.ArrayList;
import java.util.List;

/**
 * What a union may take at the most.
 *
 * @param size bytes
 * @param inodes files, directories and the like
 */
record Limits(long size, long inodes) {

    /** Heap that an inode of a union may need, with its name and its place in tables. */
    private static final long INODE = 400;

    /** What is used up by everything else, in bytes of heap. */
    private static final long OTHER_HEAP = 16L << 20;

    private static final long FEWEST_INODES = 1024;
    private static final long BYTES_PER_INODE = 4096;

    /**
     * Shares out RAM and heap, as tmpfs(5) would: all unions together get at most half of RAM. Those without a size
     * share what the others leave of it. An inode is had for each 4 KiB, at least 1024, within what the heap holds.
     *
     * @param memory bytes of RAM
     * @param heap bytes that the heap may grow to
     * @return for each union, in their order
     * @throws Refusal if it is not enough
     */
    static List<Limits> share(List<Union> unions, long memory, long heap) throws Refusal {
        long half = memory / 2;
        long named = 0;
        int unnamed = 0;
        for (Union union : unions) {
            if (union.size() > half - named) {
                throw new Refusal(
                        Refusal.USAGE,
                        union.origin() + ": " + Size.show(union.size()) + " for " + union.path()
                                + (named == 0 ? " is" : ", with " + Size.show(named) + " for those before it, is")
                                + " more than half of RAM (" + Size.show(half) + "): give less");
            }
            named += union.size();
            unnamed += union.size() == 0 ? 1 : 0;
        }
        long each = unnamed == 0 ? 0 : (half - named) / unnamed / 4096 * 4096;
        if (unnamed > 0 && each < 64 << 10) {
            throw new Refusal(
                    Refusal.USAGE,
                    "the unions without a size would get " + Size.show(each)
                            + " each, as the others take " + Size.show(named) + " of half of RAM ("
                            + Size.show(half) + "): give sizes");
        }
        return inodes(unions, each, Math.max(0, heap - OTHER_HEAP) / INODE);
    }

    private static List<Limits> inodes(List<Union> unions, long each, long most) throws Refusal {
        long asked = 0;
        double wished = 0;
        for (Union union : unions) {
            asked += union.inodes();
            wished += union.inodes() > 0 ? 0 : wish(union, each);
        }
        if (asked > most) {
            throw new Refusal(
                    Refusal.USAGE,
                    asked + " inodes are asked for and the heap holds " + most + ": give less by nr_inodes=");
        }
        double part = Math.min(1, (most - asked) / wished);
        List<Limits> limits = new ArrayList<>();
        for (Union union : unions) {
            long size = union.size() > 0 ? union.size() : each;
            long inodes = union.inodes() > 0 ? union.inodes() : Math.max(16, (long) (wish(union, each) * part));
            limits.add(new Limits(size, inodes));
        }
        return limits;
    }

    private static long wish(Union union, long each) {
        return Math.max(FEWEST_INODES, (union.size() > 0 ? union.size() : each) / BYTES_PER_INODE);
    }
}
