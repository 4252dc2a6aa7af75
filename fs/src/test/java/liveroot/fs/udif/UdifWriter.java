package liveroot.fs.udif;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZOutputStream;

/**
 * Writes UDIF images, as nothing on Linux does. ADC and LZFSE are packed greedily; of LZFSE's blocks only LZVN
 * ones are written, the entropy-coded ones need Apple's own encoder.
 */
public final class UdifWriter {

    /** Bytes of a disk: an array, or a file. */
    public interface Disk {
        long size();

        /** @return {@code length} bytes from {@code at} on, zeros behind the end */
        byte[] read(long at, int length) throws IOException;
    }

    private static final int SECTOR = 512;

    private final List<Codec> codecs;
    private int runSectors = 512;
    private boolean kolyInFront;
    private boolean resourceFork;
    private int segments = 1;
    private List<Partition> partitions = List.of();

    /** What a run is stored as. */
    public enum Codec {
        RAW(1),
        ADC(0x80000004),
        ZLIB(0x80000005),
        BZIP2(0x80000006),
        LZFSE(0x80000007),
        LZMA(0x80000008);

        final int type;

        Codec(int type) {
            this.type = type;
        }
    }

    /** A block table of its own: sectors of the disk. */
    public record Partition(String name, long first, long sectors) {}

    private record Run(int type, long start, long sectors, long offset, long length) {}

    /** @param codecs taken in turn, run by run */
    public UdifWriter(Codec... codecs) {
        this.codecs = List.of(codecs);
    }

    public UdifWriter runSectors(int sectors) {
        runSectors = sectors;
        return this;
    }

    public UdifWriter kolyInFront() {
        kolyInFront = true;
        return this;
    }

    /** Instead of XML, as before Mac OS X 10.2. */
    public UdifWriter resourceFork() {
        resourceFork = true;
        return this;
    }

    public UdifWriter segments(int count) {
        segments = count;
        return this;
    }

    public UdifWriter partitions(Partition... all) {
        partitions = List.of(all);
        return this;
    }

    public static Disk of(byte[] bytes) {
        return new Disk() {
            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public byte[] read(long at, int length) {
                return Arrays.copyOfRange(bytes, (int) at, (int) at + length);
            }
        };
    }

    public static Disk of(Path file) throws IOException {
        var channel = Files.newByteChannel(file);
        return new Disk() {
            @Override
            public long size() {
                try {
                    return channel.size();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }

            @Override
            public byte[] read(long at, int length) throws IOException {
                ByteBuffer bytes = ByteBuffer.allocate(length);
                channel.position(at);
                while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                    // until it is full, or the file ends
                }
                return bytes.array();
            }
        };
    }

    /** The image in memory. Not for segments. */
    public byte[] image(byte[] disk) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        write(of(disk), out, null);
        return out.toByteArray();
    }

    /** Writes the image to {@code file}, and its segments beside it. */
    public void write(Disk disk, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            write(disk, out, file);
        }
    }

    private void write(Disk disk, OutputStream out, Path file) throws IOException {
        long sectors = (disk.size() + SECTOR - 1) / SECTOR;
        List<Partition> all = partitions.isEmpty()
                ? List.of(new Partition("whole disk (unknown partition : 0)", 0, sectors))
                : partitions;
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        List<byte[]> tables = new ArrayList<>();
        CRC32 master = new CRC32();
        int number = 0;
        for (int p = 0; p < all.size(); p++) {
            Partition partition = all.get(p);
            List<Run> runs = new ArrayList<>();
            CRC32 crc = new CRC32();
            runs.add(new Run(0x7ffffffe, 0, 0, 0, 0));
            for (long s = 0; s < partition.sectors(); s += runSectors, number++) {
                int n = (int) Math.min(runSectors, partition.sectors() - s);
                byte[] plain = disk.read((partition.first() + s) * SECTOR, n * SECTOR);
                boolean zeros = isZero(plain);
                // Free space does not count in the checksum, zeros do.
                int type = !zeros ? codecs.get(number % codecs.size()).type : number % 2 == 0 ? 2 : 0;
                byte[] stored = zeros ? new byte[0] : pack(codecs.get(number % codecs.size()), plain);
                if (type != 2) {
                    crc.update(plain);
                }
                runs.add(new Run(type, s, n, data.size(), stored.length));
                data.write(stored);
            }
            runs.add(new Run(0xffffffff, partition.sectors(), 0, data.size(), 0));
            tables.add(table(partition, p, runs, (int) crc.getValue()));
            master.update(ByteBuffer.allocate(4).putInt(0, (int) crc.getValue()));
        }
        byte[] stored = data.toByteArray();
        byte[] list = resourceFork ? fork(all, tables) : xml(all, tables);
        if (kolyInFront) {
            out.write(koly(
                    512,
                    0,
                    stored,
                    0,
                    stored.length,
                    512 + stored.length,
                    list.length,
                    1,
                    (int) master.getValue(),
                    sectors));
            out.write(stored);
            out.write(list);
            return;
        }
        int piece = (stored.length + segments - 1) / segments;
        for (int i = 0; i < segments; i++) {
            int from = Math.min(stored.length, i * piece);
            int length = Math.min(piece, stored.length - from);
            byte[] listHere = i == 0 ? list : new byte[0];
            byte[] koly = koly(
                    0, from, stored, from, length, length, listHere.length, i + 1, (int) master.getValue(), sectors);
            ByteArrayOutputStream segment = new ByteArrayOutputStream();
            segment.write(stored, from, length);
            segment.write(listHere);
            segment.write(koly);
            if (i == 0) {
                segment.writeTo(out);
            } else {
                String name = file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
                Files.write(file.resolveSibling(String.format("%s.%03d.dmgpart", name, i + 1)), segment.toByteArray());
            }
        }
    }

    private static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    static byte[] pack(Codec codec, byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (codec) {
            case RAW -> out.write(plain);
            case ADC -> adc(plain, out);
            case ZLIB -> {
                Deflater deflater = new Deflater(6);
                deflater.setInput(plain);
                deflater.finish();
                byte[] piece = new byte[1 << 16];
                while (!deflater.finished()) {
                    out.write(piece, 0, deflater.deflate(piece));
                }
                deflater.end();
            }
            case BZIP2 -> {
                try (OutputStream bzip2 = new BZip2CompressorOutputStream(out)) {
                    bzip2.write(plain);
                }
            }
            case LZFSE -> lzvn(plain, out);
            case LZMA -> {
                try (OutputStream xz = new XZOutputStream(out, new LZMA2Options(3), XZ.CHECK_NONE)) {
                    xz.write(plain);
                }
            }
        }
        return out.toByteArray();
    }

    private static void adc(byte[] plain, ByteArrayOutputStream out) {
        Repeats.find(plain, 1 << 16, (from, to, match, distance) -> {
            for (int at = from; at < to; at += 128) {
                int n = Math.min(128, to - at);
                out.write(0x80 | (n - 1));
                out.write(plain, at, n);
            }
            int left = match;
            while (left > 0) {
                // What is left over must not be shorter than a match can be.
                int n = left <= 67 ? left : Math.min(67, left - 4);
                out.write(0x40 | (n - 4));
                out.write((distance - 1) >> 8);
                out.write(distance - 1);
                left -= n;
            }
        });
    }

    private static void lzvn(byte[] plain, ByteArrayOutputStream out) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        Repeats.find(plain, 0xffff, (from, to, match, distance) -> {
            for (int at = from; at < to; at += 271) {
                opcode(0xe0, Math.min(271, to - at), packed);
                packed.write(plain, at, Math.min(271, to - at));
            }
            if (match > 0) {
                int n = Math.min(10, match);
                packed.write((n - 3) << 3 | 7);
                packed.write(distance);
                packed.write(distance >> 8);
                for (int left = match - n; left > 0; left -= Math.min(271, left)) {
                    opcode(0xf0, Math.min(271, left), packed);
                }
            }
        });
        packed.writeBytes(new byte[] {6, 0, 0, 0, 0, 0, 0, 0});
        out.writeBytes(ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("bvxn".getBytes(StandardCharsets.US_ASCII))
                .putInt(plain.length)
                .putInt(packed.size())
                .array());
        out.writeBytes(packed.toByteArray());
        out.writeBytes("bvx$".getBytes(StandardCharsets.US_ASCII));
    }

    /** One for 1 to 271 bytes. */
    private static void opcode(int opcode, int length, ByteArrayOutputStream packed) {
        packed.write(length < 16 ? opcode | length : opcode);
        if (length >= 16) {
            packed.write(length - 16);
        }
    }

    private byte[] table(Partition partition, int number, List<Run> runs, int crc) {
        ByteBuffer b = ByteBuffer.allocate(204 + 40 * runs.size());
        b.put("mish".getBytes(StandardCharsets.US_ASCII)).putInt(1);
        b.putLong(partition.first()).putLong(partition.sectors()).putLong(0);
        b.putInt(runSectors + 8).putInt(number);
        b.position(64);
        b.putInt(2).putInt(32).putInt(crc);
        b.position(200);
        b.putInt(runs.size());
        for (Run run : runs) {
            b.putInt(run.type())
                    .putInt(0)
                    .putLong(run.start())
                    .putLong(run.sectors())
                    .putLong(run.offset())
                    .putLong(run.length());
        }
        return b.array();
    }

    private static byte[] xml(List<Partition> partitions, List<byte[]> tables) {
        StringBuilder xml = new StringBuilder(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
                <plist version="1.0"><dict><key>resource-fork</key><dict><key>blkx</key><array>
                """);
        for (int i = 0; i < tables.size(); i++) {
            xml.append("<dict><key>Attributes</key><string>0x0050</string><key>CFName</key><string>")
                    .append(partitions.get(i).name())
                    .append("</string><key>Data</key><data>\n")
                    .append(Base64.getMimeEncoder(52, new byte[] {'\n', '\t'}).encodeToString(tables.get(i)))
                    .append("\n</data><key>ID</key><string>")
                    .append(i)
                    .append("</string><key>Name</key><string>")
                    .append(partitions.get(i).name())
                    .append("</string></dict>\n");
        }
        return xml.append("</array></dict></dict></plist>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** A classic resource fork with 'blkx' resources. */
    private static byte[] fork(List<Partition> partitions, List<byte[]> tables) {
        int dataLength = tables.stream().mapToInt(t -> 4 + t.length).sum();
        int namesLength =
                partitions.stream().mapToInt(p -> 1 + p.name().length()).sum();
        int map = 256 + dataLength;
        int mapLength = 28 + 2 + 8 + 12 * tables.size() + namesLength;
        ByteBuffer b = ByteBuffer.allocate(map + mapLength);
        b.putInt(256).putInt(map).putInt(dataLength).putInt(mapLength);
        b.position(256);
        tables.forEach(table -> b.putInt(table.length).put(table));
        b.position(map + 24);
        b.putShort((short) 28).putShort((short) (28 + 2 + 8 + 12 * tables.size()));
        b.putShort((short) 0);
        b.put("blkx".getBytes(StandardCharsets.US_ASCII))
                .putShort((short) (tables.size() - 1))
                .putShort((short) 10);
        int name = 0;
        int content = 0;
        for (int i = 0; i < tables.size(); i++) {
            b.putShort((short) i).putShort((short) name).putInt(content).putInt(0);
            name += 1 + partitions.get(i).name().length();
            content += 4 + tables.get(i).length;
        }
        for (Partition partition : partitions) {
            b.put((byte) partition.name().length()).put(partition.name().getBytes(StandardCharsets.US_ASCII));
        }
        return b.array();
    }

    private byte[] koly(
            long dataOffset,
            long running,
            byte[] stored,
            int from,
            int length,
            long listOffset,
            long listLength,
            int segment,
            int master,
            long sectors) {
        CRC32 data = new CRC32();
        data.update(stored, from, length);
        ByteBuffer b = ByteBuffer.allocate(512);
        b.put("koly".getBytes(StandardCharsets.US_ASCII)).putInt(4).putInt(512).putInt(1);
        b.putLong(running).putLong(dataOffset).putLong(length);
        b.putLong(resourceFork ? listOffset : 0).putLong(resourceFork ? listLength : 0);
        b.putInt(segment).putInt(segments).put("sixteen bytes id".getBytes(StandardCharsets.US_ASCII));
        b.putInt(2).putInt(32).putInt((int) data.getValue());
        b.position(216);
        b.putLong(resourceFork ? 0 : listOffset).putLong(resourceFork ? 0 : listLength);
        b.position(352);
        b.putInt(2).putInt(32).putInt(master);
        b.position(488);
        b.putInt(1).putLong(sectors);
        return b.array();
    }
}
