package liveroot.fs.udif;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.FileSource;
import liveroot.fs.codec.Decoder;

/**
 * What a mount of a disk image is measured against: unpacks every run once, one after the other, by one thread and the same
 * codecs, and prints how long that took. {@code UdifDecoding IMAGE...}
 */
final class UdifDecoding {

    private static final int LARGEST_STORED = 2 * Runs.LARGEST;

    private UdifDecoding() {}

    public static void main(String[] images) throws IOException {
        ByteBuffer stored = ByteBuffer.allocateDirect(LARGEST_STORED);
        ByteBuffer plain = ByteBuffer.allocateDirect(Runs.LARGEST);
        for (String image : images) {
            try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
                    BlockSource source = FileSource.open(Path.of(image))) {
                Koly koly = Koly.read(source, cache);
                Runs runs = new Runs();
                new TableReader(source, cache, runs, source.size()).read(koly);
                measure(image, source, koly, runs, stored, plain);
            }
        }
    }

    private static void measure(
            String image, BlockSource source, Koly koly, Runs runs, ByteBuffer stored, ByteBuffer plain)
            throws IOException {
        Map<RunType, Decoder> decoders = new EnumMap<>(RunType.class);
        long nanos = 0;
        long bytes = 0;
        for (int i = 0; i < runs.count(); i++) {
            if (!runs.type(i).isPacked()) {
                continue;
            }
            Decoder decoder = decoders.computeIfAbsent(runs.type(i), UdifDisk::decoder);
            ByteBuffer packed = stored.slice(0, (int) runs.stored(i));
            source.read(koly.dataOffset() + runs.offset(i), packed);
            ByteBuffer room = plain.slice(0, (int) runs.length(i) * 512);
            long start = System.nanoTime();
            bytes += decoder.unpack(packed.flip(), room);
            nanos += System.nanoTime() - start;
        }
        decoders.values().forEach(Decoder::close);
        System.out.printf(
                Locale.ROOT,
                "%s: %d MiB unpacked in %.2f s, %.0f MiB/s%n",
                image,
                bytes >> 20,
                nanos / 1e9,
                bytes / 1048576.0 / (nanos / 1e9));
    }
}
