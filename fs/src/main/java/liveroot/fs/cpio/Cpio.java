package liveroot.fs.cpio;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Attributes;
import liveroot.fs.BadImageException;
import liveroot.fs.Capacity;
import liveroot.fs.Checksum;
import liveroot.fs.DirectorySink;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.ReadOnlyTree;
import liveroot.fs.ReadSink;

/**
 * A cpio archive, or several behind each other, plain or packed, as a read-only tree. Opening it reads every header, and
 * unpacks what is packed, once, into RAM. An archive that is damaged or cut short is refused as a whole.
 */
public final class Cpio extends ReadOnlyTree<Inode> {

    private static final int BLOCK_SIZE = 4096;

    /** Cookies 1 and 2 are behind "." and "..". */
    private static final int FIRST_COOKIE = 2;

    private final BlockSource source;
    private final Archive archive;
    private final BlockCache cache;

    private Cpio(BlockSource source, Archive archive, BlockCache cache) {
        this.source = source;
        this.archive = archive;
        this.cache = cache;
    }

    /**
     * Opens an archive.
     *
     * @param source of the archive alone; closed together with the tree, but left open if this fails
     * @param cache whose budget bounds what packed members may unpack to: four times that; stays the caller's
     * @throws BadImageException if it is no archive, or damaged, cut short, or too large
     * @throws IOException if the medium cannot be read
     */
    public static Cpio open(BlockSource source, BlockCache cache) throws IOException {
        return new Cpio(source, Archive.read(source, cache), cache);
    }

    @Override
    public String format() {
        return "cpio, " + archive.members();
    }

    @Override
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", format());
        facts.put("size", source.size() + " bytes");
        facts.put("inodes", Integer.toString(archive.count()));
        if (archive.unpackedBytes() > 0) {
            facts.put("in RAM", archive.unpackedBytes() + " bytes, unpacked");
        }
        if (archive.leftOut() > 0) {
            facts.put(LEFT_OUT, archive.leftOut() + " files whose paths can have no place in a tree");
        }
        if (archive.ignored() > 0) {
            facts.put("ignored", archive.ignored() + " bytes behind the last archive");
        }
        if (archive.unread() > 0) {
            facts.put("not read", archive.unread() + " bytes, which come after " + Archive.MOST_ZEROS + " zeros");
        }
        return facts;
    }

    @Override
    public List<Checksum> checksums() {
        List<Inode> files = archive.summed();
        return files.isEmpty() ? List.of() : List.of(new Sums(files, cache));
    }

    @Override
    protected Inode inode(long id) throws FsException {
        Inode inode = archive.inode(id);
        if (inode == null) {
            throw stale(id);
        }
        return inode;
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
    protected Node find(long id, Inode directory, Name name) {
        Inode found = directory.entries.get(name);
        return found == null ? null : new Node(found.id, found.attributes());
    }

    @Override
    protected byte[] target(long id, Inode symlink) throws IOException {
        byte[] target = archive.target(symlink);
        if (target == null) {
            throw new BadImageException(
                    symlink.source.name(), symlink.position, "a symlink to " + symlink.size + " bytes");
        }
        return target;
    }

    @Override
    protected void read(long id, Inode file, long offset, int length, ReadSink sink) throws IOException {
        file.source.read(file.position + offset, sink.space(length));
    }

    @Override
    protected void list(long id, Inode directory, long cookie, DirectorySink sink) {
        if ((cookie == 0 && !sink.entry(Name.DOT, 0, id, Mode.S_IFDIR, 1))
                || (cookie <= 1 && !sink.entry(Name.DOT_DOT, 0, directory.parent.id, Mode.S_IFDIR, FIRST_COOKIE))) {
            return;
        }
        Name[] names = directory.sorted;
        for (long i = Math.max(0, cookie - FIRST_COOKIE); i < names.length; i++) {
            Name name = names[(int) i];
            Inode inode = directory.entries.get(name);
            if (!sink.entry(name, inode.id, inode.id, Mode.type(inode.mode), i + 1 + FIRST_COOKIE)) {
                return;
            }
        }
    }

    @Override
    public Capacity statfs() {
        long blocks = (source.size() + archive.unpackedBytes()) / BLOCK_SIZE;
        return new Capacity(BLOCK_SIZE, blocks, 0, 0, archive.count(), 0);
    }

    @Override
    public void close() throws IOException {
        super.close();
        archive.close();
        source.close();
    }
}
