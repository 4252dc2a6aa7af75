package liveroot.fs.hfsplus;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Attributes;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.ReadSink;
import liveroot.fs.squashfs.ArraySource;

/** An open volume, as programs would use it: by paths. */
final class TestTree implements AutoCloseable {

    final BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET);
    final HfsPlus tree;

    TestTree(byte[] volume) throws IOException {
        this(new ArraySource(volume));
    }

    TestTree(BlockSource source) throws IOException {
        try {
            tree = HfsPlus.open(source, cache);
        } catch (IOException | RuntimeException e) {
            cache.close();
            throw e;
        }
    }

    long id(String path) throws FsException {
        long id = FileTree.ROOT;
        for (String name : path.split("/", -1)) {
            id = name.isEmpty() ? id : tree.lookup(id, Name.of(name)).id();
        }
        return id;
    }

    Attributes stat(String path) throws FsException {
        return tree.getattr(id(path));
    }

    byte[] bytes(String path) throws FsException {
        return bytes(id(path), 100_001);
    }

    String text(String path) throws FsException {
        return new String(bytes(path), UTF_8);
    }

    byte[] bytes(long id, int step) throws FsException {
        long size = tree.getattr(id).size();
        Sink sink = new Sink((int) size);
        for (long at = 0; at < size; at += step) {
            tree.read(id, 0, at, step, sink);
        }
        return sink.bytes();
    }

    byte[] bytes(long id, long offset, int length) throws FsException {
        Sink sink = new Sink(length);
        tree.read(id, 0, offset, length, sink);
        return sink.bytes();
    }

    String xattr(String path, String name) throws FsException {
        return new String(tree.getxattr(id(path), Name.of(name)), UTF_8);
    }

    List<String> xattrs(String path) throws FsException {
        return tree.listxattr(id(path)).stream().map(Name::toString).toList();
    }

    /** Names in a folder but for the dots, a few at a time, in order. */
    List<String> names(String path) throws FsException {
        return new ArrayList<>(entries(id(path), 3).keySet());
    }

    /** Ids by name. */
    Map<String, Long> entries(long folder, int step) throws FsException {
        Map<String, Long> entries = new LinkedHashMap<>();
        long[] cookie = new long[1];
        for (boolean[] full = {true}; full[0]; ) {
            full[0] = false;
            int[] room = {step};
            tree.readdir(folder, cookie[0], (name, id, ino, type, next) -> {
                if (room[0]-- == 0) {
                    full[0] = true;
                    return false;
                }
                if (id != 0 && entries.put(name.toString(), id) != null) {
                    throw new AssertionError(name + " is listed twice");
                }
                cookie[0] = next;
                return true;
            });
        }
        return entries;
    }

    Node node(String path) throws FsException {
        return tree.reference(id(path));
    }

    /** What is done with each file and folder. */
    interface Visitor {
        void visit(String path, Node node) throws FsException, IOException;
    }

    /** Visits everything, "" first. */
    void walk(Visitor visitor) throws FsException, IOException {
        walk("", visitor);
    }

    private void walk(String path, Visitor visitor) throws FsException, IOException {
        Node node = node(path);
        visitor.visit(path, node);
        if (node.attributes().isDirectory()) {
            for (Map.Entry<String, Long> entry : entries(node.id(), 50).entrySet()) {
                String below = path.isEmpty() ? entry.getKey() : path + "/" + entry.getKey();
                if (id(below) != entry.getValue()) {
                    throw new AssertionError(below + " is listed with another id");
                }
                walk(below, visitor);
            }
        }
    }

    @Override
    public void close() throws IOException {
        tree.close();
        cache.close();
        if (cache.stats().used() > 0) {
            awaitRelease();
        }
    }

    /** Chunks that are being unpacked ahead end by themselves. */
    private void awaitRelease() throws IOException {
        while (cache.stats().used() > 0) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(cache.stats().used() + " bytes that were not released", e);
            }
        }
    }

    /** Collects what is read. */
    static final class Sink implements ReadSink {

        private final ByteBuffer memory;

        Sink(int room) {
            memory = ByteBuffer.allocateDirect(room);
        }

        @Override
        public void block(Block block, int offset, int length) {
            memory.put(block.slice(offset, length));
        }

        @Override
        public void zeros(int length) {
            memory.put(new byte[length]);
        }

        @Override
        public ByteBuffer space(int length) {
            ByteBuffer space = memory.slice(memory.position(), length);
            memory.position(memory.position() + length);
            return space;
        }

        void clear() {
            memory.clear();
        }

        byte[] bytes() {
            byte[] bytes = new byte[memory.position()];
            memory.get(0, bytes);
            return bytes;
        }
    }
}
