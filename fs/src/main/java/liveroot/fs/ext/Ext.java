package liveroot.fs.ext;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
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
 * An ext2, ext3 or ext4 file system, read-only. Opening it reads the superblock, the root's inode and, if it was not
 * unmounted cleanly, the journal's descriptors; everything else is read when it is asked for. Damage found later is EIO
 * for the operation that met it, with the byte offset in the message.
 */
public final class Ext extends ReadOnlyTree<Inode> {

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
        Superblock newest = superblock(replayed);
        if (!newest.geometry().equals(superblock.geometry())) {
            throw new BadImageException(
                    source.name(),
                    Superblock.POSITION,
                    "the journal has a superblock of another geometry: " + newest.geometry() + ", not "
                            + superblock.geometry());
        }
        return new Ext(new Volume(source, cache, newest, replay.overlay()), replay);
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

    @Override
    public List<liveroot.fs.Checksum> checksums() {
        List<liveroot.fs.Checksum> all = new ArrayList<>(new GroupChecksums(volume).all());
        if (replay != null) {
            all.addAll(replay.overlay().checksums(volume.source()));
        }
        return all;
    }

    private String journal() {
        if (!superblock.features().hasJournal()) {
            return "none";
        }
        if (replay == null) {
            return "clean";
        }
        int transactions = replay.transactions();
        int blocks = replay.overlay().count();
        return transactions + (transactions == 1 ? " transaction" : " transactions") + " replayed in memory, " + blocks
                + (blocks == 1 ? " block" : " blocks");
    }

    @Override
    protected Inode inode(long id) throws FsException, IOException {
        return inodes.ofId(id);
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

    /** Linux without the key lists names that it makes up, and opens nothing; here nothing is made up. */
    private static void requireNoKey(Inode inode) throws FsException {
        if (inode.isEncrypted()) {
            throw new FsException(
                    Errno.ENOKEY, "inode " + inode.number + " is encrypted, and liveroot has no keys (fscrypt)");
        }
    }

    @Override
    protected Node find(long id, Inode directory, Name name) throws FsException, IOException {
        requireNoKey(directory);
        long number = directories.find(directory, name);
        if (number == 0) {
            return null;
        }
        long found = Inodes.id(number);
        return new Node(found, inodes.ofId(found).attributes());
    }

    @Override
    protected byte[] target(long id, Inode symlink) throws FsException, IOException {
        requireNoKey(symlink);
        if (symlink.size == 0 || symlink.size > LONGEST_TARGET) {
            throw volume.damage(symlink.block, symlink.offset, "a symlink to " + symlink.size + " bytes");
        }
        byte[] target = new byte[(int) symlink.size];
        if (symlink.isFastSymlink(superblock)) {
            symlink.map().get(target);
            return target;
        }
        return data.bytes(symlink, target.length);
    }

    @Override
    protected void read(long id, Inode file, long offset, int length, ReadSink sink) throws FsException, IOException {
        requireNoKey(file);
        data.read(file, offset, length, sink);
    }

    @Override
    protected long seek(long id, Inode file, long offset, boolean hole) throws IOException {
        return data.seek(file, offset, hole);
    }

    @Override
    protected void list(long id, Inode directory, long cookie, DirectorySink sink) throws FsException, IOException {
        requireNoKey(directory);
        directories.list(directory, cookie, sink);
    }

    @Override
    protected byte[] xattr(long id, Inode inode, Name name) throws IOException {
        return data.xattrs().value(inode, name);
    }

    @Override
    protected List<Name> xattrs(long id, Inode inode) throws IOException {
        return data.xattrs().names(inode);
    }

    @Override
    public Capacity statfs() {
        return new Capacity(superblock.blockSize(), superblock.blocks(), 0, 0, superblock.inodes(), 0);
    }

    @Override
    public void close() throws IOException {
        super.close();
        volume.source().close();
    }
}
