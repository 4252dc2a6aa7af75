package liveroot.overlay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.Block;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.ReadSink;

/** Speaks to a tree by paths and gives each lookup back when it is done, as a kernel does that caches nothing. */
final class Client {

    private static final int O_RDWR = 2;

    final FileTree tree;
    private final Caller caller;

    Client(FileTree tree) {
        this(tree, new Caller(0, 0, 1, 022));
    }

    Client(FileTree tree, Caller caller) {
        this.tree = tree;
        this.caller = caller;
    }

    /** The inode at a path, which stays looked up until {@link #forget}. */
    Node lookup(String path) throws FsException {
        long id = FileTree.ROOT;
        Node node = null;
        for (String name : path.split("/", -1)) {
            if (!name.isEmpty()) {
                Node child;
                try {
                    child = tree.lookup(id, Name.of(name));
                } finally {
                    forget(node);
                }
                node = child;
                id = node.id();
            }
        }
        return node == null ? new Node(id, tree.getattr(id)) : node;
    }

    void forget(Node node) {
        if (node != null && node.id() != FileTree.ROOT) {
            tree.forget(node.id(), 1);
        }
    }

    /** What is done with an inode. */
    interface Action<T> {
        T with(long id) throws FsException;
    }

    <T> T at(String path, Action<T> action) throws FsException {
        Node node = lookup(path);
        try {
            return action.with(node.id());
        } finally {
            forget(node);
        }
    }

    private interface NameAction<T> {
        T with(long parent, Name name) throws FsException;
    }

    private <T> T in(String path, NameAction<T> action) throws FsException {
        int slash = path.lastIndexOf('/');
        return at(
                path.substring(0, Math.max(slash, 0)),
                parent -> action.with(parent, Name.of(path.substring(slash + 1))));
    }

    Attributes stat(String path) throws FsException {
        Node node = lookup(path);
        forget(node);
        return tree.getattr(node.id());
    }

    void mkdir(String path) throws FsException {
        mkdir(path, 0777);
    }

    void mkdir(String path, int mode) throws FsException {
        forget(in(path, (parent, name) -> tree.mkdir(parent, name, mode, caller)));
    }

    void mknod(String path, int mode, int rdev) throws FsException {
        forget(in(path, (parent, name) -> tree.mknod(parent, name, mode, rdev, caller)));
    }

    void create(String path) throws FsException {
        mknod(path, liveroot.fs.Mode.S_IFREG | 0666, 0);
    }

    void symlink(String target, String path) throws FsException {
        forget(in(path, (parent, name) -> tree.symlink(parent, name, target.getBytes(UTF_8), caller)));
    }

    String readlink(String path) throws FsException {
        return new String(at(path, tree::readlink), UTF_8);
    }

    void link(String existing, String path) throws FsException {
        at(existing, id -> {
            forget(in(path, (parent, name) -> tree.link(id, parent, name)));
            return null;
        });
    }

    void unlink(String path) throws FsException {
        in(path, (parent, name) -> {
            tree.unlink(parent, name);
            return null;
        });
    }

    void rmdir(String path) throws FsException {
        in(path, (parent, name) -> {
            tree.rmdir(parent, name);
            return null;
        });
    }

    void rename(String from, String to) throws FsException {
        rename(from, to, 0);
    }

    void rename(String from, String to, int flags) throws FsException {
        in(
                from,
                (parent, name) -> in(to, (newParent, newName) -> {
                    tree.rename(parent, name, newParent, newName, flags);
                    return null;
                }));
    }

    Attributes setattr(String path, AttributeChange change) throws FsException {
        return at(path, id -> tree.setattr(id, 0, change, caller));
    }

    void chmod(String path, int mode) throws FsException {
        setattr(path, AttributeChange.ofMode(mode));
    }

    void truncate(String path, long size) throws FsException {
        setattr(path, AttributeChange.ofSize(size));
    }

    void write(String path, long offset, String text) throws FsException {
        write(path, offset, text.getBytes(UTF_8));
    }

    void write(String path, long offset, byte[] bytes) throws FsException {
        at(path, id -> {
            long handle = tree.open(id, O_RDWR, caller).handle();
            try {
                tree.write(id, handle, offset, direct(bytes), 0);
            } finally {
                tree.release(id, handle);
            }
            return null;
        });
    }

    void fallocate(String path, long offset, long length, int mode) throws FsException {
        at(path, id -> {
            tree.fallocate(id, 0, offset, length, mode);
            return null;
        });
    }

    long lseek(String path, long offset, int whence) throws FsException {
        return at(path, id -> tree.lseek(id, 0, offset, whence));
    }

    static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    byte[] read(String path, long offset, int length) throws FsException {
        return at(path, id -> read(id, offset, length));
    }

    byte[] read(long id, long offset, int length) throws FsException {
        Bytes bytes = new Bytes();
        tree.read(id, 0, offset, length, bytes);
        return bytes.all();
    }

    byte[] read(String path) throws FsException {
        return read(path, 0, (int) stat(path).size());
    }

    String text(String path) throws FsException {
        return new String(read(path), UTF_8);
    }

    void setxattr(String path, String name, String value) throws FsException {
        at(path, id -> {
            tree.setxattr(id, Name.of(name), value.getBytes(UTF_8), 0);
            return null;
        });
    }

    String getxattr(String path, String name) throws FsException {
        return new String(at(path, id -> tree.getxattr(id, Name.of(name))), UTF_8);
    }

    /** One entry of a listing. */
    record Entry(String name, long id, long ino, int type, long next) {}

    /** All entries, "." and ".." included, {@code atOnce} of them in a call. */
    List<Entry> entries(String path, int atOnce) throws FsException {
        return at(path, id -> {
            List<Entry> all = new ArrayList<>();
            long cookie = 0;
            for (; ; ) {
                List<Entry> some = entries(id, cookie, atOnce);
                if (some.isEmpty()) {
                    return all;
                }
                all.addAll(some);
                cookie = some.get(some.size() - 1).next();
            }
        });
    }

    List<Entry> entries(long id, long cookie, int atMost) throws FsException {
        List<Entry> some = new ArrayList<>();
        tree.readdir(id, cookie, (name, child, ino, type, next) -> {
            if (some.size() == atMost) {
                return false;
            }
            some.add(new Entry(name.toString(), child, ino, type, next));
            return true;
        });
        return some;
    }

    /** Names in order, without "." and "..". */
    List<String> names(String path) throws FsException {
        return entries(path, 1000).stream()
                .map(Entry::name)
                .filter(name -> !name.equals(".") && !name.equals(".."))
                .toList();
    }

    /** A sink that keeps what it gets. */
    static final class Bytes implements ReadSink {

        private final List<ByteBuffer> pieces = new ArrayList<>();

        @Override
        public void block(Block block, int offset, int length) {
            pieces.add(ByteBuffer.allocateDirect(length)
                    .put(block.slice(offset, length))
                    .flip());
        }

        @Override
        public void zeros(int length) {
            pieces.add(ByteBuffer.allocateDirect(length));
        }

        @Override
        public ByteBuffer space(int length) {
            ByteBuffer space = ByteBuffer.allocateDirect(length);
            pieces.add(space.duplicate());
            return space;
        }

        byte[] all() {
            byte[] all =
                    new byte[pieces.stream().mapToInt(ByteBuffer::remaining).sum()];
            int at = 0;
            for (ByteBuffer piece : pieces) {
                int length = piece.remaining();
                piece.get(all, at, length);
                at += length;
            }
            return all;
        }
    }
}
