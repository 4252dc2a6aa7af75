package liveroot.overlay;

import java.time.Instant;
import liveroot.fs.Attributes;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.LongCounts;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;

/**
 * What a union holds: changed inodes, and how often each inode, changed or not, is looked up and open. Its monitor guards
 * all of that, and is to be held where a comment says so; no method here that asks the lower tree may be called with it.
 */
final class Upper {

    final Lower lower;
    final Quota quota;
    final Store store;
    final DataLocks dataLocks = new DataLocks();
    final Orphans orphans = new Orphans();

    private final InodeTable inodes = new InodeTable();
    /** Of unchanged inodes; a changed one has its own. */
    private final LongCounts lookups = new LongCounts();
    /** Changed inodes that are looked up. */
    private int changedLookedUp;

    private final LongCounts opens = new LongCounts();

    /** The file of which bytes are being stored in the kernel's page cache, 0 if there is none: {@link LowerPages}. */
    private long filled;

    private long nextNew = 1;

    Upper(Lower lower, Quota quota, Store store) {
        this.lower = lower;
        this.quota = quota;
        this.store = store;
    }

    Instant now() {
        return store.now();
    }

    /**
     * The changed inode of that id, null if it is a lower one that has not changed. Monitor held.
     *
     * @throws FsException ESTALE if there can be no such inode
     */
    Inode get(long id) throws FsException {
        Inode inode = inodes.get(id);
        if (inode == null && ((id & Lower.NEW) != 0 || !lower.exists())) {
            throw new FsException(Errno.ESTALE);
        }
        return inode;
    }

    /** Like {@link #get}, for a directory that still has a name. Monitor held. */
    Directory getDirectory(long id) throws FsException {
        Inode inode = get(id);
        if (inode == null) {
            return null;
        }
        if (!(inode instanceof Directory directory)) {
            throw new FsException(Errno.ENOTDIR);
        }
        if (directory.removed) {
            throw new FsException(Errno.ENOENT);
        }
        return directory;
    }

    InodeTable inodes() {
        return inodes;
    }

    /** Adds a changed inode that is not in the table yet. Monitor held. */
    void add(Inode inode) {
        inode.lookups = lookups.remove(inode.id);
        changedLookedUp += inode.lookups > 0 ? 1 : 0;
        inodes.add(inode);
    }

    /** Monitor held. */
    long newId() {
        return Lower.NEW | nextNew++;
    }

    /** Number of the inode that {@link #newId} gave an id. */
    static long inoOfNew(long id) {
        return Lower.FIRST_NEW_INO + (id & ~Lower.NEW) - 1;
    }

    /** A changed inode that is as the lower one is, not in the table yet. */
    Inode copyOf(long id, Attributes below) throws FsException {
        return switch (Mode.type(below.mode())) {
            case Mode.S_IFDIR -> new Directory(id, below, lower.lowerOf(id));
            case Mode.S_IFREG ->
                new RegularFile(
                        id,
                        below,
                        new Content(LowerRanges.of(below.size(), below.blocks()), store, quota, dataLocks.of(id)));
            case Mode.S_IFLNK -> new Symlink(id, below);
            case Mode.S_IFCHR, Mode.S_IFBLK -> new Device(id, below);
            default -> new Inode(id, below);
        };
    }

    /** A new regular file, not in the table yet. Monitor held. */
    RegularFile newFile(int mode, int uid, int gid, Instant now) {
        long id = newId();
        return new RegularFile(
                id, inoOfNew(id), mode, uid, gid, new Content(LowerRanges.NONE, store, quota, dataLocks.of(id)), now);
    }

    /** It has been read. Monitor held. */
    void accessed(Inode inode) {
        if (store.keepsAccessTimes()) {
            Instant now = now();
            if (inode.isAccessDue(now.getEpochSecond())) {
                inode.touchAtime(now);
            }
        }
    }

    // ---- names below

    /**
     * What the lower tree knows of a name, asked before the monitor is taken to use it.
     *
     * @param name as the union has it: the lower directory's own, if that takes the given one for it
     * @param parent attributes of the directory, null if it had changed already
     * @param child inode of that name, null if there is none there or if the changed directory settles the name
     */
    record Below(Name name, Attributes parent, Node child) {}

    static void requireName(Name name) throws FsException {
        if (name.length() > Name.MAX_LENGTH) {
            throw new FsException(Errno.ENAMETOOLONG);
        }
        if (!name.isFileName()) {
            throw new FsException(Errno.EINVAL);
        }
    }

    /** Asks the lower tree for a name, unless the changed directory settles it. */
    Below below(long parent, Name name) throws FsException {
        requireName(name);
        Directory directory;
        long lowerDirectory;
        synchronized (this) {
            directory = getDirectory(parent);
            if (directory == null) {
                lowerDirectory = lower.lowerOf(parent);
            } else if (directory.lower == 0 || directory.find(name) >= 0) {
                return new Below(name, null, null);
            } else {
                lowerDirectory = directory.lower;
            }
        }
        Attributes attributes = null;
        if (directory == null) {
            attributes = lower.getattr(parent);
            if (!attributes.isDirectory()) {
                throw new FsException(Errno.ENOTDIR);
            }
        }
        Node child = lower.lookup(lowerDirectory, name);
        return new Below(child == null ? name : lower.ownName(lowerDirectory, name), attributes, child);
    }

    /** Id of the inode that the name leads to, 0 if to none. Monitor held. */
    static long find(Directory directory, Below below) {
        if (directory != null) {
            int slot = directory.find(below.name);
            if (slot >= 0) {
                return directory.entries().child(slot);
            }
        }
        return below.child == null ? 0 : below.child.id();
    }

    /** Attributes of an inode that {@link #find} found. Monitor held. */
    Attributes attributesOf(long id, Below below) throws FsException {
        Inode inode = get(id);
        return inode != null ? inode.attributes() : below.child.attributes();
    }

    /** Counts a lookup of an inode. Monitor held. */
    Node lookedUp(long id, Attributes attributes) {
        Inode inode = inodes.get(id);
        if (inode == null) {
            lookups.increment(id);
        } else if (inode.lookups != Integer.MAX_VALUE) {
            changedLookedUp += inode.lookups++ == 0 ? 1 : 0;
        }
        return new Node(id, attributes);
    }

    // ---- counts

    /** Monitor held. Of an inode that is not new, {@link #awaitFill} goes before. */
    void opened(long id) {
        opens.increment(id);
    }

    /** Monitor held. */
    boolean isOpen(long id) {
        return opens.get(id) != 0;
    }

    /**
     * Begins to store bytes of a file in the kernel's page cache, if the file is as it is below and nobody has it open.
     *
     * @return false if not
     */
    synchronized boolean beginFill(long id) {
        if ((id & Lower.NEW) != 0 || inodes.get(id) != null || isOpen(id)) {
            return false;
        }
        filled = id;
        return true;
    }

    synchronized void endFill() {
        filled = 0;
        notifyAll();
    }

    /**
     * Waits until no bytes of a file are being stored in the kernel's page cache. Monitor held, but given up for that: what
     * it guards may have changed.
     */
    void awaitFill(long id) {
        boolean interrupted = false;
        while (filled == id) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the kernel knows the inode or has it open. Monitor held. */
    boolean isReferenced(long id) {
        Inode inode = inodes.get(id);
        return id == FileTree.ROOT || (inode == null ? lookups.get(id) : inode.lookups) != 0 || opens.get(id) != 0;
    }

    void forget(long id, long count) {
        Inode gone;
        synchronized (this) {
            Inode inode = inodes.get(id);
            if (inode == null) {
                lookups.decrement(id, count);
                return;
            }
            gone = forgotten(inode, count) ? dropIfUnused(inode) : null;
        }
        deleteOrphan(gone);
    }

    private boolean forgotten(Inode inode, long count) {
        if (inode.lookups == 0 || inode.lookups == Integer.MAX_VALUE) {
            return inode.lookups == 0;
        }
        inode.lookups = (int) Math.max(0, inode.lookups - Math.max(0, count));
        changedLookedUp -= inode.lookups == 0 ? 1 : 0;
        return inode.lookups == 0;
    }

    void released(long id) {
        Inode gone;
        synchronized (this) {
            gone = opens.decrement(id, 1) == 0 ? dropIfUnused(inodes.get(id)) : null;
        }
        deleteOrphan(gone);
    }

    /**
     * Takes an inode out of the table if no name, lookup or handle is left of it. Monitor held.
     *
     * @return the inode if so, for {@link #delete} once the monitor is released
     */
    Inode dropIfUnused(Inode inode) {
        if (inode == null || !inode.isUnlinked() || isReferenced(inode.id)) {
            return null;
        }
        inodes.remove(inode);
        quota.give(inode.bytes(), 1, 0);
        return inode;
    }

    /** Gives back the data of an inode that is in the table no more. */
    void delete(Inode gone) {
        if (gone instanceof RegularFile file) {
            var lock = dataLocks.of(file.id).writeLock();
            lock.lock();
            try {
                file.content.delete();
            } finally {
                lock.unlock();
            }
        }
        if (gone != null) {
            orphans.deleted();
        }
    }

    /** An inode has no name, or none any more, but the kernel knows it still. */
    synchronized void orphaned(Inode inode) {
        inode.look();
        orphans.add(bytes(inode));
    }

    /** Such an inode has gone, or got a name. */
    synchronized void isNoOrphan(Inode inode) {
        orphans.remove(bytes(inode));
    }

    private static long bytes(Inode inode) {
        return 512 * inode.blocks();
    }

    private void deleteOrphan(Inode gone) {
        delete(gone);
        if (gone != null) {
            isNoOrphan(gone);
        }
    }

    /** Before the kernel is given a file to write to, see {@link Orphans#await}. */
    void awaitOrphans() {
        if (store.hasDescriptors()) {
            orphans.await(quota::freeBytes);
        }
    }

    /** Inodes that are looked up or open. */
    synchronized int referenced() {
        return lookups.size() + changedLookedUp + opens.size();
    }
}
