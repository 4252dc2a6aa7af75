package liveroot.fs.hfsplus;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.cache.SliceSource;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Capacity;
import liveroot.fs.DirectorySink;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.ReadOnlyTree;
import liveroot.fs.ReadSink;

/**
 * An HFS+ or HFSX volume, read-only. Opening it reads the volume header, the headers of its B-trees, its journal if that was
 * not written to its places, and the root; everything else is read when it is asked for. Damage found later is EIO for the
 * operation that met it, with the byte offset in the message.
 *
 * <p>Inode numbers are CNIDs. A directory's link count is 1, for "not counted", in volumes that do not count folders.
 */
public final class HfsPlus extends ReadOnlyTree<HfsPlus.File> {

    /** Files and folders whose records are kept decoded, at about 400 bytes each. */
    private static final int FILES = 4096;

    private final BlockSource source;
    private final Volume volume;
    private final boolean wrapped;
    private final boolean replayed;
    private final ExtentsOverflow overflow;
    private final Catalog catalog;
    private final AttributesFile attributesFile;
    private final IndirectNodes nodes;
    private final CompressedFiles compressedFiles;
    private final Xattrs xattrs;
    private final String name;
    private final Cache<Long, File> files;

    /**
     * A file or folder, not one of its links.
     *
     * @param links names, if it is an indirect node, else 0
     * @param compression null if it is not compressed
     */
    record File(Inode inode, long links, Compression compression) {

        long size() {
            if (inode.folder()) {
                return 0;
            }
            return compression != null
                    ? compression.size()
                    : Math.max(0, inode.data().size());
        }
    }

    private HfsPlus(BlockSource source, Volume volume, boolean wrapped, boolean replayed) throws IOException {
        this.source = source;
        this.volume = volume;
        this.wrapped = wrapped;
        this.replayed = replayed;
        overflow = new ExtentsOverflow(volume);
        catalog = new Catalog(volume, overflow);
        attributesFile = new AttributesFile(volume, overflow);
        nodes = new IndirectNodes(catalog);
        compressedFiles = new CompressedFiles(volume, attributesFile);
        xattrs = new Xattrs(volume, attributesFile);
        files = Caffeine.newBuilder().maximumSize(FILES).executor(Runnable::run).build();
        Catalog.Key root = catalog.thread(Catalog.ROOT);
        Catalog.Entry entry = root == null ? null : catalog.find(root.parent(), root.name());
        if (entry == null || !entry.inode().folder() || entry.inode().cnid() != Catalog.ROOT) {
            throw volume.damage(volume.header().position(), "the catalog has no root folder");
        }
        name = new String(UnitNames.toBytes(entry.name()), StandardCharsets.UTF_8);
    }

    /**
     * Opens a volume.
     *
     * @param source of the volume alone, or of the classic HFS volume around it; closed together with the tree, but left
     *     open if this fails
     * @param cache for nodes and unpacked data; stays the caller's
     * @throws BadImageException if volume header, B-tree headers, root or a journal that is needed are damaged or cut short
     * @throws IOException if the medium cannot be read
     */
    public static HfsPlus open(BlockSource source, BlockCache cache) throws IOException {
        HfsWrapper.Part part = HfsWrapper.embedded(source, cache);
        VolumeHeader header = VolumeHeader.read(part(source, part), cache);
        BlockSource current = Journal.replay(source, cache, part.start(), header);
        BlockSource bytes = part(current, part);
        if (current != source) {
            header = VolumeHeader.read(bytes, cache);
        }
        if (header.size() > bytes.size()) {
            throw new BadImageException(
                    bytes.name(),
                    bytes.size(),
                    "the image ends here, the volume has " + header.size() + " bytes; it was not copied to its end");
        }
        return new HfsPlus(source, new Volume(bytes, cache, header), part.start() != 0, current != source);
    }

    private static BlockSource part(BlockSource source, HfsWrapper.Part part) throws IOException {
        return part.start() == 0 ? source : new SliceSource(source, part.start(), part.size());
    }

    /** Whether an image that has these two bytes at 1024, read as big endian, is HFS+ or HFSX. */
    public static boolean isSignature(int signature) {
        return VolumeHeader.isSignature(signature);
    }

    @Override
    public String format() {
        VolumeHeader header = volume.header();
        return (header.extended() ? "HFSX" : "HFS+") + " '" + name + "'"
                + (header.isJournaled() ? ", journaled" : "")
                + (wrapped ? ", wrapped in HFS" : "");
    }

    @Override
    public Map<String, String> facts() {
        VolumeHeader header = volume.header();
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", format());
        facts.put(
                "size",
                header.size() + " bytes in blocks of " + header.blockSize() + ", "
                        + header.freeBlocks() * header.blockSize() + " free");
        facts.put("made", Instant.ofEpochSecond(Inode.unix(header.created())) + " (local time)");
        facts.put("changed", Instant.ofEpochSecond(Inode.unix(header.modified())) + ", by " + header.writer());
        facts.put("files", header.files() + ", and " + header.folders() + " folders");
        facts.put("names", catalog.isBinary() ? "case-sensitive" : "not case-sensitive");
        facts.put(
                "xattrs", header.xattrs().size() == 0 ? "none" : header.xattrs().size() + " bytes of attributes file");
        facts.put(
                "journal",
                replayed
                        ? "replayed in memory, it was not written to its places"
                        : header.isJournaled() ? "nothing to replay" : "none");
        facts.put("unmounted", header.isCleanlyUnmounted() ? "yes" : "no");
        return facts;
    }

    @Override
    protected File inode(long id) throws IOException, FsException {
        long cnid = ForkIds.cnid(id);
        File file = files.getIfPresent(cnid);
        if (file == null) {
            Catalog.Key key = catalog.thread(cnid);
            Catalog.Entry entry = key == null ? null : catalog.find(key.parent(), key.name());
            if (entry == null || entry.inode().cnid() != cnid) {
                throw stale(id);
            }
            if (entry.inode().isLink()) {
                target(entry.inode());
                throw new FsException(Errno.ESTALE, "no inode has the id " + id + ", but a link to one");
            }
            file = describe(entry.inode());
            files.put(cnid, file);
        }
        if (ForkIds.part(id) != ForkIds.FILE && !Mode.isRegular(file.inode.fullMode())) {
            throw stale(id);
        }
        return file;
    }

    @Override
    protected int mode(long id, File file) {
        int mode = file.inode.fullMode();
        int permissions = mode & 0777;
        return switch (ForkIds.part(id)) {
            case ForkIds.FILE -> mode;
            case ForkIds.FORKS -> Mode.S_IFDIR | permissions | ((permissions & 0444) >> 2);
            default -> Mode.S_IFREG | permissions;
        };
    }

    @Override
    protected long size(long id, File file) {
        return switch (ForkIds.part(id)) {
            case ForkIds.FORKS -> 0;
            case ForkIds.RESOURCE -> Math.max(0, file.inode.resource().size());
            default -> file.size();
        };
    }

    @Override
    protected Attributes attributes(long id, File file) throws IOException {
        Attributes a = attributes(file);
        int part = ForkIds.part(id);
        if (part == ForkIds.FILE) {
            return a;
        }
        return new Attributes(
                id,
                mode(id, file),
                1,
                a.uid(),
                a.gid(),
                0,
                size(id, file),
                part == ForkIds.FORKS ? 0 : a.blocks(),
                a.blockSize(),
                a.atime(),
                0,
                a.mtime(),
                0,
                a.ctime(),
                0);
    }

    /** A regular file, too, has an entry: its forks. */
    @Override
    public Node lookup(long parent, Name wanted) throws FsException {
        return wanted.equals(ForkIds.NAMED_FORK) && getattr(parent).isRegular()
                ? reference(ForkIds.id(ForkIds.cnid(parent), ForkIds.FORKS))
                : super.lookup(parent, wanted);
    }

    @Override
    protected Node find(long id, File directory, Name wanted) throws IOException, FsException {
        long cnid = directory.inode.cnid();
        if (ForkIds.part(id) == ForkIds.FORKS) {
            return fork(cnid, wanted);
        }
        Catalog.Entry entry = find(cnid, wanted);
        return entry == null ? null : node(entry.inode());
    }

    @Override
    public Name ownName(long parent, Name name) throws FsException {
        try {
            File directory = inode(parent);
            if (!directory.inode.folder() || ForkIds.part(parent) != ForkIds.FILE) {
                return name;
            }
            Catalog.Entry entry = find(directory.inode.cnid(), name);
            if (entry == null) {
                throw new FsException(Errno.ENOENT);
            }
            return UnitNames.shown(entry.name(), entry.inode().cnid());
        } catch (IOException e) {
            throw failed("lookup", parent, e);
        }
    }

    private Catalog.Entry find(long folder, Name wanted) throws IOException {
        for (String units : UnitNames.candidates(wanted)) {
            Catalog.Entry entry = catalog.find(folder, units);
            if (entry != null && !IndirectNodes.isHidden(entry)) {
                return entry;
            }
        }
        long cut = UnitNames.cutCnid(wanted);
        Catalog.Key key = cut < Catalog.ROOT ? null : catalog.thread(cut);
        if (key != null
                && key.parent() == folder
                && UnitNames.shown(key.name(), cut).equals(wanted)) {
            return catalog.find(folder, key.name());
        }
        return null;
    }

    private Node fork(long cnid, Name wanted) throws FsException {
        if (wanted.equals(ForkIds.RESOURCE_NAME)) {
            return reference(ForkIds.id(cnid, ForkIds.RESOURCE));
        }
        return wanted.equals(ForkIds.DATA_NAME) ? reference(ForkIds.id(cnid, ForkIds.DATA)) : null;
    }

    /** What a name in the catalog stands for. */
    private Node node(Inode named) throws IOException, FsException {
        Inode inode = named.isLink() ? target(named) : named;
        File file = describe(inode);
        files.put(inode.cnid(), file);
        return new Node(ForkIds.id(inode.cnid()), attributes(file));
    }

    private Inode target(Inode link) throws IOException {
        Inode target = nodes.target(link);
        if (target == null) {
            throw volume.damage(
                    volume.header().position(),
                    "file " + link.cnid() + " is a link to indirect node " + Integer.toUnsignedString(link.special())
                            + ", which is not there");
        }
        return target;
    }

    private File describe(Inode inode) throws IOException {
        long links = nodes.isNode(inode) ? Integer.toUnsignedLong(inode.special()) : 0;
        return new File(inode, links, inode.isFlaggedCompressed() ? compression(inode.cnid()) : null);
    }

    private Compression compression(long cnid) throws IOException {
        Block value = attributesFile.value(cnid, Compression.ATTRIBUTE);
        if (value == null) {
            return null;
        }
        try {
            return Compression.read(value.memory(), value.length());
        } catch (IOException e) {
            throw volume.damage(volume.header().position(), "file " + cnid + ": " + e.getMessage());
        } finally {
            value.release();
        }
    }

    private Attributes attributes(File file) throws IOException {
        int hidden = file.inode.cnid() == Catalog.ROOT && file.inode.folders() > 0 ? nodes.privateFolders() : 0;
        return file.inode.attributes(file.size(), file.links, hidden, volume.header());
    }

    @Override
    protected byte[] target(long id, File symlink) throws IOException {
        long size = symlink.inode.data().size();
        if (size < 0 || size > LONGEST_TARGET) {
            throw volume.damage(
                    volume.header().position(),
                    "a symlink's target of " + Long.toUnsignedString(size) + " bytes, expected at most "
                            + LONGEST_TARGET);
        }
        Block memory = volume.cache().take((int) size);
        try {
            volume.read(dataFork(symlink), 0, memory.slice(0, (int) size));
            byte[] target = new byte[(int) size];
            memory.memory().get(0, target);
            return target;
        } finally {
            memory.release();
        }
    }

    private Fork dataFork(File file) {
        long cnid = file.inode.cnid();
        return overflow.fork("file " + cnid, cnid, ExtentsOverflow.DATA, file.inode.data());
    }

    private Fork resourceFork(File file) {
        long cnid = file.inode.cnid();
        return overflow.fork("file " + cnid, cnid, ExtentsOverflow.RESOURCE, file.inode.resource());
    }

    @Override
    protected void read(long id, File file, long offset, int length, ReadSink sink) throws IOException {
        if (ForkIds.part(id) == ForkIds.RESOURCE) {
            volume.read(resourceFork(file), offset, length, sink);
        } else if (file.compression == null) {
            volume.read(dataFork(file), offset, length, sink);
        } else {
            compressedFiles.read(
                    new CompressedFiles.Packed(file.inode.cnid(), file.compression, resourceFork(file)),
                    offset,
                    length,
                    sink);
        }
    }

    @Override
    protected void list(long id, File file, long cookie, DirectorySink sink) throws IOException, FsException {
        boolean forks = ForkIds.part(id) == ForkIds.FORKS;
        long number = forks ? id : file.inode.cnid();
        long parent = forks ? file.inode.cnid() : file.inode.parent();
        if (number == Catalog.ROOT || (file.links > 0 && !forks)) {
            parent = Catalog.ROOT;
        }
        if ((cookie == 0 && !sink.entry(Name.DOT, 0, number, Mode.S_IFDIR, 1))
                || (cookie <= 1 && !sink.entry(Name.DOT_DOT, 0, parent, Mode.S_IFDIR, 2))) {
            return;
        }
        if (forks) {
            listForks(file.inode.cnid(), cookie, sink);
        } else {
            catalog.list(number, cookie <= 2 ? 0 : cookie, (entry, next) -> list(entry, next, sink));
        }
    }

    private static void listForks(long cnid, long cookie, DirectorySink sink) {
        long data = ForkIds.id(cnid, ForkIds.DATA);
        long resource = ForkIds.id(cnid, ForkIds.RESOURCE);
        if (cookie <= 2 && !sink.entry(ForkIds.DATA_NAME, data, data, Mode.S_IFREG, 3)) {
            return;
        }
        if (cookie <= 3) {
            sink.entry(ForkIds.RESOURCE_NAME, resource, resource, Mode.S_IFREG, 4);
        }
    }

    private boolean list(Catalog.Entry entry, long next, DirectorySink sink) throws IOException {
        if (IndirectNodes.isHidden(entry)) {
            return true;
        }
        Name shown = UnitNames.shown(entry.name(), entry.inode().cnid());
        if (!shown.isFileName()) {
            throw volume.damage(
                    volume.header().position(),
                    "entry " + entry.inode().cnid() + " of folder "
                            + entry.inode().parent() + " has the name \"" + shown + "\"");
        }
        Inode target = entry.inode().isLink() ? nodes.target(entry.inode()) : null;
        // A link to nothing is listed; looking at it says what is wrong.
        Inode inode = target == null ? entry.inode() : target;
        return sink.entry(shown, ForkIds.id(inode.cnid()), inode.cnid(), Mode.type(inode.fullMode()), next);
    }

    @Override
    protected byte[] xattr(long id, File file, Name wanted) throws IOException, FsException {
        return ForkIds.part(id) != ForkIds.FILE
                ? null
                : xattrs.value(
                        file.inode, file.compression != null, file.inode.folder() ? null : resourceFork(file), wanted);
    }

    @Override
    protected List<Name> xattrs(long id, File file) throws IOException {
        return ForkIds.part(id) != ForkIds.FILE ? List.of() : xattrs.names(file.inode, file.compression != null);
    }

    @Override
    public Capacity statfs() {
        VolumeHeader header = volume.header();
        return new Capacity(header.blockSize(), header.totalBlocks(), 0, 0, header.files() + header.folders(), 0);
    }

    @Override
    public void close() throws IOException {
        super.close();
        compressedFiles.close();
        source.close();
    }
}
