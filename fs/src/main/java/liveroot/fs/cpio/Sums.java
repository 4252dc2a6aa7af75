package liveroot.fs.cpio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.fs.BadImageException;
import liveroot.fs.Checksum;

/** The sums that archives of the form crc have of their files' bytes: one checksum, which is good if all are. */
record Sums(List<Inode> files, BlockCache cache) implements Checksum {

    private static final int PIECE = 64 << 10;

    @Override
    public String words() {
        return "files of a crc archive, sums of bytes";
    }

    @Override
    public long bytes() {
        return files.stream().mapToLong(file -> file.size).sum();
    }

    @Override
    public String expected() {
        return "all " + files.size();
    }

    @Override
    public String computed(LongConsumer progress) throws IOException {
        Block memory = cache.take(PIECE);
        try {
            for (Inode file : files) {
                int sum = 0;
                for (long at = 0; at < file.size; ) {
                    int n = (int) Math.min(PIECE, file.size - at);
                    ByteBuffer piece = memory.slice(0, n);
                    file.source.read(file.position + at, piece.duplicate());
                    for (int i = 0; i < n; i++) {
                        sum += piece.get(i) & 0xff;
                    }
                    at += n;
                    progress.accept(n);
                }
                if (sum != (int) file.sum) {
                    throw new BadImageException(
                            file.source.name(),
                            file.position,
                            "a file of " + file.size + " bytes whose sum is 0x" + Integer.toHexString(sum)
                                    + ", recorded is 0x" + Integer.toHexString((int) file.sum));
                }
            }
            return expected();
        } finally {
            memory.release();
        }
    }
}
