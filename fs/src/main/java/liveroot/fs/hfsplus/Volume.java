package liveroot.fs.hfsplus;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.ReadSink;

/** Allocation blocks of a volume, and the forks that are made of them. */
final class Volume {

    private final BlockSource source;
    private final BlockCache cache;
    private final VolumeHeader header;

    /** @param source of the volume alone, with what its journal holds */
    Volume(BlockSource source, BlockCache cache, VolumeHeader header) {
        this.source = source;
        this.cache = cache;
        this.header = header;
    }

    BlockCache cache() {
        return cache;
    }

    VolumeHeader header() {
        return header;
    }

    /** Where the block {@code index} of a fork lies, and how many follow it there. */
    private Extents.Run run(Fork fork, long index) throws IOException {
        Extents.Run run = fork.record().extents().run(0, index);
        if (run == null) {
            Fork.More more = fork.overflow().containing(index);
            run = more == null ? null : more.extents().run(more.first(), index);
        }
        if (run == null) {
            throw damage(
                    header.position(),
                    fork.name() + ": no extent has its block " + index + " of "
                            + fork.record().blocks());
        }
        if (run.block() + run.count() > header.totalBlocks()) {
            throw damage(
                    header.position(),
                    fork.name() + ": has blocks " + run.block() + " to " + (run.block() + run.count())
                            + ", the volume only " + header.totalBlocks());
        }
        return run;
    }

    /** Byte of the volume at which the byte {@code offset} of a fork lies. */
    long position(Fork fork, long offset) throws IOException {
        return run(fork, offset / header.blockSize()).block() * header.blockSize() + offset % header.blockSize();
    }

    /** Fills {@code dst} with bytes of a fork. */
    void read(Fork fork, long offset, ByteBuffer dst) throws IOException {
        check(fork, offset, dst.remaining());
        long at = offset;
        int end = dst.limit();
        while (dst.position() < end) {
            Extents.Run run = run(fork, at / header.blockSize());
            int n = (int) Math.min(end - dst.position(), bytes(run, at));
            dst.limit(dst.position() + n);
            read(position(run, at), dst);
            dst.limit(end);
            at += n;
        }
    }

    /** Adds bytes of a fork to {@code sink}. */
    void read(Fork fork, long offset, int length, ReadSink sink) throws IOException {
        check(fork, offset, length);
        long at = offset;
        for (int left = length; left > 0; ) {
            Extents.Run run = run(fork, at / header.blockSize());
            int n = (int) Math.min(left, bytes(run, at));
            long position = position(run, at);
            checkWithin(position, n);
            source.read(position, sink.space(n));
            at += n;
            left -= n;
        }
    }

    private long position(Extents.Run run, long at) {
        return run.block() * header.blockSize() + at % header.blockSize();
    }

    private long bytes(Extents.Run run, long at) {
        return run.count() * header.blockSize() - at % header.blockSize();
    }

    private void check(Fork fork, long offset, int length) throws BadImageException {
        long size = fork.record().size();
        if (offset < 0 || size < 0 || offset > size - length) {
            throw damage(
                    header.position(),
                    fork.name() + ": " + length + " bytes are expected at " + offset + ", it has "
                            + Long.toUnsignedString(size));
        }
    }

    /** Fills {@code dst} with bytes of the volume. */
    void read(long position, ByteBuffer dst) throws IOException {
        checkWithin(position, dst.remaining());
        source.read(position, dst);
    }

    private void checkWithin(long position, int length) throws BadImageException {
        if (position < 0 || position > source.size() - length) {
            throw damage(position, length + " bytes are expected here, the image ends at " + source.size());
        }
    }

    BadImageException damage(long position, String fault) {
        return new BadImageException(source.name(), position, fault);
    }
}
