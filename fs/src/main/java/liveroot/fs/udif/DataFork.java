package liveroot.fs.udif;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.BlockSource;

/** The data fork of one file. Its name is the file's: messages speak of where in the data fork, which mostly begins at 0. */
record DataFork(BlockSource file, long start, long size) implements BlockSource {

    @Override
    public String name() {
        return file.name();
    }

    @Override
    public void read(long position, ByteBuffer dst) throws IOException {
        requireWithin(position, dst.remaining());
        file.read(start + position, dst);
    }

    @Override
    public void close() {}
}
