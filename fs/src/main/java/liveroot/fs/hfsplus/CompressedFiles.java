package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.fs.ReadSink;
import liveroot.fs.lzfse.Lzfse;

/**
 * Data of compressed files. In a resource fork they are chunks of 64 KiB, packed each by itself. zlib's have a table at 260
 * {count u32, offset from here u32 and length u32 of each}, little endian; the others' begins at 0, of offsets u32 from
 * there, the first of which is the table's own size and the last the end. Unpacked chunks are kept in the block cache.
 */
final class CompressedFiles implements AutoCloseable {

    private static final int ZLIB_TABLE = 260;
    private static final int TABLE_PIECE = 4096;
    /** The most bytes that a chunk takes, with all that a codec adds to what it cannot pack. */
    private static final int LARGEST_PACKED = 2 * Compression.CHUNK;

    private final Volume volume;
    private final AttributesFile attributes;
    private final BlockCache.Region chunks;
    private final BlockCache.Region tables;
    private final Inflaters inflaters = new Inflaters();

    CompressedFiles(Volume volume, AttributesFile attributes) {
        this.volume = volume;
        this.attributes = attributes;
        this.chunks = volume.cache().region();
        this.tables = volume.cache().region();
    }

    /**
     * A compressed file.
     *
     * @param resource its resource fork
     */
    record Packed(long cnid, Compression compression, Fork resource) {

        int chunkSize() {
            return compression.isInline() ? Compression.LARGEST_INLINE : Compression.CHUNK;
        }

        int plain(long chunk) {
            return (int) Math.min(chunkSize(), compression.size() - chunk * chunkSize());
        }

        /** Of a chunk in the cache; a file has less than 2^31. */
        long key(long chunk) {
            return cnid << 31 | chunk;
        }
    }

    /** Adds plain bytes that lie within the file to {@code sink}. */
    void read(Packed file, long offset, int length, ReadSink sink) throws IOException {
        check(file);
        long chunk = offset / file.chunkSize();
        long last = (offset + length - 1) / file.chunkSize();
        for (long ahead = chunk + 1; ahead <= last; ahead++) {
            chunks.prefetch(file.key(ahead), file.plain(ahead), new ChunkLoad(file, ahead));
        }
        int within = (int) (offset % file.chunkSize());
        for (int left = length; left > 0; chunk++) {
            int plain = file.plain(chunk);
            int n = Math.min(left, plain - within);
            Block block = chunks.get(file.key(chunk), plain, new ChunkLoad(file, chunk));
            try {
                sink.block(block, within, n);
            } finally {
                block.release();
            }
            left -= n;
            within = 0;
        }
    }

    private void check(Packed file) throws IOException {
        Compression compression = file.compression;
        long position = volume.header().position();
        if (compression.codec() == Compression.Codec.NONE) {
            throw volume.damage(
                    position,
                    file.resource.name() + ": compressed by type 0x" + Integer.toHexString(compression.type())
                            + ", which is not known; 1, 3, 4 and 7 to 12 are");
        }
        if (!compression.isInline() && file.resource.size() < 0) {
            throw volume.damage(position, file.resource.name() + ": a resource fork of more than 2^63 bytes");
        }
        if (compression.isInline() && compression.size() > Compression.LARGEST_INLINE) {
            throw volume.damage(
                    position,
                    file.resource.name() + ": " + compression.size() + " bytes packed into an attribute, at most "
                            + Compression.LARGEST_INLINE + " are unpacked");
        }
    }

    private final class ChunkLoad implements BlockCache.Loader {

        private final Packed file;
        private final long chunk;

        ChunkLoad(Packed file, long chunk) {
            this.file = file;
            this.chunk = chunk;
        }

        @Override
        public int load(ByteBuffer plain) throws IOException {
            return file.compression.isInline() ? loadInline(plain) : loadChunk(plain);
        }

        private int loadInline(ByteBuffer plain) throws IOException {
            Block value = attributes.value(file.cnid, Compression.ATTRIBUTE);
            if (value == null) {
                throw damage(volume.header().position(), "its attribute is gone");
            }
            try {
                int stored = value.length() - Compression.HEADER;
                return unpack(
                        value.slice(Compression.HEADER, stored),
                        plain,
                        volume.header().position());
            } finally {
                value.release();
            }
        }

        private int loadChunk(ByteBuffer plain) throws IOException {
            long from;
            long length;
            if (file.compression.codec() == Compression.Codec.ZLIB) {
                if (chunk >= word(ZLIB_TABLE)) {
                    throw damage(
                            volume.position(file.resource, ZLIB_TABLE), "it has only " + word(ZLIB_TABLE) + " chunks");
                }
                from = ZLIB_TABLE + word(ZLIB_TABLE + 4 + 8 * chunk);
                length = word(ZLIB_TABLE + 8 + 8 * chunk);
            } else {
                long table = word(0);
                if (4 * chunk + 4 > table) {
                    throw damage(volume.position(file.resource, 0), "it has a table of only " + table + " bytes");
                }
                from = word(4 * chunk);
                // A table may be padded with zeros, or end with its last chunk.
                long end = 4 * chunk + 8 > table ? 0 : word(4 * chunk + 4);
                length = (end == 0 ? file.resource.size() : end) - from;
            }
            if (length <= 0 || length > LARGEST_PACKED || from + length > file.resource.size()) {
                throw damage(
                        volume.header().position(),
                        length + " bytes at " + from + " of a resource fork of " + file.resource.size());
            }
            Block memory = volume.cache().take((int) length);
            try {
                volume.read(file.resource, from, memory.slice(0, (int) length));
                return unpack(memory.slice(0, (int) length), plain, volume.position(file.resource, from));
            } finally {
                memory.release();
            }
        }

        private int unpack(ByteBuffer packed, ByteBuffer plain, long position) throws IOException {
            int wanted = plain.remaining();
            try {
                unpack(packed, plain);
            } catch (IOException e) {
                throw damage(position, e.getMessage());
            }
            if (plain.hasRemaining()) {
                throw damage(position, "unpacks to " + plain.position() + " bytes, expected " + wanted);
            }
            return wanted;
        }

        private void unpack(ByteBuffer packed, ByteBuffer plain) throws IOException {
            Compression.Codec codec = file.compression.codec();
            boolean marked = packed.hasRemaining() && file.compression.isMarked(packed.get(0) & 0xff);
            if (marked || codec == Compression.Codec.STORED) {
                int from = marked ? 1 : 0;
                if (packed.limit() - from < plain.remaining()) {
                    throw new IOException(packed.limit() - from + " stored bytes, expected " + plain.remaining());
                }
                plain.put(packed.slice(from, plain.remaining()));
            } else if (codec == Compression.Codec.ZLIB) {
                inflaters.inflate(packed, plain);
            } else if (codec == Compression.Codec.LZFSE) {
                Lzfse.decode(packed, plain);
            } else {
                Lzfse.decodeLzvn(packed, plain);
            }
        }

        /** A little-endian word of the resource fork, by way of a piece of its table in the cache. */
        private long word(long offset) throws IOException {
            if (offset > file.resource.size() - 4) {
                throw damage(
                        volume.header().position(),
                        "its table goes on to " + offset + ", its resource fork only to " + file.resource.size());
            }
            long piece = offset / TABLE_PIECE;
            int length = (int) Math.min(TABLE_PIECE, file.resource.size() - piece * TABLE_PIECE);
            Block block = tables.get(file.key(piece), length, dst -> {
                volume.read(file.resource, piece * TABLE_PIECE, dst);
                return dst.position();
            });
            try {
                return block.slice((int) (offset % TABLE_PIECE), 4)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .getInt(0)
                        & 0xffffffffL;
            } finally {
                block.release();
            }
        }

        private IOException damage(long position, String fault) {
            return volume.damage(position, file.resource.name() + ": chunk " + chunk + ": " + fault);
        }
    }

    @Override
    public void close() {
        inflaters.close();
    }
}
