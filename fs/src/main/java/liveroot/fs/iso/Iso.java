package liveroot.fs.iso;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 * An ISO 9660 image, read-only, as the Linux kernel shows it: with Rock Ridge's names and attributes; if there are none,
 * Joliet's names; else plain ones in lower case. Opening it reads the volume descriptors and the root's first record.
 * Damage found later is EIO for the operation that met it, with the byte offset in the message.
 */
public final class Iso extends ReadOnlyTree<Inode> {

    private final BlockSource source;
    private final Volume volume;
    private final HardLinks links;
    private final Directory directories;
    private final Zisofs zisofs;

    private Iso(BlockSource source, BlockCache cache) throws IOException {
        this.source = source;
        volume = Volume.open(source, cache);
        links = new HardLinks(volume);
        directories = new Directory(volume, links);
        zisofs = new Zisofs(volume, cache);
    }

    /**
     * Opens an image.
     *
     * @param source of the image alone; closed together with the tree, but left open if this fails
     * @param cache for directories and unpacked blocks; stays the caller's
     * @throws BadImageException if descriptors or root are damaged, cut short, or of a kind that cannot be read
     * @throws IOException if the medium cannot be read
     */
    public static Iso open(BlockSource source, BlockCache cache) throws IOException {
        return new Iso(source, cache);
    }

    @Override
    public String format() {
        String label = volume.label().isEmpty() ? "" : " '" + volume.label() + "'";
        return "ISO 9660" + label + ", " + volume.names();
    }

    @Override
    public Map<String, String> facts() {
        return volume.facts();
    }

    @Override
    public String warning() {
        long said = volume.blocks() * volume.blockSize();
        return said <= source.size()
                ? null
                : "the image is cut short: it ends at byte " + source.size() + ", its volume at " + said
                        + "; what lies behind cannot be read (EIO)";
    }

    @Override
    protected Inode inode(long id) throws FsException, IOException {
        long position = links.position(id);
        if (position < 0 || position >= source.size()) {
            throw stale(id);
        }
        return Inode.read(volume, position);
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
        return inode.attributes(id);
    }

    @Override
    protected Node find(long id, Inode directory, Name name) throws FsException, IOException {
        long found = directories.find(directory, name);
        return found == 0 ? null : new Node(found, inode(found).attributes(found));
    }

    @Override
    protected byte[] target(long id, Inode symlink) throws IOException {
        if (symlink.size == 0) {
            throw volume.sectors().damage(symlink.position, "a symlink without a target");
        }
        return symlink.target();
    }

    @Override
    protected void read(long id, Inode file, long offset, int length, ReadSink sink) throws IOException {
        if (file.obstacle != null) {
            throw volume.sectors().damage(file.position, "a file that " + file.obstacle);
        }
        if (file.zisofs != null) {
            zisofs.read(file, offset, length, sink);
            return;
        }
        long at = offset;
        int left = length;
        while (left > 0) {
            int n = (int) Math.min(left, file.contiguous(at));
            long place = file.place(at);
            volume.sectors().require(place, n, "data of a file");
            source.read(place, sink.space(n));
            at += n;
            left -= n;
        }
    }

    @Override
    protected void list(long id, Inode directory, long cookie, DirectorySink sink) throws IOException {
        directories.list(directory, cookie, sink);
    }

    @Override
    protected byte[] xattr(long id, Inode inode, Name name) throws IOException {
        return xattrs(inode).get(name);
    }

    @Override
    protected List<Name> xattrs(long id, Inode inode) throws IOException {
        return new ArrayList<>(xattrs(inode).keySet());
    }

    private Map<Name, byte[]> xattrs(Inode inode) throws IOException {
        return Aaip.xattrs(inode.isDirectory() ? directories.aaip(inode) : inode.aaip(), inode.mode);
    }

    @Override
    public Capacity statfs() {
        return new Capacity(volume.blockSize(), volume.blocks(), 0, 0, 0, 0);
    }

    @Override
    public void close() throws IOException {
        super.close();
        source.close();
    }
}
