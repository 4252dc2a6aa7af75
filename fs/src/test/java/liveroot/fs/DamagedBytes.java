package liveroot.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.squashfs.ArraySource;
import liveroot.fs.squashfs.ReleasedMemory;

/**
 * Opens hostile bytes, walks what they hold and reads everything: it is refused, or errors, with the place in each message,
 * and no memory is lost. For the cut-and-flip tests and the fuzz targets of every format.
 */
public final class DamagedBytes {

    /** Opens what is tested, reads it all, and closes it. */
    @FunctionalInterface
    public interface Reader {
        void read(BlockSource source, BlockCache cache) throws IOException;
    }

    /** Opens a tree. */
    @FunctionalInterface
    public interface TreeOpener {
        FileTree open(BlockSource source, BlockCache cache) throws IOException;
    }

    /** Opens a container. */
    @FunctionalInterface
    public interface ContainerOpener {
        ImageContainer open(BlockSource source, BlockCache cache) throws IOException;
    }

    private static final int MOST_BYTES = 1 << 20;
    private static final int PIECE = 64 << 10;

    /** What is read goes nowhere, so all may write to it at once. */
    private static final ByteBuffer NOWHERE = ByteBuffer.allocateDirect(2 << 20);

    /** Unpacked bytes of a block that is unpacked alone, and as many before and behind it that are nobody's. */
    private static final int BLOCK = 64 << 10;

    /** Whether this is a search for faults, see {@link liveroot.fs the package comment}. */
    private static final boolean SEARCHES = System.getenv("JAZZER_FUZZ") != null;

    /** The first inputs of a search load classes, which the search changes as they come. */
    private static final int WARM = 2000;

    /** Nanoseconds of a search's own thread for one input; what others work or wait does not count. */
    private static final long LONGEST = 1_000_000_000;

    private static int inputs;

    private DamagedBytes() {}

    /** What reads all of a container's parts, and its checksums. */
    public static Reader container(ContainerOpener opener) {
        return (source, cache) -> {
            try (ImageContainer container = opener.open(source, cache)) {
                assertTrue(container.format().indexOf('\n') < 0);
                container.facts();
                ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
                int read = 0;
                for (ImagePart part : container.parts()) {
                    BlockSource bytes = part.source();
                    for (long at = 0; at < Math.min(bytes.size(), MOST_BYTES) && read++ < 64; at += PIECE) {
                        read(bytes, at, piece);
                    }
                    read(bytes, Math.max(0, bytes.size() - PIECE), piece);
                }
                for (Checksum checksum : container.checksums()) {
                    if (checksum.bytes() <= 4 * MOST_BYTES) {
                        try {
                            checksum.computed(n -> {});
                        } catch (IOException e) {
                            TreeWalk.assertSaysWhere(e.getMessage());
                        }
                    }
                }
            }
        };
    }

    private static void read(BlockSource source, long at, ByteBuffer piece) {
        piece.clear().limit((int) Math.min(PIECE, source.size() - at));
        try {
            source.read(at, piece);
            assertEquals(0, piece.remaining());
        } catch (IOException e) {
            TreeWalk.assertSaysWhere(e.getMessage());
        }
    }

    /** What walks a tree, and reads its files, links and attributes. */
    public static Reader tree(TreeOpener opener) {
        return (source, cache) -> {
            try (FileTree tree = opener.open(source, cache)) {
                new TreeWalk(tree).all();
            }
        };
    }

    /** Unpacks one block. */
    @FunctionalInterface
    public interface Unpacker {
        int unpack(ByteBuffer packed, ByteBuffer plain) throws IOException;
    }

    /** Unpacks hostile bytes, with room for few bytes and for many: it fails, or writes where it may and nowhere else. */
    public static void unpack(byte[] packed, Unpacker unpacker) {
        ByteBuffer memory = NOWHERE.slice(0, packed.length).put(packed);
        for (int room : new int[] {100, BLOCK}) {
            ByteBuffer around = NOWHERE.slice(NOWHERE.capacity() - 3 * BLOCK, 3 * BLOCK);
            for (int at : new int[] {BLOCK - 8, BLOCK + room}) {
                around.putLong(at, 0x5a5a5a5a5a5a5a5aL);
            }
            ByteBuffer plain = around.slice(BLOCK, room);
            long started = started();
            try {
                int unpacked = unpacker.unpack(memory.slice(0, packed.length), plain);
                assertTrue(unpacked >= 0 && unpacked <= room, unpacked + " bytes unpacked into " + room);
            } catch (IOException e) {
                assertTrue(e.getMessage().indexOf('\n') < 0, e.getMessage());
            }
            assertQuick(started);
            for (int at : new int[] {BLOCK - 8, BLOCK + room}) {
                assertEquals(0x5a5a5a5a5a5a5a5aL, around.getLong(at), "bytes beside the block were changed");
            }
        }
    }

    private static long started() {
        return SEARCHES && ++inputs > WARM
                ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
                : Long.MAX_VALUE / 2;
    }

    private static void assertQuick(long started) {
        if (SEARCHES) {
            long nanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - started;
            assertTrue(nanos < LONGEST, "an input took " + nanos + " ns of work");
        }
    }

    /** One image. */
    public static void read(byte[] image, Reader reader) {
        long started = started();
        BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
        try (cache) {
            reader.read(new ArraySource(image), cache);
        } catch (IOException e) {
            TreeWalk.assertSaysWhere(e.getMessage());
        }
        ReleasedMemory.await(cache);
        assertQuick(started);
    }

    /** Copies of an image that are cut short, then ones in which a byte is changed, most of them in the given places. */
    public static void cutAndFlip(byte[] image, int cuts, int flips, Reader reader, int[]... places) {
        Random random = new Random(6);
        for (int i = 0; i < cuts; i++) {
            int length = random.nextInt(image.length);
            attempt(Arrays.copyOf(image, length), reader, "cut at " + length);
        }
        for (int i = 0; i < flips; i++) {
            int[] place = places.length == 0 || i % 4 == 0 ? new int[] {0, image.length} : places[i % places.length];
            int at = place[0] + random.nextInt(place[1] - place[0]);
            byte[] changed = image.clone();
            changed[at] = switch (random.nextInt(4)) {
                case 0 -> (byte) 0xff;
                case 1 -> (byte) (changed[at] ^ 1 << random.nextInt(8));
                case 2 -> 0;
                default -> (byte) random.nextInt();
            };
            attempt(changed, reader, "byte " + at + " changed to " + changed[at]);
        }
    }

    private static void attempt(byte[] image, Reader reader, String how) {
        try {
            read(image, reader);
        } catch (RuntimeException | Error e) {
            fail(how, e);
        }
    }
}
