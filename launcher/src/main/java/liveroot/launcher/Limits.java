package liveroot.launcher;

import java.util.ArrayList;
import java.util.List;
import liveroot.overlay.Overlay;

/**
 * What a union may take at the most.
 *
 * @param size bytes
 * @param inodes files, directories and the like
 */
record Limits(long size, long inodes) {

    /**
     * Heap that an inode of a union may need at the worst: 400 bytes with its name and its place in tables, three times
     * that when as many hard links and whiteouts come with it as the overlay allows, and twice
     * {@link Overlay#TEXT_PER_INODE}, as removals may take as much again.
     */
    private static final long INODE = 3 * 400 + 2 * Overlay.TEXT_PER_INODE;

    /** Heap that a page may need at the worst: a lone one of a sparse file. */
    private static final long PAGE = 128;

    /** Heap for an inode of the image that the kernel has looked up in a union; each lies in one at the most. */
    private static final long LOOKED_UP = 32;

    /** What is used up by everything else, in bytes of heap. */
    private static final long OTHER_HEAP = 16L << 20;

    /** Inodes of a union as they should be. */
    private static final long FEWEST_INODES = 1024;

    /** Inodes of a union where the heap is small. */
    private static final long FEWEST = 16;

    private static final long PAGE_SIZE = 4096;

    /**
     * Shares out RAM and heap, as tmpfs(5) would: all unions together get at most half of RAM. Those without a size
     * share what the others leave of it. An inode is had for each 4 KiB, at least 1024, but no more than two thirds of the
     * heap hold at the worst (the rest is the garbage collector's to move things in): so no guest can exhaust it.
     *
     * @param memory bytes of RAM
     * @param heap bytes that the heap may grow to
     * @param imageInodes how many the image has
     * @return for each union, in their order
     * @throws Refusal if it is not enough
     */
    static List<Limits> share(List<Union> unions, long memory, long heap, long imageInodes) throws Refusal {
        long half = memory / 2;
        long named = 0;
        int unnamed = 0;
        for (Union union : unions) {
            if (union.size() > 0 && union.size() < PAGE_SIZE) {
                throw new Refusal(
                        Refusal.USAGE,
                        union.origin() + ": " + union.size() + " bytes for " + union.path() + " are less than a page ("
                                + PAGE_SIZE + "): is a k or m missing?");
            }
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
        long fixed = OTHER_HEAP + 2L * unions.size() * Overlay.LEAST_TEXT + LOOKED_UP * imageInodes;
        long pages = (named + unnamed * each) / PAGE_SIZE * PAGE;
        return inodes(unions, each, (heap / 3 * 2 - fixed - pages) / INODE, heap);
    }

    private static List<Limits> inodes(List<Union> unions, long each, long most, long heap) throws Refusal {
        if (unions.isEmpty()) {
            return List.of();
        }
        long asked = 0;
        int waiting = 0;
        for (Union union : unions) {
            asked += union.inodes();
            waiting += union.inodes() > 0 ? 0 : 1;
        }
        if (asked > 0 && asked > most) {
            throw new Refusal(
                    Refusal.USAGE,
                    asked + " inodes are asked for and a heap of " + Size.show(heap) + " holds " + Math.max(0, most)
                            + " beside the rest: give less by nr_inodes=");
        }
        if (asked + FEWEST * waiting > most) {
            throw new Refusal(
                    Refusal.UNAVAILABLE,
                    "a heap of " + Size.show(heap) + " is too small for " + unions.size()
                            + " unions of this size and an image of this many files: give fewer or smaller ones");
        }
        // The smallest wishes first: each gets what it wishes, or an even share of what is left.
        long[] inodes = new long[unions.size()];
        long left = most - asked;
        for (int done = 0; done < unions.size(); done++) {
            int next = -1;
            for (int i = 0; i < inodes.length; i++) {
                if (inodes[i] == 0 && (next < 0 || wish(unions.get(i), each) < wish(unions.get(next), each))) {
                    next = i;
                }
            }
            Union union = unions.get(next);
            if (union.inodes() > 0) {
                inodes[next] = union.inodes();
            } else {
                inodes[next] = Math.min(wish(union, each), left / waiting);
                left -= inodes[next];
                waiting--;
            }
        }
        List<Limits> limits = new ArrayList<>();
        for (int i = 0; i < inodes.length; i++) {
            long size = unions.get(i).size();
            limits.add(new Limits(size > 0 ? size : each, inodes[i]));
        }
        return limits;
    }

    private static long wish(Union union, long each) {
        return Math.max(FEWEST_INODES, (union.size() > 0 ? union.size() : each) / PAGE_SIZE);
    }
}
