package liveroot.fs.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import liveroot.cache.BlockCache;
import liveroot.cache.FileSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.FsException;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;
import liveroot.fs.squashfs.TreeFacts;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images copied while the kernel had them mounted, so that the journal has what the rest has not. */
final class JournalTest {

    /**
     * Makes, removes and overwrites, in several transactions, so that blocks are copied, revoked and used again: fsync
     * commits a transaction, and leaves the places of its blocks for later.
     */
    private static final String USE =
            """
            mkdir d e; for i in 1 2 3 4 5 6 7 8; do mkdir d/sub$i; echo file $i > d/file$i; done; sync .
            printf '\\300\\073\\071\\230 looks like a journal block' > escaped; sync .
            rm -r d/sub*; head -c 200000 /dev/zero | tr '\\0' y > d/many; sync .
            i=0; while [ $i -lt 300 ]; do : > e/file_$i; i=$((i+1)); done; sync .
            printf '\\300\\073\\071\\230 looks like another' > escaped; rm -r e; mv d/file1 d/moved; sync .
            setfattr -n user.a -v "$(printf 'v%.0s' $(seq 2000))" d/moved; head -c 100000 /dev/urandom > noise; sync .
            """;

    @BeforeAll
    static void needTools() throws IOException {
        ExtImages.assumeTools();
    }

    /** A copy of an image in use, and of the same as the kernel leaves it. */
    private static Path dirty(String options, String mount) throws IOException {
        Path directory = SampleImages.directory();
        Commands.sh(directory, "rm -f journal.*; mke2fs -q -F " + options + " journal.new 16M");
        Path point = Files.createTempDirectory(directory, "mount");
        Commands.sh(point, "mount -t ext4 -o loop,commit=300," + mount + " ../journal.new " + point);
        try {
            Commands.sh(point, USE + "cp ../journal.new ../journal.dirty");
        } finally {
            Commands.sh(Path.of("/"), "umount " + point);
        }
        return directory.resolve("journal.dirty");
    }

    @ParameterizedTest
    @CsvSource({
        "'-t ext3 -b 1024 -O ^resize_inode', 'data=journal'",
        "'-t ext3 -b 4096', 'data=ordered'",
        "'-t ext3 -b 4096', 'journal_checksum'",
        "'-t ext3 -b 1024', 'data=journal,journal_async_commit'",
        "'-t ext4 -b 1024 -O ^64bit,metadata_csum', 'data=journal'",
        "'-t ext4 -b 4096 -O 64bit,metadata_csum', 'data=journal'",
        "'-t ext4 -b 1024 -O 64bit,^metadata_csum', 'data=writeback'",
        "'-t ext4 -b 1024 -O bigalloc,64bit', 'data=journal'",
    })
    void aCopyOfAnImageInUseReadsAsTheKernelRecoversIt(String options, String mount) throws IOException, FsException {
        Path image = dirty(options, mount);
        byte[] before = Files.readAllBytes(image);
        Map<String, String> ours;
        try (BlockCache cache = new BlockCache(16 << 20);
                Ext tree = Ext.open(FileSource.open(image), cache)) {
            assertTrue(tree.facts().get("journal").matches("[1-9]\\d* transactions replayed.*, [1-9]\\d* blocks"));
            ours = TreeFacts.ofTree(tree, true);
            for (Checksum checksum : tree.checksums()) {
                assertEquals(checksum.expected(), checksum.computed(n -> {}), checksum.words());
            }
        }
        assertArrayEquals(before, Files.readAllBytes(image));
        assertTrue(ours.containsKey("./d/moved"), ours::toString);
        // The kernel recovers nothing through a read-only loop device; image is a copy.
        assertEquals(ExtAgainstKernelTest.ofKernel(image, "noatime"), ours);
    }

    @Test
    void withoutItsJournalTheImageIsAnOlderOne() throws IOException {
        Path image = dirty("-t ext4 -b 1024", "data=journal");
        Path point = Files.createTempDirectory(SampleImages.directory(), "mount");
        Commands.sh(point, "mount -t ext4 -o loop,ro,noload " + image + " " + point);
        try {
            Commands.sh(point, "test ! -e d/moved");
        } finally {
            Commands.sh(Path.of("/"), "umount " + point);
        }
    }

    @ParameterizedTest
    @CsvSource({"-c -v 2", "-c -v 3", "''"})
    void blocksThatDebugfsPutIntoTheJournalAreReadFromThere(String checksums) throws IOException, FsException {
        Path directory = SampleImages.directory();
        Commands.sh(
                directory,
                """
                set -e
                rm -rf journal.*; mkdir journal.src; head -c 4096 /dev/urandom > journal.src/one
                printf '\\300\\073\\071\\230' > journal.block; head -c 4092 /dev/zero | tr '\\0' z >> journal.block
                mke2fs -q -F -t ext4 -b 1024 -O %s -d journal.src journal.dirty 8M
                block=$(debugfs -R 'bmap one 0' journal.dirty 2>/dev/null)
                debugfs -w -f - journal.dirty > journal.out 2>&1 <<END
                jo %s
                jw -b $block,$((block+1)),$((block+2)),$((block+3)) journal.block
                jw -r $((block+3))
                jc
                END
                """
                        .formatted(checksums.isEmpty() ? "^metadata_csum" : "metadata_csum", checksums));
        Path image = directory.resolve("journal.dirty");
        try (BlockCache cache = new BlockCache(16 << 20);
                Ext tree = Ext.open(FileSource.open(image), cache)) {
            Map<String, String> ours = TreeFacts.ofTree(tree, true);
            assertEquals(
                    "2 transactions replayed in memory, 3 blocks", tree.facts().get("journal"));
            Commands.sh(directory, "e2fsck -p -E journal_only journal.dirty || test $? = 1");
            assertEquals(ExtAgainstKernelTest.ofKernel(image, "ro"), ours);
        }
    }

    @Test
    void aTransactionThatWasNotCommittedIsNotThere() throws IOException {
        byte[] image = Files.readAllBytes(dirty("-t ext4 -b 1024 -O metadata_csum", "data=journal"));
        ByteBuffer bytes = ByteBuffer.wrap(image);
        int transactions = transactions(image);
        int last = 0;
        for (int at = 0; at < image.length; at += 1024) {
            boolean commit = bytes.getInt(at) == Overlay.MAGIC && bytes.getInt(at + 4) == 2;
            if (commit && (last == 0 || bytes.getInt(at + 8) > bytes.getInt(last + 8))) {
                last = at;
            }
        }
        Arrays.fill(image, last, last + 1024, (byte) 0);
        assertEquals(transactions - 1, transactions(image));
    }

    /** The judge is the kernel: it mounts no image whose journal is damaged, and takes what is older for the journal's end. */
    @ParameterizedTest
    @CsvSource({
        "1, 2, false",
        "1, 0, false",
        "1, 0, true",
        "2, 2, false",
        "2, 0, false",
        "2, 0, true",
        "5, 0, false",
        "5, 0, true",
    })
    void aDamagedBlockIsTheJournalsEndOnlyIfItsTransactionIsOlder(int type, int before, boolean older)
            throws IOException {
        byte[] image = Files.readAllBytes(dirty("-t ext4 -b 1024 -O metadata_csum", "data=ordered"));
        int transactions = transactions(image);
        ByteBuffer bytes = ByteBuffer.wrap(image);
        NavigableMap<Integer, Integer> commits = journalBlocks(bytes, 2);
        NavigableMap<Integer, Integer> damaged = journalBlocks(bytes, type);
        int last = damaged.keySet().stream()
                .filter(sequence -> sequence <= commits.lastKey() - before)
                .max(Integer::compare)
                .orElseThrow();
        // Of a commit block the checksum itself: what lies behind its header need not be as it was written.
        image[damaged.get(last) + (type == 2 ? 19 : 1000)] ^= 1;
        if (older) {
            bytes.putLong(commits.get(last) + 48, 1);
        }
        Path changed = Files.write(SampleImages.directory().resolve("journal.changed"), image);
        if (older) {
            assertEquals(transactions - (commits.lastKey() - last + 1), transactions(image));
            ExtAgainstKernelTest.ofKernel(changed, "noatime");
        } else {
            String message = assertThrows(BadImageException.class, () -> transactions(image))
                    .getMessage();
            assertTrue(
                    message.contains("at byte " + damaged.get(last) + ": a block of the journal's transaction " + last),
                    message);
            assertThrows(IOException.class, () -> ExtAgainstKernelTest.ofKernel(changed, "noatime"));
        }
    }

    @Test
    void aCommitBlockOfWhichTheFirstSectorWasWrittenCounts() throws IOException, FsException {
        byte[] image = Files.readAllBytes(dirty("-t ext4 -b 1024 -O metadata_csum", "data=ordered"));
        int transactions = transactions(image);
        image[journalBlocks(ByteBuffer.wrap(image), 2).lastEntry().getValue() + 1000] ^= 1;
        assertEquals(transactions, transactions(image));
        Path changed = Files.write(SampleImages.directory().resolve("journal.changed"), image);
        try (BlockCache cache = new BlockCache(16 << 20);
                Ext tree = Ext.open(new ArraySource(image), cache)) {
            assertEquals(ExtAgainstKernelTest.ofKernel(changed, "noatime"), TreeFacts.ofTree(tree, true));
        }
    }

    /** Checksums of before 2012. One commit block may be ahead of what it sums up if it was not waited for. */
    @ParameterizedTest
    @CsvSource({
        "'journal_checksum', 2, true",
        "'journal_checksum', 0, true",
        "'data=writeback,journal_async_commit', 2, true",
        "'data=writeback,journal_async_commit', 0, false",
    })
    void aTransactionThatFailsItsOldChecksumIsTheEndOnlyIfNoneIsBehindIt(String mount, int before, boolean refused)
            throws IOException, FsException {
        byte[] image = Files.readAllBytes(dirty("-t ext3 -b 1024", mount));
        int transactions = transactions(image);
        NavigableMap<Integer, Integer> commits = journalBlocks(ByteBuffer.wrap(image), 2);
        image[commits.get(commits.lastKey() - before) + 19] ^= 1;
        Path changed = Files.write(SampleImages.directory().resolve("journal.changed"), image);
        if (refused) {
            assertThrows(BadImageException.class, () -> transactions(image));
            assertThrows(IOException.class, () -> ExtAgainstKernelTest.ofKernel(changed, "noatime"));
            return;
        }
        assertEquals(transactions - 1, transactions(image));
        try (BlockCache cache = new BlockCache(16 << 20);
                Ext tree = Ext.open(new ArraySource(image), cache)) {
            assertEquals(ExtAgainstKernelTest.ofKernel(changed, "noatime"), TreeFacts.ofTree(tree, true));
        }
    }

    /** Places of the blocks of one type, the last of each transaction, by the transaction's number. */
    private static NavigableMap<Integer, Integer> journalBlocks(ByteBuffer image, int type) {
        NavigableMap<Integer, Integer> places = new TreeMap<>();
        for (int at = 0; at < image.limit(); at += 1024) {
            if (image.getInt(at) == Overlay.MAGIC && image.getInt(at + 4) == type) {
                places.put(image.getInt(at + 8), at);
            }
        }
        return places;
    }

    /** Either other inodes in a group, or blocks of 2048 bytes in smaller groups. */
    @ParameterizedTest
    @ValueSource(strings = {"1064:200", "1048:001 1057:100"})
    void aSuperblockOfAnotherGeometryInTheJournalIsRefused(String changes) throws IOException {
        Path directory = SampleImages.directory();
        Commands.sh(
                directory,
                """
                set -e
                rm -rf journal.*; mke2fs -q -F -t ext4 -b 4096 -O ^metadata_csum -N 64 journal.dirty 16M
                head -c 8192 journal.dirty > journal.block
                for change in %s; do
                  printf "\\\\${change#*:}" | dd of=journal.block bs=1 seek=${change%%%%:*} conv=notrunc 2> /dev/null
                done
                debugfs -w -f - journal.dirty > journal.out 2>&1 <<END
                jo
                jw -b 0,1 journal.block
                jc
                END
                """
                        .formatted(changes));
        try (BlockCache cache = new BlockCache(16 << 20);
                FileSource source = FileSource.open(directory.resolve("journal.dirty"))) {
            String message = assertThrows(BadImageException.class, () -> Ext.open(source, cache))
                    .getMessage();
            assertTrue(message.contains("a superblock of another geometry"), message);
        }
    }

    private static int transactions(byte[] image) throws IOException {
        try (BlockCache cache = new BlockCache(16 << 20);
                Ext tree = Ext.open(new ArraySource(image), cache)) {
            return Integer.parseInt(tree.facts().get("journal").split(" ", 0)[0]);
        }
    }

    @Test
    void fastCommitsAreRefusedByName() throws IOException {
        Path directory = SampleImages.directory();
        Commands.sh(directory, "rm -f journal.*; mke2fs -q -F -t ext4 -b 4096 -O fast_commit journal.new 64M");
        Path point = Files.createTempDirectory(directory, "mount");
        Commands.sh(point, "mount -t ext4 -o loop,commit=300 ../journal.new " + point);
        try {
            Commands.sh(
                    point,
                    "echo a > a; sync; echo b > b; perl -e 'use IO::Handle; open F, \">>\", \"b\"; print F \"c\";"
                            + " F->flush; F->sync or die' ; cp ../journal.new ../journal.dirty");
        } finally {
            Commands.sh(Path.of("/"), "umount " + point);
        }
        try (BlockCache cache = new BlockCache(16 << 20);
                FileSource source = FileSource.open(directory.resolve("journal.dirty"))) {
            String message = assertThrows(BadImageException.class, () -> Ext.open(source, cache))
                    .getMessage();
            assertTrue(message.contains("fast commits"), message);
        }
    }

    @Test
    void aCopyInTheJournalThatFailsItsChecksumIsAnError() throws IOException {
        byte[] image = Files.readAllBytes(dirty("-t ext4 -b 1024 -O metadata_csum", "data=journal"));
        int found = -1;
        byte[] wanted = "looks like another".getBytes(StandardCharsets.US_ASCII);
        for (int at = 0; at < image.length - wanted.length; at++) {
            if (Arrays.equals(image, at, at + wanted.length, wanted, 0, wanted.length)) {
                image[at] ^= 1;
                found = at;
            }
        }
        assertTrue(found >= 0);
        try (BlockCache cache = new BlockCache(16 << 20);
                Ext tree = Ext.open(new ArraySource(image), cache)) {
            String message = assertThrows(FsException.class, () -> TreeFacts.ofTree(tree, true))
                    .getMessage();
            assertTrue(message.contains("the journal's copy of block"), message);
            Checksum copies = tree.checksums().get(tree.checksums().size() - 1);
            message = assertThrows(IOException.class, () -> copies.computed(n -> {}))
                    .getMessage();
            assertTrue(message.contains("the journal's copy of block"), message);
        }
    }
}
