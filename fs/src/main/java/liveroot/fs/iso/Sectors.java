package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;

/** Bytes of an image that are looked at, not handed out, by position, in pages that the block cache keeps. */
final class Sectors {

    /** Of a logical sector, in bytes (ECMA-119, 6.1.2): no directory record runs over its end. */
    static final int SIZE = 2048;

    private static final int PAGE = 2 * SIZE;

    private final BlockSource source;
    private final BlockCache.Region pages;

    Sectors(BlockSource source, BlockCache cache) {
        this.source = source;
        this.pages = cache.region();
    }

    BlockSource source() {
        return source;
    }

    BadImageException damage(long position, String fault) {
        return new BadImageException(source.name(), position, fault);
    }

    /** @throws BadImageException if there are no {@code length} bytes at {@code position} */
    void require(long position, long length, String what) throws BadImageException {
        if (position < 0 || length < 0 || position > source.size() - length) {
            throw damage(position, what + " of " + length + " bytes, outside of the image's " + source.size());
        }
    }

    /** A copy, little endian. */
    ByteBuffer bytes(long position, int length, String what) throws IOException {
        require(position, length, what);
        byte[] all = new byte[length];
        for (int done = 0; done < length; ) {
            long at = position + done;
            int within = (int) (at % PAGE);
            long page = at - within;
            int size = (int) Math.min(PAGE, source.size() - page);
            int n = Math.min(length - done, size - within);
            Block block = pages.get(page, size, memory -> {
                source.read(page, memory);
                return size;
            });
            try {
                block.memory().get(within, all, done, n);
            } finally {
                block.release();
            }
            done += n;
        }
        return ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    }
}
