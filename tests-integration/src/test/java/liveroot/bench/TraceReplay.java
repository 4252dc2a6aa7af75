package liveroot.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Replays a trace against policies at several budgets: {@code TraceReplay TRACE MIB...}. Prints a line for each, {@code
 * result POLICY MIB GETS HITS LOADED}, the last in bytes of memory; and before these {@code trace GETS BLOCKS BYTES WHOLE
 * AGAIN}: how many of the blocks went wholly to the kernel, and how many gets were for one that had.
 */
public final class TraceReplay {

    /** Parts of the budget that the block cache keeps for loads under way; the others get the rest as it does. */
    private static final int IN_FLIGHT_PART = 8;

    private static final Map<String, LongFunction<Policy>> POLICIES = new LinkedHashMap<>();

    static {
        POLICIES.put("liveroot", Policy::blockCache);
        POLICIES.put("W-TinyLFU", budget -> Policy.caffeine(budget - budget / IN_FLIGHT_PART));
        POLICIES.put("LRU", budget -> Policy.lru(budget - budget / IN_FLIGHT_PART));
        POLICIES.put("FIFO", budget -> Policy.fifo(budget - budget / IN_FLIGHT_PART));
    }

    private TraceReplay() {}

    public static void main(String[] args) throws IOException {
        BlockTrace trace = BlockTrace.read(Path.of(args[0]));
        System.out.println("trace " + facts(trace));
        for (int i = 1; i < args.length; i++) {
            long budget = Long.parseLong(args[i]) << 20;
            for (Map.Entry<String, LongFunction<Policy>> policy : POLICIES.entrySet()) {
                for (boolean dropping : new boolean[] {false, true}) {
                    try (Policy blocks = policy.getValue().apply(budget)) {
                        String name = policy.getKey() + (dropping ? "-dropping" : "");
                        System.out.println("result " + name + " " + args[i] + " " + replay(trace, blocks, dropping));
                    }
                }
            }
        }
    }

    /** @param dropping what has gone wholly to the kernel since it was loaded or dropped last */
    static Outcome replay(BlockTrace trace, Policy policy, boolean dropping) throws IOException {
        Handed handed = new Handed();
        long hits = 0;
        long loaded = 0;
        for (BlockTrace.Get get : trace.gets()) {
            if (policy.get(get, handed.isWhole(get) && dropping)) {
                hits++;
            } else {
                loaded += get.footprint();
            }
        }
        return new Outcome(trace.gets().size(), hits, loaded);
    }

    /** @param loaded bytes of memory that misses had to fill */
    record Outcome(long gets, long hits, long loaded) {

        @Override
        public String toString() {
            return gets + " " + hits + " " + loaded;
        }
    }

    private static String facts(BlockTrace trace) {
        Map<BlockTrace.Key, Integer> blocks = new HashMap<>();
        Set<BlockTrace.Key> whole = new HashSet<>();
        Handed handed = new Handed();
        long again = 0;
        for (BlockTrace.Get get : trace.gets()) {
            blocks.merge(get.key(), get.footprint(), Math::max);
            again += whole.contains(get.key()) ? 1 : 0;
            if (handed.isWhole(get)) {
                whole.add(get.key());
            }
        }
        long bytes = blocks.values().stream().mapToLong(Integer::longValue).sum();
        return trace.gets().size() + " " + blocks.size() + " " + bytes + " " + whole.size() + " " + again;
    }

    /** Which bytes of each block have gone to the kernel. */
    private static final class Handed {

        private final Map<BlockTrace.Key, BitSet> bytes = new HashMap<>();

        /** Notes what a get handed out. @return whether that was the last byte missing; then it starts anew */
        private boolean isWhole(BlockTrace.Get get) {
            if (get.handedOut() == 0) {
                return false;
            }
            BitSet known = bytes.computeIfAbsent(get.key(), key -> new BitSet());
            known.set(get.offset(), get.offset() + get.handedOut());
            if (known.nextClearBit(0) < get.length()) {
                return false;
            }
            bytes.remove(get.key());
            return true;
        }
    }
}
