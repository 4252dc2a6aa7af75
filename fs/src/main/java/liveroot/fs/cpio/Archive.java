package liveroot.fs.cpio;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.ReadOnlyTree;
import org.tukaani.xz.MemoryLimitException;

/**
 * The tree of an archive: its members one after the other, as the Linux kernel unpacks an initrd (init/initramfs.c). What
 * cannot have a place in a tree is left out and counted: a path with "..", one through a file, a name of over 255 bytes.
 */
final class Archive implements Closeable {

    /** Files and directories, some 300 bytes of heap each. */
    private static final int MOST_INODES = 1 << 18;

    /** Packed members may unpack to this many times the block cache's budget, together. */
    private static final int UNPACKED_PART = 4;

    /**
     * Zeros that are gone through for next members, all together. An initrd in a partition has zeros behind it up to the
     * partition's end, and whoever opens it would wait for all of them; between members there are some KiB at most.
     */
    static final int MOST_ZEROS = 64 << 20;

    private static final int MOST_LINKS_FOLLOWED = 40;
    private static final int BUFFER = 64 << 10;

    /** Read first where zeros may be: mostly there are few or none. */
    private static final int FEW = 512;

    private final BlockCache cache;
    private final List<Inode> inodes = new ArrayList<>();
    private final List<Unpacked> unpacked = new ArrayList<>();
    private final List<String> kinds = new ArrayList<>();
    private final long mostUnpacked;
    private long allUnpacked;
    private long leftOut;
    private long ignored;
    private long unread;
    private long zeros;

    /** Names of one file in the member that is gone through. */
    private final Map<Link, Inode> links = new HashMap<>();

    private record Link(long dev, long ino, int type) {}

    private Archive(BlockCache cache) {
        this.cache = cache;
        mostUnpacked = cache.stats().budget() * UNPACKED_PART;
        Inode root = Inode.implied(1);
        root.parent = root;
        root.names = 1;
        inodes.add(root);
    }

    static Archive read(BlockSource source, BlockCache cache) throws IOException {
        Archive archive = new Archive(cache);
        Block memory = cache.take(BUFFER);
        try {
            archive.members(source, memory.slice(0, BUFFER));
            archive.inodes.forEach(Inode::complete);
            return archive;
        } catch (IOException | RuntimeException | Error e) {
            archive.close();
            throw e;
        } finally {
            memory.release();
        }
    }

    /** Plain and packed members, with zeros between them. */
    private void members(BlockSource source, ByteBuffer buffer) throws IOException {
        for (long at = 0; (at = behindZeros(source, at, buffer)) <= source.size() - Header.MAGIC; ) {
            byte[] magic = Header.bytes(source, cache, at, Header.MAGIC, "a magic number");
            if (magic[0] == 0) {
                tooManyZeros(source, at);
                return;
            }
            Header.Form form = Header.form(ByteBuffer.wrap(magic));
            Packed codec = Packed.find(ByteBuffer.wrap(magic));
            if (form != null) {
                kinds.add(form.toString());
                at = plain(source, at);
            } else if (codec != null) {
                at = packed(codec, source, at, buffer);
            } else if (kinds.isEmpty()) {
                throw new BadImageException(source.name(), at, "no cpio archive, which begins with a magic number");
            } else {
                ignored += source.size() - at;
                return;
            }
        }
        if (kinds.isEmpty()) {
            throw new BadImageException(source.name(), 0, "no cpio archive, but " + source.size() + " bytes");
        }
    }

    private void tooManyZeros(BlockSource source, long at) throws BadImageException {
        if (kinds.isEmpty()) {
            throw new BadImageException(source.name(), 0, "no cpio archive, but " + MOST_ZEROS + " zeros at least");
        }
        unread += source.size() - at;
    }

    /** @return where something else begins, the end, or a zero if there are more than {@link #MOST_ZEROS} */
    private long behindZeros(BlockSource source, long from, ByteBuffer buffer) throws IOException {
        long end = Math.min(source.size(), from + MOST_ZEROS - zeros);
        long at = from;
        while (at < end) {
            int n = (int) Math.min(at == from ? FEW : BUFFER, end - at);
            source.read(at, buffer.clear().limit(n));
            int i = 0;
            while (i < n && buffer.get(i) == 0) {
                i++;
            }
            at += i;
            if (i < n) {
                break;
            }
        }
        zeros += at - from;
        return at;
    }

    /** @return where the member ends */
    private long plain(BlockSource source, long start) throws IOException {
        links.clear();
        long at = start;
        // An archive that was cut just behind a file has all its files.
        while (at <= source.size() - Header.MAGIC) {
            byte[] magic = Header.bytes(source, cache, at, Header.MAGIC, "a magic number");
            Header.Form form = Header.form(ByteBuffer.wrap(magic));
            if (form == null) {
                throw new BadImageException(source.name(), at, "no magic number of cpio, expected a header");
            }
            Header header = Header.read(source, cache, at, form);
            at = header.next();
            if (header.isTrailer()) {
                return at;
            }
            add(header, source);
        }
        return at;
    }

    private long packed(Packed codec, BlockSource source, long start, ByteBuffer buffer) throws IOException {
        Packed.Bytes in = new Packed.Bytes(source, start, buffer);
        Unpacked plain = new Unpacked(source.name() + ", unpacked (" + codec + ", from " + start + ")");
        unpacked.add(plain);
        try (InputStream stream = codec.plain(in)) {
            plain.fill(stream, Header.MAGIC);
            byte[] magic = new byte[(int) Math.min(Header.MAGIC, plain.size())];
            ByteBuffer first = ByteBuffer.wrap(magic);
            plain.read(0, first);
            if (magic.length < Header.MAGIC || Header.form(first.flip()) == null) {
                // Damage is only noticed at the end of a block, of 900,000 bytes at the most where they are long
                // (bzip2).
                plain.fill(stream, Math.min(1 << 20, mostUnpacked - allUnpacked));
                throw new BadImageException(
                        source.name(), start, "data packed by " + codec + " that is no cpio archive; unpack it first");
            }
            plain.fill(stream, mostUnpacked - allUnpacked);
            if (plain.size() == mostUnpacked - allUnpacked && stream.read(new byte[1], 0, 1) >= 0) {
                throw new BadImageException(
                        source.name(),
                        start,
                        "a packed archive that unpacks to more than " + mostUnpacked + " bytes, " + UNPACKED_PART
                                + " times the block cache: give that more (--cache), or unpack the archive first");
            }
        } catch (BadImageException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw new BadImageException(
                    source.name(),
                    start,
                    "no memory for what the archive unpacks to, " + plain.size() + " bytes so far");
        } catch (MemoryLimitException e) {
            throw new BadImageException(
                    source.name(),
                    start,
                    "data packed by " + codec + " that needs " + e.getMemoryNeeded()
                            + " KiB of memory to unpack; more than " + e.getMemoryLimit()
                            + " KiB is not given, pack it with a smaller dictionary");
        } catch (Packed.WindowTooLarge e) {
            throw new BadImageException(source.name(), start, "data packed by " + codec + " that " + e.getMessage());
        } catch (IOException | RuntimeException e) {
            throw in.damage("data packed by " + codec + " from byte " + start + " on is damaged: "
                    + String.valueOf(e.getMessage()).replace('\n', ' '));
        }
        allUnpacked += plain.size();
        kinds.add(codec + " of");
        // What a packed member holds is members again, but none that is packed.
        long at = 0;
        for (Block memory = cache.take(BUFFER); ; ) {
            try {
                ByteBuffer piece = memory.slice(0, BUFFER);
                while ((at = behindZeros(plain, at, piece)) <= plain.size() - Header.MAGIC) {
                    byte[] magic = Header.bytes(plain, cache, at, Header.MAGIC, "a magic number");
                    if (magic[0] == 0) {
                        tooManyZeros(plain, at);
                        break;
                    }
                    Header.Form form = Header.form(ByteBuffer.wrap(magic));
                    if (form == null) {
                        ignored += plain.size() - at;
                        break;
                    }
                    kinds.add(form.toString());
                    at = plain(plain, at);
                }
                return in.position();
            } finally {
                memory.release();
            }
        }
    }

    private void add(Header header, BlockSource source) throws IOException {
        List<Name> path = path(header.path().bytes());
        int type = Mode.type(header.mode());
        boolean isDirectory = type == Mode.S_IFDIR;
        if (path == null || !isKnown(type)) {
            leftOut++;
            return;
        }
        if (path.isEmpty()) {
            if (isDirectory) {
                inodes.get(0).describe(header);
            } else {
                leftOut++;
            }
            return;
        }
        Inode parent = directory(path.subList(0, path.size() - 1), source, header.data());
        if (parent == null) {
            leftOut++;
            return;
        }
        Name name = path.get(path.size() - 1);
        Inode old = parent.entries.get(name);
        if (old != null && old.isDirectory()) {
            if (isDirectory) {
                old.describe(header);
                return;
            }
            if (!old.entries.isEmpty()) {
                leftOut++;
                return;
            }
        }
        Link link = header.nlink() > 1 && !isDirectory ? new Link(header.dev(), header.ino(), type) : null;
        Inode inode = link == null ? null : links.get(link);
        if (inode == null) {
            if (type == Mode.S_IFREG && old != null && Mode.type(old.mode) == Mode.S_IFREG) {
                // As the kernel does, which opens and truncates it: its other names have the new bytes, too.
                inode = old;
                inode.describe(header);
                inode.source = null;
            } else {
                inode = Inode.of(next(source, header.data()), header);
                inodes.add(inode);
            }
            if (link != null) {
                links.put(link, inode);
            }
        }
        // newc has the bytes of a file with several names behind the last of them.
        boolean hasBytes = type == Mode.S_IFREG || type == Mode.S_IFLNK;
        if (hasBytes && (header.size() > 0 || inode.source == null)) {
            inode.source = source;
            inode.position = header.data();
            inode.size = header.size();
            inode.sum = type == Mode.S_IFREG ? header.sum() : -1;
        }
        if (old != null) {
            old.names--;
        }
        inode.names++;
        inode.parent = parent;
        parent.entries.put(name, inode);
    }

    private static boolean isKnown(int type) {
        return switch (type) {
            case Mode.S_IFDIR, Mode.S_IFREG, Mode.S_IFLNK, Mode.S_IFCHR, Mode.S_IFBLK, Mode.S_IFIFO, Mode.S_IFSOCK ->
                true;
            default -> false;
        };
    }

    private long next(BlockSource source, long position) throws BadImageException {
        if (inodes.size() == MOST_INODES) {
            throw new BadImageException(
                    source.name(), position, "an archive of more than " + MOST_INODES + " files and directories");
        }
        return inodes.size() + 1L;
    }

    /** Names without "." and the slashes at both ends; null if there is one that no file can have. */
    private static List<Name> path(byte[] stored) {
        List<Name> names = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= stored.length; i++) {
            if (i < stored.length && stored[i] != '/') {
                continue;
            }
            Name name = Name.of(Arrays.copyOfRange(stored, start, i));
            start = i + 1;
            if (name.length() == 0 || name.equals(Name.DOT)) {
                continue;
            }
            if (!name.isFileName() || name.length() > Name.MAX_LENGTH) {
                return null;
            }
            names.add(name);
        }
        return names;
    }

    /** The directory at {@code path}, through symlinks, made where it is not there; null if something else is. */
    private Inode directory(List<Name> path, BlockSource from, long position) throws IOException {
        ArrayDeque<Name> todo = new ArrayDeque<>(path);
        Inode at = inodes.get(0);
        int followed = 0;
        for (Name name; (name = todo.poll()) != null; ) {
            if (name.equals(Name.DOT_DOT)) {
                at = at.parent;
                continue;
            }
            Inode next = at.entries.get(name);
            if (next == null) {
                next = Inode.implied(next(from, position));
                next.parent = at;
                next.names = 1;
                inodes.add(next);
                at.entries.put(name, next);
            }
            if (Mode.isSymlink(next.mode)) {
                byte[] target = target(next);
                if (++followed > MOST_LINKS_FOLLOWED || target == null) {
                    return null;
                }
                if (target.length > 0 && target[0] == '/') {
                    at = inodes.get(0);
                }
                String[] names = new String(target, StandardCharsets.ISO_8859_1).split("/", -1);
                for (int i = names.length - 1; i >= 0; i--) {
                    if (!names[i].isEmpty() && !names[i].equals(".")) {
                        Name step = Name.of(names[i].getBytes(StandardCharsets.ISO_8859_1));
                        if (step.length() > Name.MAX_LENGTH) {
                            return null;
                        }
                        todo.addFirst(step);
                    }
                }
                continue;
            }
            if (!next.isDirectory()) {
                return null;
            }
            at = next;
        }
        return at;
    }

    /** Of a symlink; null if it has none that could be one. */
    byte[] target(Inode link) throws IOException {
        if (link.size == 0 || link.size > ReadOnlyTree.LONGEST_TARGET) {
            return null;
        }
        return Header.bytes(link.source, cache, link.position, (int) link.size, "a symlink's target");
    }

    /** Null if there is none of that id. */
    Inode inode(long id) {
        return id < 1 || id > inodes.size() ? null : inodes.get((int) id - 1);
    }

    int count() {
        return inodes.size();
    }

    /** Those of which the archive has a sum. */
    List<Inode> summed() {
        return inodes.stream().filter(inode -> inode.sum >= 0).toList();
    }

    /** Members, in order: "newc, gzip of newc". */
    String members() {
        return String.join(", ", kinds).replace(" of, ", " of ");
    }

    long unpackedBytes() {
        return allUnpacked;
    }

    /** Files that have no place in the tree. */
    long leftOut() {
        return leftOut;
    }

    /** Bytes behind the last member that are none. */
    long ignored() {
        return ignored;
    }

    /** Bytes behind {@link #MOST_ZEROS}: nobody has looked what they are. */
    long unread() {
        return unread;
    }

    @Override
    public void close() {
        unpacked.forEach(Unpacked::close);
    }
}
