package liveroot.fs.ext;

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
 * An ext2, ext3 or ext4 file system, read-only. Opening it reads the superblock, the root's inode and, if it was not
 * unmounted cleanly, the journal's descriptors; everything else is read when it is asked for. Damage found later is EIO
 * for the operation that met it, with the byte offset in the message.
 */
public final class Ext implements ImageTree {

    private static final int O_ACCMODE = 3;

    /** The longest symlink target (PATH_MAX of linux/limits.h). */
    private static final int LONGEST_TARGET = 4096;

    private final Volume volume;
    private final Superblock superblock;
    private final Journal.Replay replay;
    private final Inodes inodes;
    private final FileData data;
    private final Directory directories;

    private Ext(Volume volume, Journal.Replay replay) throws IOException {
        this.volume = volume;
        this.superblock = volume.superblock();
        this.replay = replay;
        inodes = new Inodes(volume);
        data = new FileData(volume);
        directories = new Directory(volume, data, inodes);
        Inode root = inodes.read(Inodes.ROOT);
        if (!root.isInUse() || !root.isDirectory()) {
            throw volume.damage(
                    root.block, root.offset, "the root's inode has the mode 0" + Integer.toOctalString(root.mode));
        }
    }

    /**
     * Opens an image.
     *
     * @param source of the file system alone; closed together with the tree, but left open if this fails
     * @param cache for blocks of metadata; stays the caller's
     * @throws BadImageException if superblock, journal or root are damaged, cut short, or of a kind that cannot be read
     * @throws IOException if the medium cannot be read
     */
    public static Ext open(BlockSource source, BlockCache cache) throws IOException {
        Superblock superblock = Superblock.read(source, cache);
        Volume volume = new Volume(source, cache, superblock, Overlay.NONE);
        if (!superblock.features().needsRecovery()) {
            return new Ext(volume, null);
        }
        Journal.Replay replay = replay(volume);
        Volume replayed = new Volume(source, cache, superblock, replay.overlay());
        return new Ext(new Volume(source, cache, superblock(replayed), replay.overlay()), replay);
    }

    private static Journal.Replay replay(Volume volume) throws IOException {
        Superblock superblock = volume.superblock();
        long number = superblock.journal();
        if (number == 0 || number > superblock.inodes()) {
            throw new BadImageException(
                    volume.source().name(),
                    Superblock.POSITION + 0xe0,
                    "the file system was not unmounted cleanly, and its journal is not in it; let e2fsck replay that");
        }
        Inode inode = new Inodes(volume).read(number);
        if (!inode.isInUse() || !Mode.isRegular(inode.mode) || inode.isInline()) {
            throw volume.damage(
                    inode.block, inode.offset, "inode " + number + " should be the journal, and is no file");
        }
        return Journal.replay(volume, inode);
    }

    /** The superblock as the journal may have it. */
    private static Superblock superblock(Volume replayed) throws IOException {
        long block = Superblock.POSITION / replayed.blockSize();
        int within = Superblock.POSITION % replayed.blockSize();
        try (MetadataBlock in = replayed.metadata(Volume.Kind.TABLE, block, Volume.UNCHECKED)) {
            return Superblock.parse(replayed.source(), in.memory().slice(within, Superblock.SIZE));
        }
    }

    @Override
    public String format() {
        return superblock.features().generation();
    }

    @Override
    public Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("format", format() + ", blocks of " + superblock.blockSize() + " bytes");
        facts.put(
                "size",
                superblock.blocks() * superblock.blockSize() + " bytes, in "
                        + volume.source().size());
        facts.put("label", superblock.label().isEmpty() ? "none" : superblock.label());
        facts.put("uuid", superblock.uuid().toString());
        facts.put("written", Instant.ofEpochSecond(superblock.written()).toString());
        facts.put("inodes", superblock.inodes() + " of " + superblock.inodeSize() + " bytes");
        facts.put("features", String.join(", ", superblock.features().names()));
        facts.put("journal", journal());
        return facts;
    }

    private String journal() {
        if (!superblock.features().hasJournal()) {
            return "none";
        }
        if (replay == null) {
            return "clean";
        }
        return replay.transactions() + " transactions replayed in memory, "
                + replay.overlay().count() + " blocks";
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
            if (number == 0) {
                throw new FsException(Errno.ENOENT);
            }
            return node(inodes.ofId(Inodes.id(number)));
        } catch (IOException e) {
            throw failed("lookup", parent, e);
        }
    }

    @Override
    public Node reference(long id) throws FsException {
        try {
            return node(inodes.ofId(id));
        } catch (IOException e) {
            throw failed("reference", id, e);
        }
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        try {
            return inodes.ofId(id).attributes();
        } catch (IOException e) {
            throw failed("getattr", id, e);
        }
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        try {
            Inode inode = inodes.ofId(id);
            if (!Mode.isSymlink(inode.mode)) {
                throw new FsException(Errno.EINVAL);
            }
            if (inode.size == 0 || inode.size > LONGEST_TARGET) {
                throw volume.damage(inode.block, inode.offset, "a symlink to " + inode.size + " bytes");
            }
            byte[] target = new byte[(int) inode.size];
            if (inode.isFastSymlink(superblock)) {
                inode.map().get(target);
                return target;
            }
            return data.bytes(inode, target.length);
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
            byte[] value = data.xattrs().value(inodes.ofId(id), name);
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
            return data.xattrs().names(inodes.ofId(id));
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
        volume.source().close();
    }

    private static Node node(Inode inode) {
        return new Node(Inodes.id(inode.number), inode.attributes());
    }

    private Inode directory(long id) throws FsException, IOException {
        Inode inode = inodes.ofId(id);
        if (!inode.isDirectory()) {
            throw new FsException(Errno.ENOTDIR);
        }
        return inode;
    }

    private Inode file(long id) throws FsException, IOException {
        Inode inode = inodes.ofId(id);
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
