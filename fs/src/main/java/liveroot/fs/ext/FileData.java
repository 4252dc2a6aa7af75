package liveroot.fs.ext;

import java.io.IOException;
import liveroot.cache.Block;
import liveroot.fs.BufferSink;
import liveroot.fs.ReadSink;

/** The bytes of files: in blocks found by extents or pointers, or in the inode. */
final class FileData {

    private final Volume volume;
    private final ExtentTree extents;
    private final BlockMap pointers;
    private final Xattrs xattrs;

    FileData(Volume volume) {
        this.volume = volume;
        this.extents = new ExtentTree(volume);
        this.pointers = new BlockMap(volume);
        this.xattrs = new Xattrs(volume, this);
    }

    /** Those of the same inodes: values may be files, and small files values. */
    Xattrs xattrs() {
        return xattrs;
    }

    /** What the file has from block {@code logical} on: not more than {@code most} blocks need be told. */
    Run run(Inode inode, long logical, long most) throws IOException {
        return inode.hasExtents() ? extents.find(inode, logical) : pointers.find(inode, logical, most);
    }

    /** Hands {@code length} bytes, which the file has at {@code offset}, to {@code sink}. */
    void read(Inode inode, long offset, int length, ReadSink sink) throws IOException {
        if (inode.isInline()) {
            byte[] all = inline(inode);
            int n = (int) Math.max(0, Math.min(length, all.length - offset));
            if (n > 0) {
                sink.space(n).put(all, (int) offset, n);
            }
            sink.zeros(length - n);
            return;
        }
        int blockSize = volume.blockSize();
        long at = offset;
        int left = length;
        while (left > 0) {
            long within = at % blockSize;
            long blocks = (within + left + blockSize - 1) / blockSize;
            Run run = run(inode, at / blockSize, blocks);
            int n = run.count() >= blocks ? left : (int) Math.min(left, run.count() * blockSize - within);
            if (run.isHole()) {
                sink.zeros(n);
            } else {
                volume.read(run.block(), within, n, sink);
            }
            at += n;
            left -= n;
        }
    }

    /** What the inode holds of a small file or directory; what its size has more than that is zeros. */
    byte[] inline(Inode inode) throws IOException {
        byte[] rest = xattrs.inlineData(inode);
        int most = Inode.MAP_SIZE + rest.length;
        byte[] all = new byte[most];
        inode.map().get(0, all, 0, Inode.MAP_SIZE);
        System.arraycopy(rest, 0, all, Inode.MAP_SIZE, rest.length);
        return all;
    }

    /** The first {@code length} bytes of a file that has them. */
    byte[] bytes(Inode inode, int length) throws IOException {
        byte[] bytes = new byte[length];
        Block memory = volume.cache().take(Math.max(1, length));
        try {
            BufferSink sink = new BufferSink(memory.slice(0, length));
            read(inode, 0, length, sink);
            memory.slice(0, length).get(bytes);
        } finally {
            memory.release();
        }
        return bytes;
    }

    /**
     * The first byte from {@code offset} on that is in a hole, or that is not.
     *
     * @return -1 if there is none before the file's end
     */
    long seek(Inode inode, long offset, boolean hole) throws IOException {
        if (inode.isInline()) {
            return hole ? -1 : offset;
        }
        int blockSize = volume.blockSize();
        long end = (inode.size - 1) / blockSize + 1;
        long most = volume.superblock().blocks();
        long seen = 0;
        for (long logical = offset / blockSize; logical < end; ) {
            Run run = run(inode, logical, end - logical);
            if (run.isHole() == hole) {
                return Math.max(offset, logical * blockSize);
            }
            logical += Math.min(run.count(), end - logical);
            // A pointer that leads back to its own block makes a file of more blocks than there are.
            if (++seen > most) {
                throw volume.damage(
                        inode.block, inode.offset, "inode " + inode.number + " has more runs of blocks than there are");
            }
        }
        return -1;
    }
}
