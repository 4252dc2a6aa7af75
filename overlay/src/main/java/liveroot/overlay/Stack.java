package liveroot.overlay;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.Capacity;
import liveroot.fs.DirectorySink;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;
import liveroot.fs.Opened;
import liveroot.fs.PageCache;
import liveroot.fs.ReadSink;

/**
 * Read-only layers as one tree: of names that several have, the upper layer's is seen, and directories are merged. What
 * hides a name of the layers below, in the layer that says so:
 *
 * <ul>
 *   <li>as overlayfs has it (Documentation/filesystems/overlayfs.rst): a 0:0 character device of that name; for all of a
 *       directory's names its extended attribute trusted.overlay.opaque, or user.overlay.opaque, of the value "y";
 *   <li>as aufs has it (aufs.5): a file {@code .wh.NAME}; for all names a file {@code .wh..wh..opq} in the directory.
 * </ul>
 *
 * None of these is seen itself.
 *
 * <p><b>Ids.</b> An inode has its layer's id shifted by six bits, and the number of the layer there; a merged directory
 * has that of its uppermost one. Which directories a merged one is made of is kept for as long as the tree lives; it has
 * a link count of 1, as in overlayfs. All else is the layers' to answer.
 */
public final class Stack implements FileTree {

    /** The most layers. */
    public static final int MOST_LAYERS = 1 << 6;

    private static final int LAYER_BITS = 6;
    private static final long LARGEST_ID = Long.MAX_VALUE >> LAYER_BITS;

    /** Words of heap for directories that are merged: so many each, and one for each part. */
    private static final int MOST_MERGED = 1 << 24;

    private static final int WORDS = 16;

    /** Bytes of heap for the names of merged directories, which are kept for listings. */
    private static final int KEPT_NAMES = 12 << 20;

    private static final byte[] AUFS_PREFIX = ".wh.".getBytes(StandardCharsets.US_ASCII);
    private static final Name AUFS_OPAQUE = Name.of(".wh..wh..opq");
    private static final List<Name> OPAQUE = List.of(Name.of("trusted.overlay.opaque"), Name.of("user.overlay.opaque"));
    private static final List<byte[]> OWN_XATTRS = List.of(
            "trusted.overlay.".getBytes(StandardCharsets.US_ASCII),
            "user.overlay.".getBytes(StandardCharsets.US_ASCII));

    private final List<FileTree> layers;

    /** The directories that a directory is made of, the uppermost first, by ids of this tree. Those of one part are not in it. */
    private final Map<Long, long[]> merged = new ConcurrentHashMap<>();

    private final AtomicLong words = new AtomicLong();

    /** Of a directory, by the id of its uppermost part: the names that all its parts but the last have or hide. */
    private final Cache<Long, FirstParts> firstParts = Caffeine.newBuilder()
            .maximumWeight(KEPT_NAMES)
            .weigher((Long id, FirstParts names) -> names.bytes())
            .executor(Runnable::run)
            .build();

    /** @param layers read-only, the uppermost first; they stay the caller's to close */
    public Stack(List<? extends FileTree> layers) throws FsException {
        if (layers.isEmpty() || layers.size() > MOST_LAYERS) {
            throw new IllegalArgumentException(layers.size() + " layers");
        }
        this.layers = List.copyOf(layers);
        List<Long> roots = new ArrayList<>();
        for (int layer = 0; layer < layers.size(); layer++) {
            long id = layer == 0 ? ROOT : id(layer, ROOT);
            roots.add(id);
            if (layer < layers.size() - 1 && isOpaque(id)) {
                break;
            }
        }
        merge(roots);
    }

    // Ids: ROOT is that of the first layer's root, as no layer has an id of 0.

    private static long id(int layer, long inner) throws FsException {
        if (inner <= 0 || inner > LARGEST_ID) {
            throw new FsException(Errno.EOVERFLOW, "layer " + layer + " has an inode id of " + inner);
        }
        return layer == 0 && inner == ROOT ? ROOT : inner << LAYER_BITS | layer;
    }

    private int layer(long id) throws FsException {
        int layer = id == ROOT ? 0 : (int) (id & (MOST_LAYERS - 1));
        if (id <= 0 || layer >= layers.size()) {
            throw new FsException(Errno.ESTALE);
        }
        return layer;
    }

    private static long inner(long id) {
        return id == ROOT ? ROOT : id >>> LAYER_BITS;
    }

    private FileTree tree(long id) throws FsException {
        return layers.get(layer(id));
    }

    private long[] parts(long id) {
        long[] parts = merged.get(id);
        return parts == null ? new long[] {id} : parts;
    }

    private void merge(List<Long> parts) throws FsException {
        if (parts.size() > 1 && !merged.containsKey(parts.get(0))) {
            if (words.get() + WORDS + parts.size() > MOST_MERGED) {
                throw new FsException(Errno.ENOMEM, "too many directories are in several layers: " + merged.size());
            }
            long[] ids = parts.stream().mapToLong(Long::longValue).toArray();
            if (merged.putIfAbsent(ids[0], ids) == null) {
                words.addAndGet(WORDS + ids.length);
            }
        }
    }

    /** Numbers of different layers must not meet; a layer's numbers beyond 58 bits, which none has, might. */
    private long ino(int layer, long ino) {
        return ino << LAYER_BITS | layer;
    }

    private Attributes attributes(long id, Attributes a) throws FsException {
        return new Attributes(
                ino(layer(id), a.ino()),
                a.mode(),
                merged.containsKey(id) ? 1 : a.nlink(),
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

    // Whiteouts

    private static boolean isWhiteout(Attributes a) {
        return Mode.type(a.mode()) == Mode.S_IFCHR && a.rdev() == 0;
    }

    private static boolean isAufs(Name name) {
        byte[] bytes = name.bytes();
        return bytes.length > AUFS_PREFIX.length
                && Arrays.equals(bytes, 0, AUFS_PREFIX.length, AUFS_PREFIX, 0, AUFS_PREFIX.length);
    }

    private boolean isOpaque(long directory) throws FsException {
        FileTree tree = tree(directory);
        for (Name name : OPAQUE) {
            try {
                byte[] value = tree.getxattr(inner(directory), name);
                if (value.length == 1 && value[0] == 'y') {
                    return true;
                }
            } catch (FsException e) {
                unless(e, Errno.ENODATA, Errno.EOPNOTSUPP);
            }
        }
        return find(directory, AUFS_OPAQUE) != null;
    }

    private boolean isWhitedOutBelow(long directory, Name name) throws FsException {
        byte[] bytes = Arrays.copyOf(AUFS_PREFIX, AUFS_PREFIX.length + name.length());
        System.arraycopy(name.bytes(), 0, bytes, AUFS_PREFIX.length, name.length());
        return bytes.length <= Name.MAX_LENGTH && find(directory, Name.of(bytes)) != null;
    }

    /** @return null if there is no such name in that layer */
    private Node find(long directory, Name name) throws FsException {
        try {
            return tree(directory).lookup(inner(directory), name);
        } catch (FsException e) {
            unless(e, Errno.ENOENT);
            return null;
        }
    }

    private static void unless(FsException e, Errno... expected) throws FsException {
        if (!List.of(expected).contains(e.errno())) {
            throw e;
        }
    }

    // Names

    @Override
    public Node lookup(long parent, Name name) throws FsException {
        if (isAufs(name)) {
            throw new FsException(Errno.ENOENT);
        }
        long[] parts = parts(parent);
        Node first = null;
        List<Long> directories = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            boolean last = i == parts.length - 1;
            Node found = find(parts[i], name);
            if (found != null) {
                if (isWhiteout(found.attributes())) {
                    break;
                }
                boolean directory = found.attributes().isDirectory();
                first = first == null ? new Node(id(layer(parts[i]), found.id()), found.attributes()) : first;
                if (!directory) {
                    break;
                }
                long id = id(layer(parts[i]), found.id());
                directories.add(id);
                if (!last && isOpaque(id)) {
                    break;
                }
            }
            if (!last && isWhitedOutBelow(parts[i], name)) {
                break;
            }
        }
        if (first == null) {
            throw new FsException(Errno.ENOENT);
        }
        if (first.attributes().isDirectory()) {
            merge(directories);
        }
        return new Node(first.id(), attributes(first.id(), first.attributes()));
    }

    @Override
    public Name ownName(long parent, Name name) throws FsException {
        for (long part : parts(parent)) {
            if (find(part, name) != null) {
                return tree(part).ownName(inner(part), name);
            }
        }
        throw new FsException(Errno.ENOENT);
    }

    @Override
    public Node reference(long id) throws FsException {
        return new Node(id, attributes(id, tree(id).reference(inner(id)).attributes()));
    }

    /**
     * A merged directory's cookies are those of its parts, shifted by six bits, and the number of the part: its parts are
     * listed one after the other, each without the names that one above it has or hides.
     *
     * @throws FsException ENOMEM if the parts but the last have or hide more names than {@link FirstParts} takes
     */
    @Override
    public void readdir(long id, long cookie, DirectorySink sink) throws FsException {
        long[] parts = merged.get(id);
        if (parts == null) {
            readPart(id, cookie, sink::entry);
            return;
        }
        if (cookie < 0) {
            throw new FsException(Errno.EINVAL);
        }
        FirstParts known = firstParts.getIfPresent(id);
        if (known == null) {
            known = firstParts(parts);
            firstParts.put(id, known);
        }
        FirstParts first = known;
        long from = cookie >> LAYER_BITS;
        for (int part = (int) cookie & (MOST_LAYERS - 1); part < parts.length; part++) {
            boolean last = part == parts.length - 1;
            if (part > 0 && !last && !first.hasOwn(part)) {
                from = 0;
                continue;
            }
            int number = part;
            boolean[] full = {false};
            readPart(parts[part], from, (name, child, ino, type, next) -> {
                boolean dots = name.equals(Name.DOT) || name.equals(Name.DOT_DOT);
                if (dots ? number > 0 : first.of(name, number) < number) {
                    return true;
                }
                if (!last && !dots && type == Mode.S_IFDIR) {
                    // It may be followed by reference() of it, without a lookup.
                    lookup(id, name);
                }
                full[0] = !sink.entry(name, child, ino, type, next << LAYER_BITS | number);
                return !full[0];
            });
            if (full[0]) {
                return;
            }
            from = 0;
        }
    }

    private FirstParts firstParts(long[] parts) throws FsException {
        FirstParts first = new FirstParts(parts.length);
        for (int part = 0; part < parts.length - 1; part++) {
            int number = part;
            boolean[] full = {false};
            tree(parts[part]).readdir(inner(parts[part]), 0, (name, inner, ino, type, next) -> {
                // What a file of aufs hides in the parts below may be in its own.
                full[0] = !first.add(name.bytes(), isAufs(name) ? AUFS_PREFIX.length : 0, number);
                return !full[0];
            });
            if (full[0]) {
                throw new FsException(Errno.ENOMEM, "a directory that several layers have has too many names");
            }
        }
        return first;
    }

    /** Takes an entry, and may ask the layers meanwhile. */
    @FunctionalInterface
    private interface Listed {
        boolean entry(Name name, long id, long ino, int type, long next) throws FsException;
    }

    /** Lists a directory of one layer, without whiteouts. */
    private void readPart(long directory, long cookie, Listed sink) throws FsException {
        int layer = layer(directory);
        FileTree tree = tree(directory);
        FsException[] failure = {null};
        tree.readdir(inner(directory), cookie, (name, inner, ino, type, next) -> {
            try {
                if (isAufs(name) || (type == Mode.S_IFCHR && isWhiteout(tree.getattr(inner)))) {
                    return true;
                }
                return sink.entry(name, inner == 0 ? 0 : id(layer, inner), ino(layer, ino), type, next);
            } catch (FsException e) {
                failure[0] = e;
                return false;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
    }

    // What the layers answer

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public Attributes getattr(long id) throws FsException {
        return attributes(id, tree(id).getattr(inner(id)));
    }

    @Override
    public byte[] readlink(long id) throws FsException {
        return tree(id).readlink(inner(id));
    }

    @Override
    public Opened open(long id, int flags, Caller caller) throws FsException {
        return tree(id).open(inner(id), flags, caller);
    }

    @Override
    public void read(long id, long handle, long offset, int length, ReadSink sink) throws FsException {
        tree(id).read(inner(id), handle, offset, length, sink);
    }

    @Override
    public long lseek(long id, long handle, long offset, int whence) throws FsException {
        return tree(id).lseek(inner(id), handle, offset, whence);
    }

    @Override
    public byte[] getxattr(long id, Name name) throws FsException {
        if (isOwn(name)) {
            throw new FsException(Errno.ENODATA);
        }
        return tree(id).getxattr(inner(id), name);
    }

    @Override
    public List<Name> listxattr(long id) throws FsException {
        List<Name> names = new ArrayList<>(tree(id).listxattr(inner(id)));
        names.removeIf(Stack::isOwn);
        return names;
    }

    private static boolean isOwn(Name name) {
        for (byte[] prefix : OWN_XATTRS) {
            if (name.length() >= prefix.length
                    && Arrays.equals(name.bytes(), 0, prefix.length, prefix, 0, prefix.length)) {
                return true;
            }
        }
        return false;
    }

    /** Each layer fills it with what it has; what is hidden of that the kernel does not know, and refuses. */
    @Override
    public void fill(PageCache pages) {
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            layers.get(i).fill((inner, offset, bytes) -> {
                try {
                    return pages.store(id(layer, inner), offset, bytes);
                } catch (FsException e) {
                    // It has no id here.
                    return false;
                }
            });
        }
    }

    @Override
    public Capacity statfs() throws FsException {
        Capacity top = layers.get(0).statfs();
        long blocks = 0;
        long files = 0;
        for (FileTree layer : layers) {
            Capacity c = layer.statfs();
            blocks += (c.blocks() * c.blockSize() + top.blockSize() - 1) / top.blockSize();
            files += c.files();
        }
        return new Capacity(top.blockSize(), blocks, 0, 0, files, 0);
    }

    /** Leaves the layers open. */
    @Override
    public void close() {}
}
