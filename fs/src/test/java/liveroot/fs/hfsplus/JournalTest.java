package liveroot.fs.hfsplus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import liveroot.fs.BadImageException;
import liveroot.fs.FsException;
import liveroot.fs.SharedImages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Journals that were not written to their places: our own in both byte orders, and the whole history of real ones. */
final class JournalTest {

    private static final int SECTOR = 512;
    private static final int LIST = 4096;
    private static final int JOURNAL = 64 << 10;

    private final TestVolume layout = new TestVolume(512, 1024, false);

    /** Two states of a volume that differ in what its files are called and hold. */
    private byte[] volume(String name, String data) {
        TestVolume volume = new TestVolume(512, 1024, false);
        volume.journal(JOURNAL);
        volume.file(TestVolume.ROOT, name, data);
        for (int i = 0; i < 20; i++) {
            volume.file(TestVolume.ROOT, name + i, "");
        }
        return volume.build();
    }

    /** {@code before} with all that makes it {@code after} in its journal, from byte {@code first} of the ring on. */
    private static byte[] dirty(byte[] before, byte[] after, int start, ByteOrder order, int first) {
        return dirty(before, after, start, order, first, 0);
    }

    /** @param number of the first transaction, 0 for none; there are several, of one list each */
    private static byte[] dirty(byte[] before, byte[] after, int start, ByteOrder order, int first, int number) {
        byte[] image = before.clone();
        byte[] journal = new byte[JOURNAL];
        int at = first;
        int sector = 0;
        int next = number;
        while (sector < image.length / SECTOR) {
            ByteBuffer list = ByteBuffer.allocate(LIST).order(order);
            ByteBuffer blocks = ByteBuffer.allocate(JOURNAL);
            int count = 1;
            for (; sector < image.length / SECTOR && count < 8; sector++) {
                byte[] block = Arrays.copyOfRange(after, sector * SECTOR, (sector + 1) * SECTOR);
                if (!Arrays.equals(block, 0, SECTOR, before, sector * SECTOR, (sector + 1) * SECTOR)) {
                    int info = 16 + 16 * count++;
                    list.putLong(info, sector).putInt(info + 8, SECTOR).putInt(info + 12, checksum(block, SECTOR));
                    blocks.put(block);
                }
            }
            list.putShort(0, (short) 255).putShort(2, (short) count).putInt(4, LIST + blocks.position());
            list.putInt(12, 1);
            list.putInt(28, number == 0 ? 0 : next++);
            list.putInt(8, checksum(list.array(), 32));
            at = put(journal, at, list.array(), LIST);
            at = put(journal, at, blocks.array(), blocks.position());
        }
        header(journal, order, first, at);
        System.arraycopy(journal, 0, image, start, JOURNAL);
        return image;
    }

    private static void header(byte[] journal, ByteOrder order, long first, long end) {
        ByteBuffer header = ByteBuffer.wrap(journal).order(order);
        header.putInt(0, 0x4a4e4c78).putInt(4, 0x12345678).putLong(8, first).putLong(16, end);
        header.putLong(24, journal.length).putInt(32, LIST).putInt(36, 0).putInt(40, SECTOR);
        header.putInt(36, checksum(journal, 44));
    }

    private static int put(byte[] ring, int at, byte[] bytes, int length) {
        int to = at;
        for (int i = 0; i < length; i++) {
            ring[to++] = bytes[i];
            to = to == ring.length ? SECTOR : to;
        }
        return to;
    }

    private static int checksum(byte[] bytes, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum = (sum << 8) ^ (sum + (bytes[i] & 0xff));
        }
        return ~sum;
    }

    private int journalStart() {
        layout.journal(JOURNAL);
        return layout.journalStart;
    }

    @ParameterizedTest
    @CsvSource({"true, 512", "false, 512", "true, 60416", "false, 65024"})
    void whatIsInTheJournalIsSeenAndNothingIsWritten(boolean bigEndian, int first) throws Exception {
        ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        byte[] before = volume("old", "before");
        byte[] after = volume("new", "after!");
        byte[] image = dirty(before, after, journalStart(), order, first);
        byte[] kept = image.clone();
        try (TestTree t = new TestTree(image)) {
            assertEquals("after!", t.text("new"));
            assertEquals(21, t.names("").size());
            assertEquals(
                    "replayed in memory, it was not written to its places",
                    t.tree.facts().get("journal"));
        }
        assertArrayEquals(kept, image);
    }

    /** The header of {@code image}'s journal now says that it ends where its first list does. */
    private static int cutBehindFirstList(byte[] image, int start, ByteOrder order, int first) {
        byte[] journal = Arrays.copyOfRange(image, start, start + JOURNAL);
        ByteBuffer in = ByteBuffer.wrap(journal).order(order);
        int end = wrapped(first + in.getInt(first + 4));
        header(journal, order, first, end);
        System.arraycopy(journal, 0, image, start, JOURNAL);
        return start + end;
    }

    private static int wrapped(int at) {
        return at >= JOURNAL ? at - JOURNAL + SECTOR : at;
    }

    @ParameterizedTest
    @CsvSource({"true, 512", "false, 512", "true, 60416", "false, 65024"})
    void newerTransactionsBehindTheEndOfTheHeaderCountToo(boolean bigEndian, int first) throws Exception {
        ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        int start = journalStart();
        byte[] image = dirty(volume("old", "before"), volume("new", "after!"), start, order, first, Integer.MAX_VALUE);
        Map<String, String> all = outcome(image);
        cutBehindFirstList(image, start, order, first);
        assertEquals(all, outcome(image));
        try (TestTree t = new TestTree(image)) {
            assertEquals("after!", t.text("new"));
            assertEquals(21, t.names("").size());
        }
    }

    @Test
    void whatDoesNotFollowBehindTheEndOfTheHeaderDoesNotCount() throws Exception {
        int start = journalStart();
        ByteOrder order = ByteOrder.BIG_ENDIAN;
        byte[] image = dirty(volume("old", "before"), volume("new", "after!"), start, order, SECTOR, 7);
        int second = cutBehindFirstList(image, start, order, SECTOR);
        byte[] expected = image.clone();
        Arrays.fill(expected, second, second + LIST, (byte) 0);
        Map<String, String> facts = outcome(expected);
        byte[] contentCut = image.clone();
        contentCut[second + LIST + 9] ^= 1;
        assertEquals(facts, outcome(contentCut));
        // Of an earlier round; of one that nobody numbered.
        for (int number : new int[] {6, 9, 0}) {
            byte[] other = image.clone();
            ByteBuffer list = ByteBuffer.wrap(other, second, LIST).slice();
            list.putInt(28, number).putInt(8, 0);
            list.putInt(8, checksum(Arrays.copyOfRange(other, second, second + 32), 32));
            assertEquals(facts, outcome(other), "number " + number);
        }
        assertNotEquals(facts, outcome(image));
    }

    /** What a volume shows, or why it cannot be read: half of a change may be no volume. */
    private static Map<String, String> outcome(byte[] image) throws Exception {
        try (TestTree t = new TestTree(image)) {
            return facts(t);
        } catch (BadImageException e) {
            return Map.of("refused", e.getMessage());
        } catch (FsException e) {
            return Map.of("damaged", e.getMessage());
        }
    }

    @Test
    void aBlockOfTheJournalWithoutAChecksumIsTaken() throws Exception {
        int start = journalStart();
        byte[] image = dirty(volume("old", "before"), volume("new", "after!"), start, ByteOrder.BIG_ENDIAN, SECTOR);
        // Behind the 32 bytes that the list's own checksum is of.
        ByteBuffer.wrap(image).putInt(start + SECTOR + 16 + 16 + 12, 0);
        try (TestTree t = new TestTree(image)) {
            assertEquals("after!", t.text("new"));
        }
    }

    @Test
    void aJournalThatIsWrittenToItsPlacesIsLeftAlone() throws Exception {
        byte[] image = volume("old", "before");
        byte[] journal = new byte[JOURNAL];
        header(journal, ByteOrder.LITTLE_ENDIAN, 4096, 4096);
        System.arraycopy(journal, 0, image, journalStart(), JOURNAL);
        try (TestTree t = new TestTree(image)) {
            assertEquals("HFS+ 'Test', journaled", t.tree.format());
            assertEquals("before", t.text("old"));
        }
    }

    @Test
    void damagedJournalsAreRefusedWithThePlace() throws Exception {
        int start = journalStart();
        byte[] image = dirty(volume("old", "before"), volume("new", "after!"), start, ByteOrder.BIG_ENDIAN, 512);
        for (int at : new int[] {start + 10, start + 520, start + 512 + 16 + 16 + 3, start + 512 + LIST + 77}) {
            byte[] damaged = image.clone();
            damaged[at] ^= 4;
            BadImageException e = assertThrows(BadImageException.class, () -> new TestTree(damaged));
            assertTrue(e.getMessage().contains("checksum") || e.getMessage().contains("has a block"), e.getMessage());
        }
        Random random = new Random(5);
        for (int i = 0; i < 400; i++) {
            byte[] damaged = image.clone();
            damaged[start + 512 + random.nextInt(200)] = (byte) random.nextInt();
            damaged[start + random.nextInt(44)] = (byte) random.nextInt();
            // The checksum is made good, so that what it protects is looked at.
            ByteBuffer.wrap(damaged).putInt(start + 36, 0);
            int sum = checksum(Arrays.copyOfRange(damaged, start, start + 44), 44);
            ByteBuffer.wrap(damaged).putInt(start + 36, sum);
            try (TestTree t = new TestTree(damaged)) {
                t.names("");
            } catch (BadImageException e) {
                assertTrue(e.getMessage().contains("at byte "), e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"jnode_compressed.dd.gz", "jnode_hard-linked-files.dmg.gz", "jnode_large-compressed.dmg.gz"})
    void theHistoryInARealJournalBringsBackWhatWasDestroyed(String name) throws Exception {
        byte[] image = SharedImages.bytes("hfsplus/" + name);
        Map<String, String> expected;
        try (TestTree t = new TestTree(image)) {
            expected = facts(t);
        }
        int start = ByteBuffer.wrap(image).getInt(1024 + 12) * 4096;
        start = (int) ByteBuffer.wrap(image).getLong(start + 36);
        ByteBuffer journal = ByteBuffer.wrap(image, start, 524_288).slice().order(ByteOrder.LITTLE_ENDIAN);
        long end = journal.getLong(16);
        int destroyed = 0;
        for (int at = SECTOR; at < end; ) {
            int count = journal.getShort(at + 2);
            int blocks = at + journal.getInt(32);
            for (int i = 1; i < count; i++) {
                int sector = (int) journal.getLong(at + 16 + 16 * i);
                int length = journal.getInt(at + 16 + 16 * i + 8);
                if (sector != 2) { // the volume header, which leads to the journal
                    Arrays.fill(image, sector * SECTOR, sector * SECTOR + length, (byte) 0x55);
                    destroyed++;
                }
                blocks += length;
            }
            at = blocks;
        }
        assertTrue(destroyed > 10);
        try (TestTree t = new TestTree(image)) {
            assertNotEquals(expected, facts(t));
        } catch (BadImageException e) {
            assertTrue(e.getMessage().contains("at byte "), e.getMessage());
        }
        journal.putLong(8, SECTOR).putInt(36, 0);
        byte[] header = new byte[44];
        journal.get(0, header);
        journal.putInt(36, checksum(header, 44));
        try (TestTree t = new TestTree(image)) {
            assertEquals(expected, facts(t));
        }
    }

    private static Map<String, String> facts(TestTree t) throws Exception {
        Map<String, String> facts = new TreeMap<>();
        t.walk((path, node) -> facts.put(
                path,
                node.attributes() + " " + t.xattrs(path)
                        + (node.attributes().isRegular() ? Arrays.hashCode(t.bytes(path)) : "")));
        return facts;
    }
}
