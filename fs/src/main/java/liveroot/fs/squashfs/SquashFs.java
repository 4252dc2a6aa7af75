package liveroot.fs.squashfs;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Attributes;
import liveroot.fs.Background;
import liveroot.fs.BadImageException;
import liveroot.fs.Capacity;
import liveroot.fs.DirectorySink;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.PageCache;
import liveroot.fs.ReadOnlyTree;
import liveroot.fs.ReadSink;
import liveroot.fs.codec.Decoder;
import liveroot.fs.codec.Decoders;

/**
 * A SquashFS 4.0 image, read-only. Opening it reads the superblock and the root's inode; everything else is read when it
 * is asked for. Damage found later is EIO for the operation that met it, with the byte offset in the message.
 */
public final class SquashFs extends ReadOnlyTree<Inode> {

    /** Bytes of heap for what is known of files that are read piece by piece. */
    private static final int FILES_WEIGHT = 4 << 20;

    private final BlockSource source;
    private final Superblock superblock;
    private final Decoders decoders;
    private final Metadata metadata;
    private final IdTable userIds;
    private final Directory directories;
    private final DataBlocks data;
    private final FragmentTable fragments;
    private final ExecutorService walker;
    private final ReadAhead readAhead;
    private final XattrTable xattrs;
    private final InodeIds ids;
    private final Inode root;

    /** Made when the first file is read piece by piece: its classes take a while to load. */
    private volatile Cache<Long, FileBlocks> files;

    private SquashFs(
            BlockSource source, BlockCache cache, Superblock superblock, Decoders decoders, ExecutorService walker)
            throws IOException {
        this.source = source;
        this.superblock = superblock;
        this.decoders = decoders;
        this.walker = walker;
        metadata = new Metadata(source, cache, decoders, superblock.bytesUsed());
        userIds = new IdTable(metadata, superblock);
        directories = new Directory(metadata, superblock);
        data = new DataBlocks(source, cache, decoders, superblock);
        fragments = new FragmentTable(metadata, superblock);
        ids = new InodeIds(superblock.root());
        readAhead = new ReadAhead(
                metadata,
                superblock,
                userIds,
                ids,
                data,
                fragments,
                cache.stats().budget(),
                walker);
        xattrs = XattrTable.open(source, cache, metadata, superblock);
        root = readInode(superblock.root());
        if (root.type != Inode.DIRECTORY) {
            throw new BadImageException(
                    source.name(),
                    superblock.inodeTable() + (superblock.root() >>> 16),
                    "the root's inode is of type " + root.type + ", not a directory");
        }
    }

    /**
     * Opens an image.
     *
     * @param source of the image alone; closed together with the tree, but left open if this fails
     * @param cache for unpacked blocks; stays the caller's
     * @throws BadImageException if superblock, tables or root are damaged, cut short or of another version
     * @throws IOException if the medium cannot be read
     */
    public static SquashFs open(BlockSource source, BlockCache cache) throws IOException {
        return open(source, cache, Background.thread("read-ahead"));
    }

    /** @param walker of {@link ReadAhead}; shut down together with the tree */
    static SquashFs open(BlockSource source, BlockCache cache, ExecutorService walker) throws IOException {
        Superblock superblock = Superblock.read(source, cache);
        Decoders decoders = decoders(superblock);
        try {
            return new SquashFs(source, cache, superblock, decoders, walker);
        } catch (IOException | RuntimeException | Error e) {
            decoders.close();
            throw e;
        }
    }

    private static Decoders decoders(Superblock superblock) {
        // A lambda would have to be linked at each start.
        return new Decoders(superblock.compressor().toString(), new Decoders.Maker() {
            @Override
            public Decoder decoder() {
                return superblock.compressor().decoder(superblock.blockSize());
            }
        });
    }

    /** Whether an image that begins with these four bytes, read as big endian, is SquashFS. */
    public static boolean isMagic(int firstFour) {
        return firstFour == Integer.reverseBytes(Superblock.MAGIC);
    }

    @Override
    public String format() {
        return description().words();
    }

    @Override
    public Map<String, String> facts() {
        return description().facts();
    }

    public Description description() {
        return new Description(
                "SquashFS 4.0",
                superblock.compressor(),
                superblock.blockSize(),
                superblock.inodes(),
                superblock.bytesUsed(),
                source.size(),
                superblock.made(),
                superblock.flags(),
                superblock.fragments(),
                superblock.ids(),
                xattrs.count(),
                superblock.exportTable() != Superblock.ABSENT);
    }

    @Override
    protected Inode inode(long id) throws FsException, IOException {
        if (id == ROOT) {
            return root;
        }
        Cache<Long, FileBlocks> kept = files;
        FileBlocks file = kept == null ? null : kept.getIfPresent(id);
        return file == null ? readInode(ids.reference(id)) : file.inode;
    }

    @Override
    protected int mode(long id, Inode inode) {
        return inode.mode;
    }

    @Override
    protected long size(long id, Inode file) {
        return file.size;
    }

    @Override
    protected Attributes attributes(long id, Inode inode) throws IOException {
        return inode.attributes(xattrs);
    }

    @Override
    protected Node find(long id, Inode directory, Name name) throws IOException {
        long reference = directories.find(directory, name);
        return reference < 0
                ? null
                : new Node(ids.id(reference), readInode(reference).attributes(xattrs));
    }

    @Override
    protected byte[] target(long id, Inode symlink) throws IOException {
        try (Cursor in = new Cursor(metadata, symlink.restPosition, symlink.restOffset)) {
            return in.bytes((int) symlink.size);
        }
    }

    @Override
    protected void read(long id, Inode inode, long offset, int length, ReadSink sink) throws IOException, FsException {
        FileBlocks file = blocks(id, inode);
        if (length < inode.size) {
            keep(id, file);
        }
        int blockSize = superblock.blockSize();
        readAhead.demanded(ids.reference(id), file, offset / blockSize, (offset + length - 1) / blockSize);
        read(file, offset, length, sink);
    }

    private void read(FileBlocks file, long offset, int length, ReadSink sink) throws IOException {
        int blockSize = superblock.blockSize();
        long size = file.inode.size;
        long index = offset / blockSize;
        int within = (int) (offset % blockSize);
        int left = length;
        if (index < file.count) {
            try (Cursor words = new Cursor(metadata)) {
                long position = file.locate(index, words);
                if (within + left > blockSize) {
                    prefetch(file, index, (offset + length - 1) / blockSize, position, words);
                }
                for (; left > 0 && index < file.count; index++) {
                    int word = words.i32();
                    int plain = (int) Math.min(blockSize, size - index * blockSize);
                    int n = Math.min(left, plain - within);
                    data.read(position, word, plain, within, n, sink);
                    position += DataBlocks.storedSize(word);
                    left -= n;
                    within = 0;
                }
            }
        }
        if (left > 0) {
            FragmentTable.Fragment fragment = file.fragment(fragments);
            data.readFragment(fragment.position(), fragment.word(), file.inode.offset + within, left, sink);
        }
    }

    /** Has all blocks from {@code first} to {@code last} but the first unpacked by others, while this thread unpacks that. */
    private void prefetch(FileBlocks file, long first, long last, long position, Cursor words) throws IOException {
        int blockSize = superblock.blockSize();
        long wordsPosition = words.position();
        int wordsOffset = words.offset();
        long at = position + DataBlocks.storedSize(words.i32());
        for (long i = first + 1; i <= last && i < file.count; i++) {
            int word = words.i32();
            data.prefetch(at, word, (int) Math.min(blockSize, file.inode.size - i * blockSize));
            at += DataBlocks.storedSize(word);
        }
        words.seek(wordsPosition, wordsOffset);
    }

    @Override
    protected long seek(long id, Inode inode, long offset, boolean hole) throws IOException {
        FileBlocks file = blocks(id, inode);
        int blockSize = superblock.blockSize();
        long index = offset / blockSize;
        try (Cursor words = new Cursor(metadata)) {
            if (index < file.count) {
                file.locate(index, words);
            }
            for (; index < file.count; index++) {
                if ((words.i32() == 0) == hole) {
                    return Math.max(offset, index * blockSize);
                }
            }
        }
        // What is left is the end in a fragment, which is data, or nothing.
        return hole ? -1 : Math.max(offset, index * blockSize);
    }

    @Override
    protected void list(long id, Inode directory, long cookie, DirectorySink sink) throws IOException {
        long parent = id == ROOT ? root.number : directory.parent;
        directories.list(directory, id, parent, cookie, sink, ids);
    }

    @Override
    protected byte[] xattr(long id, Inode inode, Name name) throws IOException {
        return inode.xattrs == Inode.NONE ? null : xattrs.value(inode.xattrs, name);
    }

    @Override
    protected List<Name> xattrs(long id, Inode inode) throws IOException {
        return inode.xattrs == Inode.NONE ? List.of() : xattrs.names(inode.xattrs);
    }

    @Override
    public void fill(PageCache pages) {
        readAhead.fill(pages);
    }

    @Override
    public Capacity statfs() {
        long blocks = (superblock.bytesUsed() - 1) / superblock.blockSize() + 1;
        return new Capacity(superblock.blockSize(), blocks, 0, 0, superblock.inodes(), 0);
    }

    @Override
    public void close() throws IOException {
        super.close();
        readAhead.close();
        // A walk under way holds blocks of the cache.
        Background.end(walker);
        decoders.close();
        source.close();
    }

    private FileBlocks blocks(long id, Inode inode) {
        Cache<Long, FileBlocks> kept = files;
        FileBlocks file = kept == null ? null : kept.getIfPresent(id);
        return file == null ? new FileBlocks(inode, superblock.blockSize()) : file;
    }

    private void keep(long id, FileBlocks file) {
        Cache<Long, FileBlocks> kept = files;
        if (kept == null) {
            synchronized (this) {
                kept = files;
                if (kept == null) {
                    kept = Caffeine.newBuilder()
                            .maximumWeight(FILES_WEIGHT)
                            .weigher((Long key, FileBlocks value) -> value.weight())
                            .executor(Runnable::run)
                            .build();
                    files = kept;
                }
            }
        }
        if (kept.getIfPresent(id) == null) {
            kept.put(id, file);
        }
    }

    private Inode readInode(long reference) throws IOException {
        long block = reference >>> 16;
        if (block >= superblock.directoryTable() - superblock.inodeTable()) {
            throw metadata.damage(
                    superblock.inodeTable(),
                    "an inode at " + block + " + " + (reference & 0xffff) + ", outside of the inode table that starts"
                            + " here and ends at " + superblock.directoryTable());
        }
        try (Cursor in = new Cursor(metadata, superblock.inodeTable() + block, (int) (reference & 0xffff))) {
            return Inode.read(in, userIds, superblock.blockSize());
        }
    }
}
