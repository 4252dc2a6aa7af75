package liveroot.fs.hfsplus;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.fs.DamagedBytes;

/** See the package comment of {@code liveroot.fs} in the tests. */
final class HfsPlusFuzzTest {

    private static final int HEADER = 44;
    private static final int HEADER_CHECKSUM = 36;
    private static final int LIST_CHECKED = 32;
    private static final int LIST_CHECKSUM = 8;
    private static final int MOST_LISTS = 16;

    @FuzzTest(maxDuration = "1h")
    void hfsPlus(byte[] image) {
        mendJournal(image);
        DamagedBytes.read(image, DamagedBytes.tree(HfsPlus::open));
    }

    /** Makes the checksums of a journal's header and of its first block lists good, so that what they protect is looked at. */
    private static void mendJournal(byte[] image) {
        ByteBuffer b = ByteBuffer.wrap(image);
        try {
            long info = 1L * b.getInt(1024 + 12) * b.getInt(1024 + 40);
            int start = (int) b.getLong((int) info + 36);
            if (b.getInt(start) != 0x4a4e4c78) {
                b.order(ByteOrder.LITTLE_ENDIAN);
            }
            sum(b, start, HEADER, HEADER_CHECKSUM);
            int list = start + (int) b.getLong(start + 8);
            for (int i = 0; i < MOST_LISTS; i++) {
                int bytes = b.getInt(list + 4);
                sum(b, list, LIST_CHECKED, LIST_CHECKSUM);
                // Whether the blocks' own checksums are to be looked at.
                b.putInt(list + 12, b.getInt(list + 12) & ~1);
                list += bytes;
            }
        } catch (IndexOutOfBoundsException e) {
            // There is no journal, or no more of it.
        }
    }

    private static void sum(ByteBuffer b, int from, int length, int at) {
        b.putInt(from + at, 0);
        int sum = 0;
        for (int i = from; i < from + length; i++) {
            sum = (sum << 8) ^ (sum + (b.get(i) & 0xff));
        }
        b.putInt(from + at, ~sum);
    }
}
