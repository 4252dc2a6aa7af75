package liveroot.fs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import liveroot.fs.squashfs.Collected;

/** Lists a tree that may be damaged, and reads everything: nothing but FsException may come, and EIO says where. */
public final class TreeWalk {

    private static final int MOST_ENTRIES = 2000;
    private static final int MOST_BYTES = 1 << 20;
    private static final int PIECE = 32 << 10;

    private static final ThreadLocal<Collected> SINK =
            ThreadLocal.withInitial(() -> new Collected(ByteBuffer.allocateDirect(MOST_BYTES)));

    /** Bytes of all files that are read from their beginnings: names may be many for the same file. */
    private static final long MOST_READ = 8 << 20;

    private final FileTree tree;
    private long left = MOST_READ;

    public TreeWalk(FileTree tree) {
        this.tree = tree;
    }

    /** All that the root leads to. */
    public void all() {
        Set<Long> seen = new HashSet<>();
        ArrayDeque<Long> todo = new ArrayDeque<>();
        todo.add(FileTree.ROOT);
        for (Long id; (id = todo.poll()) != null && seen.size() < MOST_ENTRIES; ) {
            long directory = id;
            inode(directory);
            attempt(() -> tree.readdir(directory, 0, (name, entry, ino, type, next) -> {
                if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT) && seen.add(entry)) {
                    todo.add(entry);
                    attempt(() -> tree.lookup(directory, name));
                }
                return seen.size() < MOST_ENTRIES;
            }));
        }
        attempt(tree::statfs);
    }

    /** What an id, of an inode or not, leads to. */
    public void inode(long id) {
        Attributes[] found = new Attributes[1];
        attempt(() -> found[0] = tree.reference(id).attributes());
        if (found[0] == null) {
            return;
        }
        attempt(() -> {
            for (Name name : tree.listxattr(id)) {
                tree.getxattr(id, name);
            }
        });
        attempt(() -> tree.readdir(id, 77, (name, entry, ino, type, next) -> true));
        attempt(() -> tree.lookup(id, Name.of("no such name")));
        if (found[0].isSymlink()) {
            attempt(() -> tree.readlink(id));
        }
        if (found[0].isRegular()) {
            long size = found[0].size();
            attempt(() -> tree.lseek(id, 0, 0, FileTree.SEEK_DATA));
            attempt(() -> tree.lseek(id, 0, 0, FileTree.SEEK_HOLE));
            for (long at = 0; at < Math.min(size, MOST_BYTES) && left > 0; at += PIECE) {
                left -= Math.min(PIECE, size - at);
                read(id, at, PIECE);
            }
            read(id, Math.max(0, size - 5000), MOST_BYTES);
        }
    }

    private void read(long id, long offset, int length) {
        Collected sink = SINK.get();
        sink.clear();
        attempt(() -> tree.read(id, 0, offset, length, sink));
    }

    private interface Operation {
        void run() throws FsException;
    }

    private static void attempt(Operation operation) {
        try {
            operation.run();
        } catch (FsException e) {
            if (e.errno() == Errno.EIO) {
                assertSaysWhere(e.getMessage());
            }
        }
    }

    static void assertSaysWhere(String message) {
        assertTrue(message.contains("at byte "), message);
        assertTrue(message.indexOf('\n') < 0, message);
    }
}
