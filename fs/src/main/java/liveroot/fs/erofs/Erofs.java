package liveroot.fs.erofs;

import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.Opened;
import liveroot.fs.ReadSink;

/**
 * An EROFS image, read-only. Opening it reads the superblock and the root's inode; everything else is read when it is
 * asked for. Damage found later is EIO for the operation that met it, with the byte offset in the message.
 */
public final class Erofs implements ImageTree {

    private static final int O_ACCMODE = 3;

    /** The longest symlink target (PATH_MAX of linux/limits.h). */
    private static final int LONGEST_TARGET = 4096;

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
        return "EROFS";
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
        facts.put("features", String.join(", ", superblock.featureNames()));
        return facts;
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
            long number = directories.find(directory(parent), name);
            if (number < 0) {
                throw new FsException(Errno.ENOENT);
            }
            return node(inode(id(number, superblock)));
        } catch (IOException e) {
            throw failed("lookup", parent, e);
        }
    }

    @Override
    public Node reference(long id) throws FsException {
        try {
            return node(inode(id));
        } catch (IOException e) {
            throw failed("reference", id, e);
        }
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        try {
            return inode(id).attributes();
        } catch (IOException e) {
            throw failed("getattr", id, e);
        }
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        try {
            Inode inode = inode(id);
            if (!Mode.isSymlink(inode.mode)) {
                throw new FsException(Errno.EINVAL);
            }
            if (inode.size == 0 || inode.size > LONGEST_TARGET) {
                throw metadata.damage(inode.position, "a symlink to " + inode.size + " bytes");
            }
            FileData.Run run = data.run(inode, 0);
            if (run.position() < 0 || run.length() < inode.size) {
                throw metadata.damage(inode.position, "a symlink whose target is in pieces");
            }
            return metadata.bytes(run.position(), (int) inode.size, "a symlink's target")
                    .array();
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
            file(id);
            return new Opened(0, -1);
        } catch (IOException e) {
            throw failed("open", id, e);
        }
    }

    @Override
    public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        try {
            Inode file = file(id);
            if (offset < 0 || length < 0) {
                throw new FsException(Errno.EINVAL);
            }
            if (offset < file.size) {
                data.read(file, offset, (int) Math.min(length, file.size - offset), sink);
            }
        } catch (IOException e) {
            throw failed("read", id, e);
        }
    }

    @Override
    public long lseek(long id, long handle, long offset, int whence) throws FsException {
        if (whence != SEEK_DATA && whence != SEEK_HOLE) {
            throw new FsException(Errno.EINVAL);
        }
        try {
            Inode file = file(id);
            if (offset < 0 || offset >= file.size) {
                throw new FsException(Errno.ENXIO);
            }
            long found = data.seek(file, offset, whence == SEEK_HOLE);
            if (found < 0 && whence == SEEK_DATA) {
                throw new FsException(Errno.ENXIO);
            }
            return found < 0 ? file.size : found;
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
            directories.list(directory(id), cookie, sink);
        } catch (IOException e) {
            throw failed("readdir", id, e);
        }
    }

    @Override
    public byte[] getxattr(long id, Name name) throws FsException {
        try {
            byte[] value = xattrs.value(inode(id), name);
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
            return xattrs.names(inode(id));
        } catch (IOException e) {
            throw failed("listxattr", id, e);
        }
    }

    @Override
    public Capacity statfs() {
        return new Capacity(superblock.blockSize(), superblock.blocks(), 0, 0, superblock.inodes(), 0);
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    /** The contract's id of inode {@code number}. */
    static long id(long number, Superblock superblock) {
        return number == superblock.root() ? ROOT : number + SHIFT;
    }

    private Inode inode(long id) throws IOException, FsException {
        if (id == ROOT) {
            return root;
        }
        long number = id - SHIFT;
        // The largest number keeps its place within 64 bits.
        if (number < 0 || number > superblock.end() / Inode.UNIT) {
            throw new FsException(Errno.ESTALE, "no inode has the id " + id);
        }
        return Inode.read(metadata, superblock, number);
    }

    private Node node(Inode inode) {
        return new Node(id(inode.number, superblock), inode.attributes());
    }

    private Inode directory(long id) throws FsException, IOException {
        Inode inode = inode(id);
        if (!inode.isDirectory()) {
            throw new FsException(Errno.ENOTDIR);
        }
        return inode;
    }

    private Inode file(long id) throws FsException, IOException {
        Inode inode = inode(id);
        if (inode.isDirectory()) {
            throw new FsException(Errno.EISDIR);
        }
        if (!Mode.isRegular(inode.mode)) {
            throw new FsException(Errno.EINVAL);
        }
        return inode;
    }

    private static FsException failed(String operation, long id, IOException cause) {
        return new FsException(Errno.EIO, operation + " of inode " + id + ": " + cause.getMessage(), cause);
    }
}
