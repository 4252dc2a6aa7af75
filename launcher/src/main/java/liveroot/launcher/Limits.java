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
     * RAM that all unions together may take.
     *
     * @param most bytes
     * @param chosen whether somebody has said so; otherwise it is half of RAM
     * @param choosable whether the command that asks has an option for it
     */
    record Ram(long most, boolean chosen, boolean choosable) {

        /** @param text the value of {@code --ram}, null if there is none */
        static Ram of(String text, long memory) throws Refusal {
            if (text == null) {
                return new Ram(memory / 2, false, true);
            }
            long most = Size.parse("--ram", text, memory);
            if (most > memory) {
                throw new Refusal(
                        Refusal.USAGE, "--ram " + text + ": is more than all RAM (" + Size.show(memory) + ")");
            }
            return new Ram(most, true, true);
        }

        /** For a command that has no {@code --ram}. */
        static Ram half(long memory) {
            return new Ram(memory / 2, false, false);
        }

        /** For {@code resize}, which has it, whatever made the union. */
        private Ram forResize() {
            return new Ram(most, chosen, true);
        }

        @Override
        public String toString() {
            return (chosen ? "the RAM that --ram gives to all unions (" : "half of RAM (") + Size.show(most) + ")";
        }

        /** What to do if it is not enough. */
        private String way() {
            return ": give less"
                    + (!choosable
                            ? ""
                            : chosen ? ", or a larger --ram" : ", or say how much RAM they may have by --ram");
        }
    }

    /**
     * Shares out RAM and heap, as tmpfs(5) would: all unions together get at most half of RAM. Those without a size
     * share what the others leave of it. An inode is had for each 4 KiB, at least 1024, but no more than two thirds of the
     * heap hold at the worst (the rest is the garbage collector's to move things in): so no guest can exhaust it.
     *
     * @param heap bytes that the heap may grow to
     * @param imageInodes how many the image has
     * @return for each union, in their order
     * @throws Refusal if it is not enough
     */
    static List<Limits> share(List<Union> unions, Ram ram, long heap, long imageInodes) throws Refusal {
        long named = 0;
        int unnamed = 0;
        for (Union union : unions) {
            requireAPage(union.origin(), union.path(), union.size());
            if (union.size() > ram.most - named) {
                throw tooMuch(union.origin(), union.path(), union.size(), named, "before it", ram);
            }
            named += union.size();
            unnamed += union.size() == 0 ? 1 : 0;
        }
        long each = unnamed == 0 ? 0 : (ram.most - named) / unnamed / 4096 * 4096;
        if (unnamed > 0 && each < 64 << 10) {
            throw new Refusal(
                    Refusal.USAGE,
                    "the unions without a size would get " + Size.show(each) + " each, as the others take "
                            + Size.show(named) + " of " + ram + ": give sizes");
        }
        long pages = 0;
        for (Union union : unions) {
            pages += pageHeap(union, union.size() > 0 ? union.size() : each);
        }
        return inodes(unions, each, (heap / 3 * 2 - fixed(unions.size(), imageInodes) - pages) / INODE, heap);
    }

    private static void requireAPage(String origin, String path, long size) throws Refusal {
        if (size > 0 && size < PAGE_SIZE) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": " + (size == 1 ? "1 byte for " + path + " is" : size + " bytes for " + path + " are")
                            + " less than a page (" + PAGE_SIZE + "): is a k or m missing?");
        }
    }

    private static Refusal tooMuch(String origin, String path, long size, long others, String which, Ram ram) {
        return new Refusal(
                Refusal.USAGE,
                origin + ": " + Size.show(size) + " for " + path
                        + (others == 0 ? " is" : ", with " + Size.show(others) + " for those " + which + ", is")
                        + " more than " + ram + ram.way());
    }

    /** What a union's pages may take of the heap. Compressed ones are more than its RAM would hold. */
    private static long pageHeap(Union union, long size) {
        return size / PAGE_SIZE * PAGE * (union.options().compress() ? Overlay.MOST_COMPRESSION : 1);
    }

    private static long fixed(int unions, long imageInodes) {
        return OTHER_HEAP + 2L * unions * Overlay.LEAST_TEXT + LOOKED_UP * imageInodes;
    }

    /**
     * New limits for one of the unions, by the same rule. Without a word about inodes they become more with the size, as
     * far as the heap allows, and never fewer.
     *
     * @param now of all unions, in their order
     * @param which of them is to change
     * @param size bytes, 0 for what it has
     * @param inodes 0 if nothing is said of them
     * @throws Refusal if it is not enough
     */
    static Limits resized(
            List<Union> unions,
            List<Limits> now,
            int which,
            long size,
            long inodes,
            Ram ram,
            long heap,
            long imageInodes)
            throws Refusal {
        Union union = unions.get(which);
        Limits old = now.get(which);
        requireAPage("resize", union.path(), size);
        long newSize = size > 0 ? size : old.size;
        long otherSizes = -old.size;
        long otherInodes = -old.inodes;
        long pages = pageHeap(union, newSize) - pageHeap(union, old.size);
        for (int i = 0; i < now.size(); i++) {
            otherSizes += now.get(i).size;
            otherInodes += now.get(i).inodes;
            pages += pageHeap(unions.get(i), now.get(i).size);
        }
        if (newSize > ram.most - otherSizes) {
            throw tooMuch("resize", union.path(), newSize, otherSizes, "beside it", ram.forResize());
        }
        long most = (heap / 3 * 2 - fixed(unions.size(), imageInodes) - pages) / INODE - otherInodes;
        long wanted = inodes > 0 ? inodes : old.inodes;
        if (wanted > most && (inodes > old.inodes || newSize > old.size)) {
            throw new Refusal(
                    Refusal.USAGE,
                    "resize: " + wanted + " inodes for " + union.path() + " are more than a heap of " + Size.show(heap)
                            + " holds beside the rest (" + Math.max(0, most) + "): give less, or fewer by nr_inodes=");
        }
        long expected = Math.max(FEWEST_INODES, newSize / PAGE_SIZE);
        return new Limits(newSize, inodes > 0 ? inodes : Math.max(old.inodes, Math.min(expected, most)));
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
