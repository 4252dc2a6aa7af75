package liveroot.fs.cpio;

import java.io.IOException;
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
 * A cpio archive, or several behind each other, plain or packed, as a read-only tree. Opening it reads every header, and
 * unpacks what is packed, once, into RAM. An archive that is damaged or cut short is refused as a whole.
 */
public final class Cpio implements ImageTree {

    /** The longest symlink target (PATH_MAX of linux/limits.h). */
    static final int LONGEST_TARGET = 4096;

    private static final int O_ACCMODE = 3;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int BLOCK_SIZE = 4096;

    /** Cookies 1 and 2 are behind "." and "..". */
    private static final int FIRST_COOKIE = 2;

    private final BlockSource source;
    private final Archive archive;

    private Cpio(BlockSource source, Archive archive) {
        this.source = source;
        this.archive = archive;
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
        return new Cpio(source, Archive.read(source, cache));
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
            facts.put("left out", archive.leftOut() + " files whose paths can have no place in a tree");
        }
        if (archive.ignored() > 0) {
            facts.put("ignored", archive.ignored() + " bytes behind the last archive");
        }
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
        Inode found = directory(parent).entries.get(name);
        if (found == null) {
            throw new FsException(Errno.ENOENT);
        }
        return new Node(found.id, found.attributes());
    }

    @Override
    public Node reference(long id) throws FsException {
        return new Node(id, getattr(id));
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        return inode(id).attributes();
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        Inode inode = inode(id);
        if (!Mode.isSymlink(inode.mode)) {
            throw new FsException(Errno.EINVAL);
        }
        try {
            byte[] target = archive.target(inode);
            if (target == null) {
                throw new BadImageException(
                        inode.source.name(), inode.position, "a symlink to " + inode.size + " bytes");
            }
            return target;
        } catch (IOException e) {
            throw failed("readlink", id, e);
        }
    }

    @Override
    public Opened open(long id, int flags, Caller caller) throws FsException {
        if ((flags & O_ACCMODE) != 0) {
            throw new FsException(Errno.EROFS);
        }
        file(id);
        return new Opened(0, -1);
    }

    @Override
    public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        Inode file = file(id);
        if (offset < 0 || length < 0) {
            throw new FsException(Errno.EINVAL);
        }
        if (offset >= file.size || length == 0) {
            return;
        }
        int wanted = (int) Math.min(length, file.size - offset);
        try {
            file.source.read(file.position + offset, sink.space(wanted));
        } catch (IOException e) {
            throw failed("read", id, e);
        }
    }

    /** An archive has no holes. */
    @Override
    public long lseek(long id, long handle, long offset, int whence) throws FsException {
        if (whence != SEEK_DATA && whence != SEEK_HOLE) {
            throw new FsException(Errno.EINVAL);
        }
        Inode file = file(id);
        if (offset < 0 || offset >= file.size) {
            throw new FsException(Errno.ENXIO);
        }
        return whence == SEEK_DATA ? offset : file.size;
    }

    @Override
    public void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        Inode directory = directory(id);
        if (cookie < 0) {
            throw new FsException(Errno.EINVAL);
        }
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
    public byte[] getxattr(long id, Name name) throws FsException {
        inode(id);
        throw new FsException(Errno.ENODATA);
    }

    @Override
    public List<Name> listxattr(long id) throws FsException {
        inode(id);
        return List.of();
    }

    @Override
    public Capacity statfs() {
        long blocks = (source.size() + archive.unpackedBytes()) / BLOCK_SIZE;
        return new Capacity(BLOCK_SIZE, blocks, 0, 0, archive.count(), 0);
    }

    @Override
    public void close() throws IOException {
        archive.close();
        source.close();
    }

    private Inode inode(long id) throws FsException {
        Inode inode = archive.inode(id);
        if (inode == null) {
            throw new FsException(Errno.ESTALE, "no inode has the id " + id);
        }
        return inode;
    }

    private Inode directory(long id) throws FsException {
        Inode inode = inode(id);
        if (!inode.isDirectory()) {
            throw new FsException(Errno.ENOTDIR);
        }
        return inode;
    }

    private Inode file(long id) throws FsException {
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
