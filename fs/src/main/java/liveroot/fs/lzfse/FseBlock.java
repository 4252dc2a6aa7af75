package liveroot.fs.lzfse;

import java.io.IOException;
import liveroot.fs.sys.DirectBytes;

/**
 * An entropy-coded block (finite state entropy, a form of asymmetric numeral systems). It has two streams of bits: the
 * literals, by four states in turn, and triples (length of a run of literals, length of a match, distance; 0 is the
 * distance before), by a state each. Literals are decoded when their run comes.
 */
final class FseBlock {

    private static final int LENGTH_STATES = 64;
    private static final int DISTANCE_STATES = 256;
    private static final int LITERAL_STATES = 1024;

    private static final int[] RUN_BITS = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 5, 8};
    private static final int[] MATCH_BITS = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 5, 8, 11};
    private static final int[] DISTANCE_BITS = distanceBits();

    private static final int[] RUN_BASES = bases(RUN_BITS);
    private static final int[] MATCH_BASES = bases(MATCH_BITS);
    private static final int[] DISTANCE_BASES = bases(DISTANCE_BITS);

    private final FseHeader header;
    private final DirectBytes out;
    private final int outStart;
    private final BitsBackwards literalBits;
    private final BitsBackwards tripleBits;
    private final int[] literalTable;
    private final int[] literalStates;
    private int literalsUsed;

    /** @param outStart where the unpacked bytes begin */
    FseBlock(DirectBytes in, int start, FseHeader header, DirectBytes out, int outStart) throws IOException {
        this.header = header;
        this.out = out;
        this.outStart = outStart;
        int literalsEnd = start + header.size + header.literalBytes;
        literalBits = new BitsBackwards(in, start, literalsEnd, header.literalBits);
        tripleBits = new BitsBackwards(in, start, literalsEnd + header.matchBytes, header.matchBits);
        literalTable = literalTable(header.literalFrequencies);
        literalStates = header.literalStates;
        for (int state : literalStates) {
            checkState(state, LITERAL_STATES);
        }
    }

    private static int[] distanceBits() {
        int[] bits = new int[FseHeader.DISTANCES];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = i / 4;
        }
        return bits;
    }

    /** The smallest value of each symbol: where the values of the one before end. */
    private static int[] bases(int[] bits) {
        int[] bases = new int[bits.length];
        for (int i = 1; i < bits.length; i++) {
            bases[i] = bases[i - 1] + (1 << bits[i - 1]);
        }
        return bases;
    }

    /** @return where the unpacked bytes end */
    int decode() throws IOException {
        Values runs = new Values(LENGTH_STATES, header.literalRunFrequencies, RUN_BITS, RUN_BASES);
        Values matches = new Values(LENGTH_STATES, header.matchFrequencies, MATCH_BITS, MATCH_BASES);
        Values distances = new Values(DISTANCE_STATES, header.distanceFrequencies, DISTANCE_BITS, DISTANCE_BASES);
        runs.state = checkState(header.literalRunState, LENGTH_STATES);
        matches.state = checkState(header.matchState, LENGTH_STATES);
        distances.state = checkState(header.distanceState, DISTANCE_STATES);
        int end = outStart + header.plainBytes;
        int to = outStart;
        int distance = 0;
        for (int i = 0; i < header.matches; i++) {
            // At most 14 + 17 + 23 bits for the three.
            tripleBits.refill();
            int run = runs.next(tripleBits);
            int match = matches.next(tripleBits);
            int next = distances.next(tripleBits);
            distance = next == 0 ? distance : next;
            if (run > header.literals - literalsUsed || run > end - to || match > end - to - run) {
                throw new IOException("triple " + i + ": " + run + " literals and a match of " + match + ", with "
                        + (header.literals - literalsUsed) + " literals left and room for " + (end - to) + " bytes");
            }
            literals(to, run);
            to += run;
            if (match > 0) {
                if (distance == 0 || distance > to) {
                    throw new IOException(
                            "triple " + i + ": a match " + distance + " bytes back, with " + to + " unpacked");
                }
                out.repeat(to, distance, match);
                to += match;
            }
        }
        return to;
    }

    private void literals(int at, int length) throws IOException {
        int[] table = literalTable;
        int[] states = literalStates;
        int used = literalsUsed;
        for (int i = at; i < at + length; i++, used++) {
            int turn = used & 3;
            if (turn == 0) {
                literalBits.refill();
            }
            int entry = table[states[turn]];
            // Entry: literal in bits 0-7, bits to take in 8-15, the next state without them from 16 on.
            states[turn] = (entry >>> 16) + literalBits.take((entry >>> 8) & 0xff);
            out.put(i, (byte) entry);
        }
        literalsUsed = used;
    }

    private static int checkState(int state, int states) throws IOException {
        if (state >= states) {
            throw new IOException("a stream that begins in state " + state + " of " + states);
        }
        return state;
    }

    /** A symbol of frequency f has f states; those that come first take one bit more. */
    private static int[] literalTable(int[] frequencies) throws IOException {
        int[] table = new int[LITERAL_STATES];
        int at = 0;
        for (int symbol = 0; symbol < frequencies.length; symbol++) {
            int f = checkSum(frequencies[symbol], at, LITERAL_STATES);
            if (f == 0) {
                continue;
            }
            int bits = moreBits(f, LITERAL_STATES);
            int first = ((2 * LITERAL_STATES) >> bits) - f;
            for (int j = 0; j < f; j++) {
                int taken = j < first ? bits : bits - 1;
                int next = j < first ? ((f + j) << bits) - LITERAL_STATES : (j - first) << (bits - 1);
                table[at++] = symbol | (taken << 8) | (next << 16);
            }
        }
        return table;
    }

    private static int moreBits(int frequency, int states) {
        return Integer.numberOfLeadingZeros(frequency) - Integer.numberOfLeadingZeros(states);
    }

    private static int checkSum(int frequency, int sum, int states) throws IOException {
        if (frequency > states - sum) {
            throw new IOException("frequencies that add up to more than " + states);
        }
        return frequency;
    }

    /** The states of one of the three values of a triple. */
    private static final class Values {

        private final int[] bases;
        /** Next state without the bits taken in bits 0-15, bits of the value in 16-23, bits of both in 24-31. */
        private final int[] entries;

        int state;

        Values(int states, int[] frequencies, int[] valueBits, int[] valueBases) throws IOException {
            bases = new int[states];
            entries = new int[states];
            int at = 0;
            for (int symbol = 0; symbol < frequencies.length; symbol++) {
                int f = checkSum(frequencies[symbol], at, states);
                if (f == 0) {
                    continue;
                }
                int bits = moreBits(f, states);
                int first = ((2 * states) >> bits) - f;
                for (int j = 0; j < f; j++) {
                    int taken = j < first ? bits : bits - 1;
                    int next = j < first ? ((f + j) << bits) - states : (j - first) << (bits - 1);
                    bases[at] = valueBases[symbol];
                    entries[at++] = next | (valueBits[symbol] << 16) | ((taken + valueBits[symbol]) << 24);
                }
            }
        }

        int next(BitsBackwards bits) {
            int entry = entries[state];
            int base = bases[state];
            int own = (entry >>> 16) & 0xff;
            int taken = bits.take(entry >>> 24);
            state = (entry & 0xffff) + (taken >>> own);
            return base + (taken & ((1 << own) - 1));
        }
    }
}
