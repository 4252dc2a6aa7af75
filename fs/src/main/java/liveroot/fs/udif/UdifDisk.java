package liveroot.fs.udif;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicIntegerArray;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.Zeros;
import liveroot.fs.BadImageException;
import liveroot.fs.codec.Bzip2Decoder;
import liveroot.fs.codec.DamagedBlockException;
import liveroot.fs.codec.Decoder;
import liveroot.fs.codec.Decoders;
import liveroot.fs.codec.NativeBzip2Decoder;
import liveroot.fs.codec.NativeXzDecoder;
import liveroot.fs.codec.NativeZlibDecoder;
import liveroot.fs.codec.XzDecoder;
import liveroot.fs.codec.ZlibDecoder;
import liveroot.fs.lzfse.Lzfse;

/** The unpacked disk. A packed run is unpacked whole, once, into the block cache; the next ones ahead of a reader in order. */
final class UdifDisk implements BlockSource {

    private static final int SECTOR = 512;

    /** What an xz stream may ask for: the runs of hdiutil and of xz' default level want 8 MiB. */
    private static final int DICTIONARY = 16 << 20;

    /** Readers in order that can be told apart. */
    private static final int READERS = 8;

    private final String name;
    private final BlockSource data;
    private final BlockCache cache;
    private final BlockCache.Region region;
    /** Whether a playlist can name a run, by where its bytes begin in the one file. */
    private final boolean isNamed;

    private final Runs runs;
    private final long size;
    private final Map<RunType, Decoders> decoders = new EnumMap<>(RunType.class);
    private final long mostAhead;
    private final int runsAhead = 6 * Runtime.getRuntime().availableProcessors();

    /** Places of the runs that were demanded last. Races only make it miss a reader. */
    private final AtomicIntegerArray recent = new AtomicIntegerArray(READERS);

    private volatile int latest = -1;
    private volatile boolean closed;

    /**
     * @param data the data forks of all segments, joined
     * @param isOneFile whether there is no other segment
     */
    UdifDisk(String name, BlockSource data, boolean isOneFile, BlockCache cache, Runs runs, long sectors) {
        this.name = name;
        this.data = data;
        this.cache = cache;
        this.runs = runs;
        this.isNamed = isOneFile && runs.indexStored();
        this.region = isNamed ? cache.region("runs", data, this::loader) : cache.region();
        this.size = sectors * SECTOR;
        this.mostAhead = cache.budget() / 16;
        for (RunType type : RunType.values()) {
            if (type.isPacked()) {
                decoders.put(type, new Decoders(type.codec(), () -> decoder(type)));
            }
        }
    }

    static Decoder decoder(RunType type) {
        return switch (type) {
            case ADC -> new AdcDecoder();
            case ZLIB -> {
                Decoder zlib = NativeZlibDecoder.open();
                yield zlib != null ? zlib : new ZlibDecoder();
            }
            case BZIP2 -> {
                Decoder bzip2 = NativeBzip2Decoder.open();
                yield bzip2 != null ? bzip2 : new Bzip2Decoder(2 * Runs.LARGEST, Runs.LARGEST);
            }
            case LZFSE -> (packed, plain) -> Lzfse.decode(packed, plain);
            case LZMA -> {
                Decoder xz = NativeXzDecoder.open(DICTIONARY);
                yield xz != null ? xz : new XzDecoder(2 * Runs.LARGEST, Runs.LARGEST, DICTIONARY);
            }
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        requireWithin(position, dst.remaining());
        long at = position;
        while (dst.hasRemaining()) {
            int place = runs.find(at / SECTOR);
            int run = place < 0 ? -1 : runs.at(place);
            long start = run < 0 ? 0 : runs.start(run) * SECTOR;
            long end = run < 0 ? 0 : start + runs.length(run) * SECTOR;
            int n;
            if (at < end) {
                n = (int) Math.min(dst.remaining(), end - at);
                read(place, run, at - start, n, dst);
            } else {
                // Sectors that no run covers.
                long next = place + 1 < runs.count() ? runs.start(runs.at(place + 1)) * SECTOR : size;
                n = (int) Math.min(dst.remaining(), Math.max(next, at + 1) - at);
                Zeros.put(dst, n);
            }
            at += n;
        }
    }

    private void read(int place, int run, long within, int length, ByteBuffer dst) throws IOException {
        RunType type = runs.type(run);
        if (type == RunType.RAW) {
            int stored = (int) Math.max(0, Math.min(length, runs.stored(run) - within));
            if (stored > 0) {
                data.read(runs.offset(run) + within, dst.slice(dst.position(), stored));
                dst.position(dst.position() + stored);
            }
            Zeros.put(dst, length - stored);
        } else if (type.isPacked()) {
            long needed = BlockCache.budgetFor(Math.max(plainSize(run), runs.stored(run)));
            if (needed > cache.budget()) {
                throw damage(
                        run,
                        "the block cache is too small for it: give it at least " + ((needed + (1 << 20) - 1) >> 20)
                                + " MiB (--cache)");
            }
            ahead(place);
            Block block = region.get(key(run), plainSize(run), new RunLoad(run));
            try {
                dst.put(block.slice((int) within, length));
            } finally {
                block.release();
            }
        } else {
            Zeros.put(dst, length);
        }
    }

    private int plainSize(int run) {
        return (int) runs.length(run) * SECTOR;
    }

    /** Within the region. */
    private long key(int run) {
        return isNamed ? runs.offset(run) : runs.start(run);
    }

    private BlockCache.Loader loader(long position, int stored, int capacity) {
        int run = runs.startingAt(position);
        return run >= 0 && stored == runs.stored(run) && capacity == plainSize(run) ? new RunLoad(run) : null;
    }

    private final class RunLoad implements BlockCache.Loader {

        private final int run;

        RunLoad(int run) {
            this.run = run;
        }

        @Override
        public int stored() {
            return (int) runs.stored(run);
        }

        @Override
        public int load(ByteBuffer plain) throws IOException {
            if (closed) {
                throw new IOException(name + ": is closed, at byte " + runs.start(run) * SECTOR);
            }
            int stored = stored();
            int expected = plainSize(run);
            Block memory = cache.take(Math.max(1, stored));
            try {
                data.read(runs.offset(run), memory.slice(0, stored));
                int length = decoders.get(runs.type(run)).unpack(memory.slice(0, stored), plain);
                if (length != expected) {
                    throw damage(run, "unpacks to " + length + " bytes, expected " + expected);
                }
                return length;
            } catch (DamagedBlockException e) {
                throw damage(run, e.getMessage());
            } finally {
                memory.release();
            }
        }
    }

    private BadImageException damage(int run, String fault) {
        return new BadImageException(
                data.name(),
                runs.offset(run),
                "run of " + runs.stored(run) + " stored bytes, of sectors " + runs.start(run) + " to "
                        + (runs.start(run) + runs.length(run)) + ": " + fault);
    }

    /** Has the next packed runs unpacked if the one at {@code place} is a step of a reader in order. */
    private void ahead(int place) {
        if (place == latest) {
            return;
        }
        latest = place;
        int slot = -1;
        for (int i = 0; i < READERS; i++) {
            // Zeros and free space between packed runs are passed without a demand.
            int before = recent.get(i) - 1;
            if (before == place) {
                return;
            }
            if (before >= 0 && before < place && place - before <= 4) {
                slot = i;
            }
        }
        if (slot < 0) {
            recent.set(Math.floorMod(place * 31, READERS), place + 1);
            return;
        }
        recent.set(slot, place + 1);
        long bytes = 0;
        int asked = 0;
        for (int next = place + 1; next < runs.count() && asked < runsAhead && next <= place + 4 * runsAhead; next++) {
            int run = runs.at(next);
            if (runs.type(run).isPacked()) {
                bytes += plainSize(run);
                if (bytes > mostAhead) {
                    return;
                }
                region.prefetch(key(run), plainSize(run), new RunLoad(run));
                asked++;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        decoders.values().forEach(Decoders::close);
    }

    @Override
    public String toString() {
        return name;
    }
}
