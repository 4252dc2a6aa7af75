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
import liveroot.fs.BadImageException;
import liveroot.fs.Caller;
import liveroot.fs.Capacity;
import liveroot.fs.DirectorySink;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.ImageTree;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.Opened;
import liveroot.fs.PageCache;
import liveroot.fs.ReadSink;
import liveroot.fs.codec.Decoder;
import liveroot.fs.codec.Decoders;

/**
 * A SquashFS 4.0 image, read-only. Opening it reads the superblock and the root's inode; everything else is read when it
 * is asked for. Damage found later is EIO for the operation that met it, with the byte offset in the message.
 */
public final class SquashFs implements ImageTree {

    /** Bytes of heap for what is known of files that are read piece by piece. */
    private static final int FILES_WEIGHT = 4 << 20;

    private static final int O_ACCMODE = 3;

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
        return open(source, cache, ReadAhead.thread("read-ahead"));
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
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public Node lookup(long parent, Name name) throws FsException {
        if (name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        try {
            long reference = directories.find(directory(parent), name);
            if (reference < 0) {
                throw new FsException(Errno.ENOENT);
            }
            return node(reference);
        } catch (IOException e) {
            throw failed("lookup", parent, e);
        }
    }

    @Override
    public Node reference(long id) throws FsException {
        try {
            return node(ids.reference(id));
        } catch (IOException e) {
            throw failed("reference", id, e);
        }
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        try {
            return inode(id).attributes(xattrs);
        } catch (IOException e) {
            throw failed("getattr", id, e);
        }
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        try {
            Inode inode = inode(id);
            if (inode.type != Inode.SYMLINK) {
                throw new FsException(Errno.EINVAL);
            }
            try (Cursor in = new Cursor(metadata, inode.restPosition, inode.restOffset)) {
                return in.bytes((int) inode.size);
            }
        } catch (IOException e) {
            throw failed("readlink", id, e);
        }
    }

    @Override
    public Opened open(long id, int flags, Caller caller) throws FsException {
        if ((flags & O_ACCMODE) != 0) {
            throw new FsException(Errno.EROFS);
        }
        try {
            requireFile(inode(id));
            return new Opened(0, -1);
        } catch (IOException e) {
            throw failed("open", id, e);
        }
    }

    @Override
    public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        try {
            FileBlocks file = file(id);
            long size = file.inode.size;
            if (offset < 0 || length < 0) {
                throw new FsException(Errno.EINVAL);
            }
            if (offset >= size) {
                return;
            }
            int wanted = (int) Math.min(length, size - offset);
            if (wanted < size) {
                keep(id, file);
            }
            if (wanted > 0) {
                int blockSize = superblock.blockSize();
                readAhead.demanded(ids.reference(id), file, offset / blockSize, (offset + wanted - 1) / blockSize);
            }
            read(file, offset, wanted, sink);
        } catch (IOException e) {
            throw failed("read", id, e);
        }
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
    public long lseek(long id, long handle, long offset, int whence) throws FsException {
        if (whence != SEEK_DATA && whence != SEEK_HOLE) {
            throw new FsException(Errno.EINVAL);
        }
        try {
            FileBlocks file = file(id);
            long size = file.inode.size;
            if (offset < 0 || offset >= size) {
                throw new FsException(Errno.ENXIO);
            }
            int blockSize = superblock.blockSize();
            long index = offset / blockSize;
            try (Cursor words = new Cursor(metadata)) {
                if (index < file.count) {
                    file.locate(index, words);
                }
                for (; index < file.count; index++) {
                    if ((words.i32() == 0) == (whence == SEEK_HOLE)) {
                        return Math.max(offset, index * blockSize);
                    }
                }
            }
            // What is left is the end in a fragment, which is data, or nothing.
            if (whence == SEEK_HOLE) {
                return size;
            }
            if (index * blockSize >= size) {
                throw new FsException(Errno.ENXIO);
            }
            return Math.max(offset, index * blockSize);
        } catch (IOException e) {
            throw failed("lseek", id, e);
        }
    }

    @Override
    public void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        if (cookie < 0) {
            throw new FsException(Errno.EINVAL);
        }
        try {
            Inode directory = directory(id);
            long parent = id == ROOT ? root.number : directory.parent;
            directories.list(directory, id, parent, cookie, sink, ids);
        } catch (IOException e) {
            throw failed("readdir", id, e);
        }
    }

    @Override
    public byte[] getxattr(long id, Name name) throws FsException {
        try {
            Inode inode = inode(id);
            byte[] value = inode.xattrs == Inode.NONE ? null : xattrs.value(inode.xattrs, name);
            if (value == null) {
                throw new FsException(Errno.ENODATA);
            }
            return value;
        } catch (IOException e) {
            throw failed("getxattr", id, e);
        }
    }

    @Override
    public List<Name> listxattr(long id) throws FsException {
        try {
            Inode inode = inode(id);
            return inode.xattrs == Inode.NONE ? List.of() : xattrs.names(inode.xattrs);
        } catch (IOException e) {
            throw failed("listxattr", id, e);
        }
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
        readAhead.close();
        walker.shutdown();
        decoders.close();
        source.close();
    }

    private Node node(long reference) throws IOException {
        return new Node(ids.id(reference), readInode(reference).attributes(xattrs));
    }

    private Inode inode(long id) throws FsException, IOException {
        return id == ROOT ? root : readInode(ids.reference(id));
    }

    private Inode directory(long id) throws FsException, IOException {
        Inode inode = inode(id);
        if (inode.type != Inode.DIRECTORY) {
            throw new FsException(Errno.ENOTDIR);
        }
        return inode;
    }

    private static void requireFile(Inode inode) throws FsException {
        if (inode.type == Inode.DIRECTORY) {
            throw new FsException(Errno.EISDIR);
        }
        if (inode.type != Inode.FILE) {
            throw new FsException(Errno.EINVAL);
        }
    }

    private FileBlocks file(long id) throws FsException, IOException {
        Cache<Long, FileBlocks> kept = files;
        FileBlocks file = kept == null ? null : kept.getIfPresent(id);
        if (file == null) {
            Inode inode = inode(id);
            requireFile(inode);
            file = new FileBlocks(inode, superblock.blockSize());
        }
        return file;
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

    private FsException failed(String operation, long id, IOException cause) {
        return new FsException(Errno.EIO, operation + " of inode " + id + ": " + cause.getMessage(), cause);
    }
}
