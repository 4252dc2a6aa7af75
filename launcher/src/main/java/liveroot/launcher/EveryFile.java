package liveroot.launcher;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import liveroot.cache.Block;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.ReadSink;

/**
 * Reads all that a tree holds, each file once whatever its names are many: so every block is unpacked, and every checksum
 * met that stands beside what it is of.
 */
final class EveryFile {

    private static final int PIECE = 1 << 20;
    private static final int LISTED = 1000;

    private final FileTree tree;
    private final PrintStream out;
    private final LongConsumer progress;
    private final Nowhere nowhere = new Nowhere();
    private final Set<Long> seen = new HashSet<>();
    private final ArrayDeque<Entry> ahead = new ArrayDeque<>();
    private long bytes;
    private int faults;

    /** @param path from the root, for people; "" for that itself */
    private record Entry(String path, long id) {}

    /** @param progress is told how many bytes more have been read */
    EveryFile(FileTree tree, PrintStream out, LongConsumer progress) {
        this.tree = tree;
        this.out = out;
        this.progress = progress;
    }

    /** Says what cannot be read, a line each. @return how many lines */
    int read() {
        seen.add(FileTree.ROOT);
        ahead.add(new Entry("", FileTree.ROOT));
        for (Entry entry; (entry = ahead.pollLast()) != null; ) {
            try {
                read(entry);
            } catch (FsException e) {
                faults++;
                String path = entry.path.isEmpty() ? "/" : entry.path;
                out.println("BAD   " + Name.printable(path) + ": " + e.getMessage());
            }
        }
        return faults;
    }

    /** Files, directories and others that were looked at. */
    int count() {
        return seen.size();
    }

    /** Of all regular files. */
    long bytes() {
        return bytes;
    }

    private void read(Entry entry) throws FsException {
        Attributes attributes = tree.getattr(entry.id);
        for (Name name : tree.listxattr(entry.id)) {
            tree.getxattr(entry.id, name);
        }
        if (attributes.isDirectory()) {
            list(entry);
        } else if (attributes.isSymlink()) {
            tree.readlink(entry.id);
        } else if (attributes.isRegular()) {
            for (long at = data(entry.id, 0); at >= 0 && at < attributes.size(); at = data(entry.id, at)) {
                nowhere.length = 0;
                tree.read(entry.id, 0, at, (int) Math.min(PIECE, attributes.size() - at), nowhere);
                if (nowhere.length == 0) {
                    throw new FsException(
                            Errno.EIO, "it ends at byte " + at + ", it is said to have " + attributes.size());
                }
                at += nowhere.length;
                bytes += nowhere.length;
                progress.accept(nowhere.length);
            }
        }
    }

    /** @return -1 if there are none but holes from {@code at} on */
    private long data(long id, long at) throws FsException {
        try {
            return tree.lseek(id, 0, at, FileTree.SEEK_DATA);
        } catch (FsException e) {
            if (e.errno() == Errno.ENXIO) {
                return -1;
            }
            throw e;
        }
    }

    private void list(Entry directory) throws FsException {
        long[] cookie = {0};
        boolean[] more = {true};
        while (more[0]) {
            more[0] = false;
            List<Entry> listed = new ArrayList<>();
            tree.readdir(directory.id, cookie[0], (name, id, ino, type, next) -> {
                if (listed.size() == LISTED) {
                    more[0] = true;
                    return false;
                }
                cookie[0] = next;
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                    listed.add(new Entry(directory.path + "/" + name, id));
                }
                return true;
            });
            for (Entry entry : listed) {
                if (seen.add(entry.id)) {
                    ahead.add(entry);
                }
            }
        }
    }

    private static final class Nowhere implements ReadSink {

        private final ByteBuffer memory = ByteBuffer.allocateDirect(PIECE);
        private int length;

        @Override
        public void block(Block block, int offset, int n) {
            length += n;
        }

        @Override
        public void zeros(int n) {
            length += n;
        }

        @Override
        public ByteBuffer space(int n) {
            length += n;
            return memory.slice(0, n);
        }
    }
}
