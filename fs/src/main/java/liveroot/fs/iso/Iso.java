package liveroot.fs.iso;

import java.io.IOException;
import java.util.ArrayList;
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
 * An ISO 9660 image, read-only, as the Linux kernel shows it: with Rock Ridge's names and attributes; if there are none,
 * Joliet's names; else plain ones in lower case. Opening it reads the volume descriptors and the root's first record.
 * Damage found later is EIO for the operation that met it, with the byte offset in the message.
 */
public final class Iso implements ImageTree {

    private static final int O_ACCMODE = 3;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

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
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public Node lookup(long parent, Name name) throws FsException {
        if (name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        try {
            long id = directories.find(directory(parent), name);
            if (id == 0) {
                throw new FsException(Errno.ENOENT);
            }
            return new Node(id, inode(id).attributes(id));
        } catch (IOException e) {
            throw failed("lookup", parent, e);
        }
    }

    @Override
    public Node reference(long id) throws FsException {
        return new Node(id, getattr(id));
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        try {
            return inode(id).attributes(id);
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
            if (inode.size == 0) {
                throw volume.sectors().damage(inode.position, "a symlink without a target");
            }
            return inode.target();
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
            if (file.obstacle != null) {
                throw volume.sectors().damage(file.position, "a file that " + file.obstacle);
            }
            if (offset >= file.size) {
                return;
            }
            int wanted = (int) Math.min(length, file.size - offset);
            if (file.zisofs != null) {
                zisofs.read(file, offset, wanted, sink);
            } else {
                readStored(file, offset, wanted, sink);
            }
        } catch (IOException e) {
            throw failed("read", id, e);
        }
    }

    private void readStored(Inode file, long offset, int length, ReadSink sink) throws IOException {
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

    /** Of holes nothing is known. */
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
            return whence == SEEK_DATA ? offset : file.size;
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
        byte[] value = xattrs(id, "getxattr").get(name);
        if (value == null) {
            throw new FsException(Errno.ENODATA);
        }
        return value;
    }

    @Override
    public List<Name> listxattr(long id) throws FsException {
        return new ArrayList<>(xattrs(id, "listxattr").keySet());
    }

    private Map<Name, byte[]> xattrs(long id, String operation) throws FsException {
        try {
            Inode inode = inode(id);
            return Aaip.xattrs(inode.isDirectory() ? directories.aaip(inode) : inode.aaip(), inode.mode);
        } catch (IOException e) {
            throw failed(operation, id, e);
        }
    }

    @Override
    public Capacity statfs() {
        return new Capacity(volume.blockSize(), volume.blocks(), 0, 0, 0, 0);
    }

    @Override
    public void close() throws IOException {
        source.close();
    }

    private Inode inode(long id) throws FsException, IOException {
        long position = links.position(id);
        if (position < 0 || position >= source.size()) {
            throw new FsException(Errno.ESTALE, "no inode has the id " + id);
        }
        return Inode.read(volume, position);
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
