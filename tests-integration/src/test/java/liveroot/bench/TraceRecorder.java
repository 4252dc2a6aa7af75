package liveroot.bench;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.Demands;
import liveroot.cache.FileSource;
import liveroot.fs.FileTree;
import liveroot.fs.ReadSink;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.fuse.kernel.KernelFront;
import liveroot.fs.image.Choice;
import liveroot.fs.image.Images;
import liveroot.fs.image.Neighbours;
import liveroot.fs.image.OpenedImage;

/**
 * Mounts an image read-only, says "mounted", and when it has been unmounted writes down every block that its cache was asked
 * for: {@code TraceRecorder IMAGE DIRECTORY TRACE}. A playlist's recorder keeps each block but once.
 */
public final class TraceRecorder implements Demands {

    private static final long BUDGET = 256L << 20;

    /** The last one of each thread: what it hands to the kernel next is of that block. */
    private static final ThreadLocal<Demand> LAST = new ThreadLocal<>();

    private final List<Demand> demands = new ArrayList<>();

    private static final class Demand {

        private final BlockTrace.Key key;
        private final int capacity;
        private volatile BlockTrace.Get given;

        private Demand(BlockTrace.Key key, int capacity) {
            this.key = key;
            this.capacity = capacity;
        }

        private BlockTrace.Get get() {
            BlockTrace.Get get = given;
            return get != null ? get : new BlockTrace.Get(key, capacity, 0, 0, 0);
        }
    }

    private TraceRecorder() {}

    public static void main(String[] args) throws Exception {
        Path image = Path.of(args[0]);
        TraceRecorder recorder = new TraceRecorder();
        try (BlockCache cache = new BlockCache(BUDGET);
                OpenedImage opened = Images.open(FileSource.open(image), cache, Choice.ANY, Neighbours.of(image))) {
            cache.observe(recorder);
            Mount mount = new KernelFront()
                    .mount(
                            recorder.watched(opened.trees().get(0)),
                            Path.of(args[1]),
                            new MountOptions("trace", true, false, false, false, false, 2));
            System.out.println("mounted");
            mount.awaitEnd();
            cache.observe(null);
        }
        recorder.trace().write(Path.of(args[2]));
    }

    @Override
    public void demanded(BlockCache.Region region, long position, int stored, int capacity) {
        Demand demand = new Demand(new BlockTrace.Key(region.name(), position), capacity);
        LAST.set(demand);
        synchronized (demands) {
            demands.add(demand);
        }
    }

    private BlockTrace trace() {
        synchronized (demands) {
            return new BlockTrace(demands.stream().map(Demand::get).toList());
        }
    }

    /** The tree, whose reads this one sees. */
    private FileTree watched(FileTree tree) {
        return (FileTree) Proxy.newProxyInstance(
                FileTree.class.getClassLoader(), new Class<?>[] {FileTree.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("read")) {
                        arguments[4] = new WatchedSink((ReadSink) arguments[4]);
                    }
                    try {
                        return method.invoke(tree, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static final class WatchedSink implements ReadSink {

        private final ReadSink sink;

        private WatchedSink(ReadSink sink) {
            this.sink = sink;
        }

        @Override
        public void block(Block block, int offset, int length) {
            Demand demand = LAST.get();
            demand.given = new BlockTrace.Get(demand.key, demand.capacity, block.length(), offset, length);
            sink.block(block, offset, length);
        }

        @Override
        public void zeros(int length) {
            sink.zeros(length);
        }

        @Override
        public ByteBuffer space(int length) {
            return sink.space(length);
        }
    }
}
