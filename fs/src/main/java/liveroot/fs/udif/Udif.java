package liveroot.fs.udif;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.zip.CRC32;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;
import liveroot.fs.ImageContainer;
import liveroot.fs.ImagePart;

/** A UDIF disk image. Opening it reads its koly block and its list of runs; runs are unpacked when they are read. */
public final class Udif implements ImageContainer {

    private static final int PIECE = 1 << 20;
    private static final int SECTOR = 512;
    private static final String MASTER = "all block tables' checksums";

    private final BlockCache cache;
    private final Segments segments;
    private final List<BlockTable> tables;
    private final Runs runs = new Runs();
    private final UdifDisk disk;

    private Udif(BlockSource source, BlockCache cache, Segments segments) throws IOException {
        this.cache = cache;
        this.segments = segments;
        Koly koly = segments.koly();
        BlockSource data = segments.data();
        tables = List.copyOf(new TableReader(source, cache, runs, data.size()).read(koly));
        long at = koly.xmlLength() > 0 ? koly.xmlOffset() : koly.resourceOffset();
        if (tables.isEmpty()) {
            throw new BadImageException(source.name(), at, "a list of blocks without any table");
        }
        runs.sort(source.name(), at);
        long sectors = koly.sectors();
        for (BlockTable table : tables) {
            sectors = Math.max(sectors, table.first() + table.sectors());
        }
        disk = new UdifDisk(source.name() + " (unpacked)", data, segments.count() == 1, cache, runs, sectors);
    }

    /** Opens the files that a segmented image goes on in. */
    @FunctionalInterface
    public interface Files {
        /** @return null if there is no file of that name beside the first */
        BlockSource open(String name) throws IOException;
    }

    /**
     * Opens an image.
     *
     * @param source stays the caller's
     * @param files beside it; what is opened of them is closed with the image
     * @throws BadImageException if it is damaged, cut short, or a segment is missing
     */
    public static Udif open(BlockSource source, BlockCache cache, Files files) throws IOException {
        Segments segments = Segments.open(source, cache, files);
        try {
            return new Udif(source, cache, segments);
        } catch (IOException | RuntimeException | Error e) {
            segments.close();
            throw e;
        }
    }

    @Override
    public String format() {
        StringBuilder text = new StringBuilder("UDIF, ").append(codecs());
        if (segments.count() > 1) {
            text.append(", ").append(segments.count()).append(" segments");
        }
        return text.append(", ").append(mebibytes(segments.size())).toString();
    }

    private static String mebibytes(long bytes) {
        if (bytes < 1 << 20) {
            return String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0);
        }
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    private String codecs() {
        Map<String, Integer> used = new TreeMap<>();
        for (int i = 0; i < runs.count(); i++) {
            if (runs.type(i).isPacked()) {
                used.merge(runs.type(i).codec(), 1, Integer::sum);
            }
        }
        return used.isEmpty() ? "not compressed" : String.join(" and ", used.keySet());
    }

    @Override
    public Map<String, String> facts() {
        Map<RunType, Long> sectors = new TreeMap<>();
        Map<RunType, Integer> counts = new TreeMap<>();
        long stored = 0;
        for (int i = 0; i < runs.count(); i++) {
            sectors.merge(runs.type(i), runs.length(i), Long::sum);
            counts.merge(runs.type(i), 1, Integer::sum);
            stored += runs.type(i).isStored() ? runs.stored(i) : 0;
        }
        List<String> kinds = new ArrayList<>();
        sectors.forEach((type, count) -> kinds.add(counts.get(type) + " "
                + (type.isPacked() ? type.codec() : type.toString().toLowerCase(Locale.ROOT)) + " of "
                + count * SECTOR + " bytes"));
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", format());
        facts.put("size", disk.size() + " bytes, stored in " + stored + ", in " + segments.size() + " altogether");
        facts.put("runs", kinds.isEmpty() ? "none" : String.join(", ", kinds));
        facts.put("tables", tables.size() + (segments.koly().xmlLength() > 0 ? ", as XML" : ", in a resource fork"));
        int unchecked = unchecked().size();
        facts.put(
                "checksums",
                checksums().size() + " of CRC-32"
                        + (unchecked == 0 ? "" : ", " + unchecked + " that cannot be checked"));
        return facts;
    }

    @Override
    public List<ImagePart> parts() {
        return List.of(new ImagePart(0, "the disk", true, disk));
    }

    @Override
    public List<Checksum> checksums() {
        List<Checksum> all = new ArrayList<>();
        segments.checksums(all, cache);
        CRC32 master = new CRC32();
        for (BlockTable table : tables) {
            int crc = table.checksum().value();
            master.update(new byte[] {(byte) (crc >> 24), (byte) (crc >> 16), (byte) (crc >> 8), (byte) crc});
            if (table.checksum().isCrc32()) {
                all.add(new TableChecksum(table));
            }
        }
        if (segments.koly().master().isCrc32()
                && tables.stream().noneMatch(t -> t.checksum().isUnknown())) {
            all.add(new Computed(MASTER, hex(segments.koly().master().value()), hex((int) master.getValue())));
        }
        return all;
    }

    @Override
    public List<String> unchecked() {
        List<String> all = new ArrayList<>();
        for (Koly koly : segments.kolys) {
            if (koly.data().isUnknown()) {
                all.add(Segments.words(koly) + ": " + koly.data() + ", which is not known");
            }
        }
        boolean unknownTable = false;
        for (BlockTable table : tables) {
            if (table.checksum().isUnknown()) {
                unknownTable = true;
                all.add(words(table) + ": " + table.checksum() + ", which is not known");
            }
        }
        Koly.Crc master = segments.koly().master();
        if (master.isUnknown()) {
            all.add(MASTER + ": " + master + ", which is not known");
        } else if (master.isCrc32() && unknownTable) {
            all.add(MASTER + ", CRC-32: not all of them are CRC-32");
        }
        return all;
    }

    private static String words(BlockTable table) {
        return "sectors " + table.first() + " to " + (table.first() + table.sectors()) + ", '" + table.name() + "'";
    }

    static String hex(int crc) {
        return String.format(Locale.ROOT, "%08x", crc);
    }

    /** One that took no reading. */
    private record Computed(String what, String expected, String value) implements Checksum {

        @Override
        public String words() {
            return what + ", CRC-32";
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public String computed(LongConsumer progress) {
            return value;
        }
    }

    /** Of the unpacked bytes of a table's runs, without those of free space. */
    private final class TableChecksum implements Checksum {

        private final BlockTable table;

        TableChecksum(BlockTable table) {
            this.table = table;
        }

        @Override
        public String words() {
            return Udif.words(table) + ", CRC-32";
        }

        @Override
        public long bytes() {
            long sum = 0;
            for (int i = table.runsFrom(); i < table.runsTo(); i++) {
                sum += runs.type(i) == RunType.IGNORE ? 0 : runs.length(i) * SECTOR;
            }
            return sum;
        }

        @Override
        public String expected() {
            return hex(table.checksum().value());
        }

        @Override
        public String computed(LongConsumer progress) throws IOException {
            JoinedCrc32 crc = new JoinedCrc32();
            for (int i = table.runsFrom(); i < table.runsTo(); i++) {
                if (runs.type(i) == RunType.IGNORE) {
                    continue;
                }
                // A table may name terabytes of zeros.
                long length = runs.length(i) * SECTOR;
                long bytes =
                        switch (runs.type(i)) {
                            case ZEROS -> 0;
                            case RAW -> Math.min(runs.stored(i), length);
                            default -> length;
                        };
                CRC32 part = new CRC32();
                update(part, disk, runs.start(i) * SECTOR, bytes, cache, progress);
                crc.add((int) part.getValue(), bytes);
                crc.addZeros(length - bytes);
                progress.accept(length - bytes);
            }
            return hex(crc.value());
        }
    }

    /** Adds bytes of {@code source}. */
    private static void update(
            CRC32 crc, BlockSource source, long from, long length, BlockCache cache, LongConsumer progress)
            throws IOException {
        int piece = (int) Math.max(1, Math.min(PIECE, length));
        Block memory = cache.take(piece);
        try {
            for (long done = 0; done < length; ) {
                int n = (int) Math.min(piece, length - done);
                var bytes = memory.slice(0, n);
                source.read(from + done, bytes);
                crc.update(bytes.flip());
                done += n;
                progress.accept(n);
            }
        } finally {
            memory.release();
        }
    }

    @Override
    public void close() throws IOException {
        disk.close();
        segments.close();
    }

    /** The files of an image, the first of which is the one that was opened. */
    private static final class Segments implements Closeable {

        private final List<BlockSource> files = new ArrayList<>();
        private final List<Koly> kolys = new ArrayList<>();

        static Segments open(BlockSource first, BlockCache cache, Files neighbours) throws IOException {
            Segments segments = new Segments();
            Koly koly = Koly.read(first, cache);
            segments.files.add(first);
            segments.kolys.add(koly);
            if (!koly.isSegmented()) {
                return segments;
            }
            if (koly.segment() != 1 || koly.segments() > MOST) {
                throw new BadImageException(
                        first.name(),
                        koly.at() + 56,
                        "this is segment " + Integer.toUnsignedString(koly.segment()) + " of "
                                + Integer.toUnsignedString(koly.segments()) + ": "
                                + (koly.segment() != 1
                                        ? "open the first, the .dmg"
                                        : "at most " + MOST + " are put together"));
            }
            try {
                for (int i = 2; i <= koly.segments(); i++) {
                    segments.add(i, first, cache, neighbours);
                }
            } catch (IOException | RuntimeException | Error e) {
                segments.close();
                throw e;
            }
            return segments;
        }

        /** hdiutil segment counts to 999. */
        private static final int MOST = 999;

        private void add(int number, BlockSource first, BlockCache cache, Files neighbours) throws IOException {
            String file = first.name().substring(first.name().lastIndexOf('/') + 1);
            int dot = file.lastIndexOf('.');
            String name =
                    String.format(Locale.ROOT, "%s.%03d.dmgpart", dot > 0 ? file.substring(0, dot) : file, number);
            BlockSource next = neighbours.open(name);
            if (next == null) {
                throw new BadImageException(
                        first.name(),
                        kolys.get(0).at() + 60,
                        "segment " + number + " of " + kolys.get(0).segments() + " is missing: there is no " + name
                                + " beside it");
            }
            files.add(next);
            Koly koly = Koly.read(next, cache);
            Koly before = kolys.get(kolys.size() - 1);
            long running = before.runningOffset() + before.dataLength();
            if (koly.segment() != number
                    || koly.segments() != before.segments()
                    || !koly.segmentId().equals(before.segmentId())
                    || koly.runningOffset() != running) {
                throw new BadImageException(
                        next.name(),
                        koly.at() + 16,
                        "segment " + koly.segment() + " of " + koly.segments() + ", id " + koly.segmentId()
                                + ", data from "
                                + koly.runningOffset() + " on; expected segment " + number + " of " + before.segments()
                                + ", id " + before.segmentId() + ", data from " + running + " on");
            }
            kolys.add(koly);
        }

        int count() {
            return files.size();
        }

        long size() {
            long sum = 0;
            for (BlockSource file : files) {
                sum += file.size();
            }
            return sum;
        }

        /** Of the first segment. */
        Koly koly() {
            return kolys.get(0);
        }

        BlockSource data() throws IOException {
            List<BlockSource> forks = new ArrayList<>();
            for (int i = 0; i < files.size(); i++) {
                Koly koly = kolys.get(i);
                // The length matters where another segment follows; a single file's runs may say what they like.
                long length =
                        files.size() > 1 ? koly.dataLength() : files.get(i).size() - koly.dataOffset();
                forks.add(new DataFork(files.get(i), koly.dataOffset(), Math.max(0, length)));
            }
            return forks.size() == 1 ? forks.get(0) : new JoinedForks(forks);
        }

        /** What the checksum of a segment's data fork is over. */
        static String words(Koly koly) {
            return "stored data" + (koly.isSegmented() ? " of segment " + koly.segment() : "");
        }

        void checksums(List<Checksum> all, BlockCache cache) {
            for (int i = 0; i < files.size(); i++) {
                Koly koly = kolys.get(i);
                if (koly.data().isCrc32()) {
                    all.add(new ForkChecksum(files.get(i), koly, cache));
                }
            }
        }

        @Override
        public void close() throws IOException {
            for (BlockSource file : files.subList(1, files.size())) {
                file.close();
            }
        }
    }

    /** Of the stored bytes. */
    private record ForkChecksum(BlockSource file, Koly koly, BlockCache cache) implements Checksum {

        @Override
        public String words() {
            return Segments.words(koly) + ", CRC-32";
        }

        @Override
        public long bytes() {
            return koly.dataLength();
        }

        @Override
        public String expected() {
            return hex(koly.data().value());
        }

        @Override
        public String computed(LongConsumer progress) throws IOException {
            CRC32 crc = new CRC32();
            update(crc, file, koly.dataOffset(), koly.dataLength(), cache, progress);
            return hex((int) crc.getValue());
        }
    }
}
