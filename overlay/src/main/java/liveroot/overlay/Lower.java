package liveroot.overlay;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.PageCache;
import liveroot.fs.ReadSink;

/**
 * What lies below a union: a directory of a read-only tree, or nothing. Ids of the tree are ids of the union, except that
 * the directory itself is the union's root.
 *
 * <p>Inode numbers pass through too, as long as they leave the union room for numbers of its own: new inodes count from
 * {@link #FIRST_NEW_INO} on, so that 32-bit programs, whose stat fails with EOVERFLOW on larger numbers, can work in a
 * union. No image of a size seen in practice has numbers as high; where a lower tree does (a directory of an XFS host,
 * say) they get bit 62 set, so that no two inodes of a union ever share a number whatever the format below.
 *
 * <p>Immutable.
 */
final class Lower {

    /** New inodes have this bit in their id, lower ones have not: negative ids are new. */
    static final long NEW = 1L << 63;

    static final long FIRST_NEW_INO = 1L << 31;

    private static final long HIGH_INO = 1L << 62;

    private final FileTree tree;
    private final long directory;

    /** @param tree null for nothing */
    Lower(FileTree tree, long directory) throws FsException {
        this.tree = tree;
        this.directory = directory;
        if (tree == null) {
            return;
        }
        if (!tree.isReadOnly()) {
            throw new IllegalArgumentException("the lower tree of a union can change");
        }
        if (!tree.getattr(directory).isDirectory()) {
            throw new FsException(Errno.ENOTDIR);
        }
    }

    boolean exists() {
        return tree != null;
    }

    /** The lower tree's id of an inode of the union that is not new. */
    long lowerOf(long id) throws FsException {
        if (tree == null || (id & NEW) != 0) {
            throw new FsException(Errno.ESTALE);
        }
        return id == FileTree.ROOT ? directory : id;
    }

    /** The union's id of a lower inode. */
    long idOf(long lowerId) throws FsException {
        if (lowerId == directory) {
            return FileTree.ROOT;
        }
        if (lowerId == FileTree.ROOT || lowerId <= 0) {
            throw new FsException(
                    Errno.EIO, "the tree below directory " + directory + " leads to inode " + lowerId + " outside it");
        }
        return lowerId;
    }

    long inoOf(long lowerIno) {
        return Long.compareUnsigned(lowerIno, FIRST_NEW_INO) < 0 ? lowerIno : lowerIno | HIGH_INO;
    }

    private Attributes adapt(Attributes a) {
        long ino = inoOf(a.ino());
        return ino == a.ino()
                ? a
                : new Attributes(
                        ino,
                        a.mode(),
                        a.nlink(),
                        a.uid(),
                        a.gid(),
                        a.rdev(),
                        a.size(),
                        a.blocks(),
                        a.blockSize(),
                        a.atime(),
                        a.atimeNanos(),
                        a.mtime(),
                        a.mtimeNanos(),
                        a.ctime(),
                        a.ctimeNanos());
    }

    Attributes getattr(long id) throws FsException {
        return adapt(tree.getattr(lowerOf(id)));
    }

    /**
     * @param lowerDirectory by the lower tree's id
     * @return null if it has no such name
     */
    Node lookup(long lowerDirectory, Name name) throws FsException {
        try {
            Node node = tree.lookup(lowerDirectory, name);
            return new Node(idOf(node.id()), adapt(node.attributes()));
        } catch (FsException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    /** Hands over the page cache of the union's mount if it lies over all of the tree, which fills that of one mount. */
    void fill(PageCache pages) {
        if (tree != null && directory == FileTree.ROOT) {
            tree.fill(pages);
        }
    }

    /** The name of an entry that {@link #lookup} has found. */
    Name ownName(long lowerDirectory, Name name) throws FsException {
        return tree.ownName(lowerDirectory, name);
    }

    byte[] readlink(long id) throws FsException {
        return tree.readlink(lowerOf(id));
    }

    /** Whether a lower directory has more than {@code most} entries is all that matters beyond that number. */
    long countEntries(long lowerDirectory, long most) throws FsException {
        long[] count = {0};
        tree.readdir(lowerDirectory, 0, (name, id, ino, type, next) -> {
            if (!name.equals(Name.DOT) && !name.equals(Name.DOT_DOT)) {
                count[0]++;
            }
            return count[0] <= most;
        });
        return count[0];
    }

    FileTree tree() {
        return tree;
    }

    /** Makes sure that a file can be read. @throws FsException EISDIR, EINVAL if it is no regular file */
    void open(long id) throws FsException {
        tree.open(lowerOf(id), 0, Caller.ROOT);
    }

    void read(long id, long offset, int length, ReadSink sink) throws FsException {
        tree.read(lowerOf(id), 0, offset, length, sink);
    }

    /** Fills {@code dst} with bytes of a lower file, and with zeros behind its end. */
    void readFully(long id, long offset, ByteBuffer dst) throws FsException {
        BufferSink sink = new BufferSink(dst);
        tree.read(lowerOf(id), 0, offset, dst.remaining(), sink);
        sink.zeros(dst.remaining());
    }

    /** Like {@link #read}, but never fewer bytes: zeros where the lower file ends before its size says. */
    void readExactly(long id, long offset, int length, ReadSink sink) throws FsException {
        CountingSink counting = new CountingSink(sink);
        tree.read(lowerOf(id), 0, offset, length, counting);
        if (counting.count < length) {
            sink.zeros(length - counting.count);
        }
    }

    long lseek(long id, long offset, int whence) throws FsException {
        return tree.lseek(lowerOf(id), 0, offset, whence);
    }

    /** @throws FsException ENODATA, also where the format keeps no attributes at all */
    byte[] getxattr(long id, Name name) throws FsException {
        try {
            return tree.getxattr(lowerOf(id), name);
        } catch (FsException e) {
            throw e.errno() == Errno.EOPNOTSUPP ? new FsException(Errno.ENODATA) : e;
        }
    }

    /** Null if there is none of that name. */
    byte[] xattrOrNull(long id, Name name) throws FsException {
        try {
            return getxattr(id, name);
        } catch (FsException e) {
            if (e.errno() == Errno.ENODATA) {
                return null;
            }
            throw e;
        }
    }

    List<Name> listxattr(long id) throws FsException {
        try {
            return tree.listxattr(lowerOf(id));
        } catch (FsException e) {
            if (e.errno() == Errno.EOPNOTSUPP) {
                return List.of();
            }
            throw e;
        }
    }

    /** All of them, with their values. */
    Map<Name, byte[]> xattrs(long id) throws FsException {
        Map<Name, byte[]> all = new LinkedHashMap<>();
        for (Name name : listxattr(id)) {
            all.put(name, getxattr(id, name));
        }
        return all;
    }

    private record BufferSink(ByteBuffer dst) implements ReadSink {
        @Override
        public void block(Block block, int offset, int length) {
            dst.put(block.slice(offset, length));
        }

        @Override
        public void zeros(int length) {
            for (int i = 0; i < length; i++) {
                dst.put((byte) 0);
            }
        }

        @Override
        public ByteBuffer space(int length) {
            ByteBuffer space = dst.slice(dst.position(), length);
            dst.position(dst.position() + length);
            return space;
        }
    }

    private static final class CountingSink implements ReadSink {
        private final ReadSink sink;
        private int count;

        CountingSink(ReadSink sink) {
            this.sink = sink;
        }

        @Override
        public void block(Block block, int offset, int length) {
            count += length;
            sink.block(block, offset, length);
        }

        @Override
        public void zeros(int length) {
            count += length;
            sink.zeros(length);
        }

        @Override
        public ByteBuffer space(int length) {
            count += length;
            return sink.space(length);
        }
    }
}
