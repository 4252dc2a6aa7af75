package liveroot.fs.erofs;

import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Capacity;
import liveroot.fs.DirectorySink;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.ReadOnlyTree;
import liveroot.fs.ReadSink;

/**
 * An EROFS image, read-only. Opening it reads the superblock and the root's inode; everything else is read when it is
 * asked for. Damage found later is EIO for the operation that met it, with the byte offset in the message.
 */
public final class Erofs extends ReadOnlyTree<Inode> {

    /** Between numbers of inodes, which may be 0, and ids. */
    private static final int SHIFT = 2;

    private final BlockSource source;
    private final Superblock superblock;
    private final Metadata metadata;
    private final FileData data;
    private final Directory directories;
    private final Xattrs xattrs;
    private final Inode root;

    private Erofs(BlockSource source, BlockCache cache, Superblock superblock) throws IOException {
        this.source = source;
        this.superblock = superblock;
        metadata = new Metadata(source, cache, superblock);
        data = new FileData(source, cache, superblock, metadata);
        directories = new Directory(metadata, data, superblock);
        xattrs = new Xattrs(metadata, superblock);
        root = Inode.read(metadata, superblock, superblock.root());
        if (!root.isDirectory()) {
            throw metadata.damage(root.position, "the root's inode has the mode 0" + Integer.toOctalString(root.mode));
        }
    }

    /**
     * Opens an image.
     *
     * @param source of the image alone; closed together with the tree, but left open if this fails
     * @param cache for metadata and unpacked extents; stays the caller's
     * @throws BadImageException if superblock or root are damaged, cut short, or of a kind that cannot be read
     * @throws IOException if the medium cannot be read
     */
    public static Erofs open(BlockSource source, BlockCache cache) throws IOException {
        return new Erofs(source, cache, Superblock.read(source, cache));
    }

    @Override
    public String format() {
        return superblock.windows().isEmpty() ? "EROFS" : "EROFS, " + algorithms();
    }

    private String algorithms() {
        return superblock.windows().keySet().stream().map(Algorithm::toString).collect(Collectors.joining(", "));
    }

    @Override
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", "EROFS, blocks of " + superblock.blockSize() + " bytes");
        facts.put("size", superblock.end() + " bytes, in " + source.size());
        facts.put("label", superblock.label().isEmpty() ? "none" : superblock.label());
        facts.put("uuid", superblock.uuid().toString());
        facts.put("built", Instant.ofEpochSecond(superblock.built()).toString());
        facts.put("inodes", Long.toUnsignedString(superblock.inodes()));
        facts.put("compression", superblock.windows().isEmpty() ? "none" : algorithms());
        facts.put("features", String.join(", ", superblock.featureNames()));
        return facts;
    }

    @Override
    protected Inode inode(long id) throws IOException, FsException {
        if (id == ROOT) {
            return root;
        }
        long number = id - SHIFT;
        // The largest number keeps its place within 64 bits.
        if (number < 0 || number > superblock.end() / Inode.UNIT) {
            throw stale(id);
        }
        return Inode.read(metadata, superblock, number);
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
    protected Attributes attributes(long id, Inode inode) {
        return inode.attributes();
    }

    @Override
    protected Node find(long id, Inode directory, Name name) throws FsException, IOException {
        long number = directories.find(directory, name);
        if (number < 0) {
            return null;
        }
        long found = id(number, superblock);
        return new Node(found, inode(found).attributes());
    }

    @Override
    protected byte[] target(long id, Inode symlink) throws IOException {
        if (symlink.size == 0 || symlink.size > LONGEST_TARGET) {
            throw metadata.damage(symlink.position, "a symlink to " + symlink.size + " bytes");
        }
        FileData.Run run = data.run(symlink, 0);
        if (run.position() < 0 || run.length() < symlink.size) {
            throw metadata.damage(symlink.position, "a symlink whose target is in pieces");
        }
        return metadata.bytes(run.position(), (int) symlink.size, "a symlink's target")
                .array();
    }

    @Override
    protected void read(long id, Inode file, long offset, int length, ReadSink sink) throws IOException {
        data.read(file, offset, length, sink);
    }

    @Override
    protected long seek(long id, Inode file, long offset, boolean hole) throws IOException {
        return data.seek(file, offset, hole);
    }

    @Override
    protected void list(long id, Inode directory, long cookie, DirectorySink sink) throws IOException {
        directories.list(directory, cookie, sink);
    }

    @Override
    protected byte[] xattr(long id, Inode inode, Name name) throws IOException {
        return xattrs.value(inode, name);
    }

    @Override
    protected List<Name> xattrs(long id, Inode inode) throws IOException {
        return xattrs.names(inode);
    }

    @Override
    public Capacity statfs() {
        return new Capacity(superblock.blockSize(), superblock.blocks(), 0, 0, superblock.inodes(), 0);
    }

    @Override
    public void close() throws IOException {
        super.close();
        data.close();
        source.close();
    }

    /** The contract's id of inode {@code number}. */
    static long id(long number, Superblock superblock) {
        return number == superblock.root() ? ROOT : number + SHIFT;
    }
}
