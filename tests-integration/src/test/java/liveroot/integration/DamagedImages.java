package liveroot.integration;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.ReadSink;
import liveroot.fs.squashfs.SquashFs;

/**
 * A program that opens damaged copies of an image, walks them and reads everything, in a JVM with little memory, and says
 * what went wrong: {@code DamagedImages CUTS FLIPS IMAGE...}. Exit status 0 if nothing did, 1 otherwise, 3 if one copy took
 * too long.
 */
final class DamagedImages {

    /** Far more than any copy needs. Milliseconds. */
    private static final long PATIENCE = 20_000;

    private static final Pattern OFFSET = Pattern.compile("\\bat (byte )?[0-9]+");

    /** One for all files: memory outside of the heap is dear to get, and a JVM with little collects its heap for it. */
    private static final Sink SINK = new Sink();

    private static final Set<Errno> ANSWERS =
            Set.of(Errno.EIO, Errno.ENOENT, Errno.ENOTDIR, Errno.ENODATA, Errno.EINVAL, Errno.ENXIO, Errno.ESTALE);

    /** One way to damage an image: its first {@code length} bytes, the one at {@code position} changed by {@code mask}. */
    record Damage(int length, int position, int mask) {

        byte[] apply(byte[] image) {
            byte[] damaged = Arrays.copyOf(image, length);
            if (mask != 0) {
                damaged[position] ^= (byte) mask;
            }
            return damaged;
        }

        @Override
        public String toString() {
            return mask == 0
                    ? "cut to " + length + " bytes"
                    : "byte " + position + " changed by xor 0x" + Integer.toHexString(mask);
        }
    }

    /**
     * Cuts and single-byte changes, the same ones for the same image. Every second change hits the superblock or what
     * comes behind the data: the tables, of which the image has little.
     */
    static List<Damage> damages(byte[] image, int cuts, int flips) {
        Random random = new Random(20260101);
        List<Damage> all = new ArrayList<>();
        for (int i = 0; i < cuts; i++) {
            all.add(new Damage((int) ((long) image.length * i / cuts) + random.nextInt(image.length / cuts), 0, 0));
        }
        // Offset of the inode table in the superblock, the first behind the data.
        int tables = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getInt(64);
        for (int i = 0; i < flips; i++) {
            int position =
                    switch (i % 8) {
                        case 0 -> random.nextInt(96);
                        case 1, 3, 5 -> tables + random.nextInt(image.length - tables);
                        default -> random.nextInt(image.length);
                    };
            all.add(new Damage(image.length, position, 1 + random.nextInt(255)));
        }
        return all;
    }

    public static void main(String[] arguments) throws IOException {
        Watch watch = new Watch();
        Thread watching = new Thread(watch, "watch");
        watching.setDaemon(true);
        watching.start();
        int faults = 0;
        for (String image : List.of(arguments).subList(2, arguments.length)) {
            System.out.println(image);
            faults += damage(image, Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), watch);
        }
        System.exit(faults == 0 ? 0 : 1);
    }

    /** @return faults */
    private static int damage(String file, int cuts, int flips, Watch watch) throws IOException {
        byte[] image = Files.readAllBytes(Path.of(file));
        List<String> faults = new ArrayList<>();
        int refused = 0;
        int hurt = 0;
        List<Damage> damages = damages(image, cuts, flips);
        for (Damage damage : damages) {
            watch.begin(damage);
            DamagedImages walk = new DamagedImages();
            BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
            try {
                walk.run(damage.apply(image), cache);
                cache.close();
                walk.judge(whenQuiet(cache));
            } catch (RuntimeException | Error e) {
                faults.add(damage + ": " + described(e));
            }
            refused += walk.refusals;
            hurt += walk.errors > 0 ? 1 : 0;
            walk.faults.forEach(fault -> faults.add(damage + ": " + fault));
        }
        watch.begin(null);
        System.out.println(
                damages.size() + " damaged copies: " + refused + " refused, " + hurt + " with files that gave EIO");
        faults.stream().limit(30).forEach(System.out::println);
        System.out.println(faults.size() + " faults");
        return faults.size();
    }

    /** What is being read ahead when a tree is closed comes back a moment later. */
    private static BlockCache.Stats whenQuiet(BlockCache cache) {
        for (int i = 0; i < 20_000 && cache.stats().used() != 0; i++) {
            LockSupport.parkNanos(100_000);
        }
        return cache.stats();
    }

    /** Ends the program when one copy takes too long, and shows where. */
    private static final class Watch implements Runnable {

        private volatile Damage damage;
        private volatile long since;

        void begin(Damage next) {
            since = System.nanoTime();
            damage = next;
        }

        @Override
        public void run() {
            while (true) {
                try {
                    Thread.sleep(500);
                } catch (InterruptedException e) {
                    return;
                }
                if (damage != null && System.nanoTime() - since > PATIENCE * 1_000_000) {
                    System.out.println("longer than " + PATIENCE / 1000 + " s: " + damage);
                    Thread.getAllStackTraces()
                            .forEach((thread, stack) -> System.out.println(thread + "\n  "
                                    + String.join(
                                            "\n  ",
                                            Arrays.stream(stack)
                                                    .limit(25)
                                                    .map(Object::toString)
                                                    .toList())));
                    System.out.flush();
                    Runtime.getRuntime().halt(3);
                }
            }
        }
    }

    private int refusals;
    private int errors;
    private final List<String> faults = new ArrayList<>();

    private void run(byte[] image, BlockCache cache) throws IOException {
        SquashFs tree;
        try {
            tree = SquashFs.open(new Bytes(image), cache);
        } catch (IOException e) {
            refusals++;
            if (!OFFSET.matcher(String.valueOf(e.getMessage())).find()) {
                faults.add("the refusal names no offset: " + described(e));
            }
            return;
        }
        try (tree) {
            walk(tree, FileTree.ROOT, new HashSet<>(), 0);
            attempt(tree::statfs);
        }
    }

    private void judge(BlockCache.Stats stats) {
        if (stats.used() != 0) {
            faults.add(stats.used() + " bytes of blocks were never released");
        }
        if (stats.mostUsed() > stats.budget()) {
            faults.add("the cache took " + stats.mostUsed() + " bytes of " + stats.budget());
        }
    }

    @FunctionalInterface
    private interface Operation<T> {
        T run() throws FsException;
    }

    /** What the operation gave, null if it failed as it may. */
    private <T> T attempt(Operation<T> operation) {
        try {
            return operation.run();
        } catch (FsException e) {
            if (!ANSWERS.contains(e.errno())) {
                faults.add("an odd answer: " + described(e));
            } else if (e.errno() == Errno.EIO) {
                errors++;
                if (!OFFSET.matcher(e.getMessage()).find()) {
                    faults.add("the error names no offset: " + described(e));
                }
            }
            return null;
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) {
            faults.add(described(e));
            return null;
        }
    }

    private static String described(Throwable e) {
        StringBuilder text = new StringBuilder(e.toString());
        for (int i = 0; i < Math.min(6, e.getStackTrace().length); i++) {
            text.append("\n      at ").append(e.getStackTrace()[i]);
        }
        return text.toString();
    }

    private record Entry(Name name, long id) {}

    private void walk(FileTree tree, long id, Set<Long> seen, int depth) {
        // Damage can make a directory its own descendant.
        if (!seen.add(id) || depth > 100) {
            return;
        }
        Attributes attributes = attempt(() -> tree.getattr(id));
        if (attributes == null) {
            return;
        }
        List<Name> names = attempt(() -> tree.listxattr(id));
        if (names != null) {
            names.forEach(name -> attempt(() -> tree.getxattr(id, name)));
        }
        if (attributes.isSymlink()) {
            attempt(() -> tree.readlink(id));
        } else if (attributes.isRegular()) {
            read(tree, id, attributes.size());
        } else if (attributes.isDirectory()) {
            List<Entry> entries = new ArrayList<>();
            attempt(() -> {
                tree.readdir(
                        id,
                        0,
                        (name, child, ino, type, next) -> entries.size() < 5000 && entries.add(new Entry(name, child)));
                return null;
            });
            for (Entry entry : entries) {
                if (!entry.name().equals(Name.DOT) && !entry.name().equals(Name.DOT_DOT)) {
                    Node found = attempt(() -> tree.lookup(id, entry.name()));
                    if (found != null) {
                        walk(tree, found.id(), seen, depth + 1);
                    }
                    attempt(() -> tree.reference(entry.id()));
                }
            }
            attempt(() -> tree.lookup(id, Name.of("no such name")));
        }
    }

    private void read(FileTree tree, long id, long size) {
        // A damaged size may be exabytes: the beginning, the end, and somewhere between.
        for (long offset = 0; offset < Math.min(size, 1 << 20); offset += 128 << 10) {
            long at = offset;
            attempt(() -> read(tree, id, at, 128 << 10));
        }
        attempt(() -> read(tree, id, size, 1));
        attempt(() -> read(tree, id, Long.MAX_VALUE - (1 << 20), 128 << 10));
        if (size > 128 << 10) {
            for (long offset : new long[] {size - 5000, size / 2, size / 3 * 2}) {
                attempt(() -> read(tree, id, offset, 128 << 10));
            }
        }
        attempt(() -> tree.lseek(id, 0, 0, 3));
        attempt(() -> tree.lseek(id, 0, 0, 4));
        attempt(() -> tree.lseek(id, 0, size / 2, 4));
    }

    private static Void read(FileTree tree, long id, long offset, int length) throws FsException {
        SINK.reset(length);
        tree.read(id, 0, offset, length, SINK);
        return null;
    }

    /** Looks at every byte, and insists that no more come than were asked for. */
    private static final class Sink implements ReadSink {

        private final ByteBuffer memory = ByteBuffer.allocateDirect(128 << 10);
        private int left;

        void reset(int length) {
            left = length;
        }

        private void take(int length) {
            if (length < 0 || length > left) {
                throw new IllegalStateException(length + " bytes given where " + left + " were asked for");
            }
            left -= length;
        }

        @Override
        public void block(Block block, int offset, int length) {
            take(length);
            ByteBuffer bytes = block.slice(offset, length);
            while (bytes.hasRemaining()) {
                bytes.get();
            }
        }

        @Override
        public void zeros(int length) {
            take(length);
        }

        @Override
        public ByteBuffer space(int length) {
            take(length);
            return memory.clear().limit(length).slice();
        }
    }

    private static final class Bytes implements BlockSource {

        private final byte[] bytes;

        Bytes(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public String name() {
            return "image";
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void read(long position, ByteBuffer dst) throws EOFException {
            if (position < 0 || position > bytes.length - dst.remaining()) {
                throw new EOFException("image: " + dst.remaining() + " bytes wanted at " + position
                        + ", but it ends at " + bytes.length);
            }
            dst.put(bytes, (int) position, dst.remaining());
        }

        @Override
        public void close() {}
    }
}
