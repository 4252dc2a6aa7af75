package liveroot.fs.hfsplus;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Writes small HFS+ and HFSX volumes with what no tool of Linux distributions writes: links, resource forks, attributes,
 * forks in many pieces, journals. 7-Zip reads them.
 */
final class TestVolume {

    static final int ROOT = 2;
    /** 2001-09-09 01:46:40 UTC. */
    static final int DATE = (int) (1_000_000_000L + 2_082_844_800L);

    final int blockSize;
    private final int nodeSize;
    private final boolean binary;
    private final List<Item> items = new ArrayList<>();
    private final List<Pair> attributes = new ArrayList<>();
    private final List<Pair> overflow = new ArrayList<>();
    private final ByteArrayOutputStream blocks = new ByteArrayOutputStream();
    private int nextCnid = 16;
    /** Blocks in each extent of catalog and attributes file; 0 for one extent. */
    int treePiece;

    private int privateFiles;
    private int privateFolders;
    private int journalInfo;
    int journalStart;
    int journalSize;

    /** A key and its data. */
    private static final class Pair {
        final byte[] key;
        final byte[] data;

        Pair(byte[] key, byte[] data) {
            this.key = key;
            this.data = data;
        }
    }

    /** A file or folder; what is not set is as in files that Darwin writes. */
    static final class Item {
        final int cnid;
        final int parent;
        final String name;
        final boolean folder;
        int flags;
        int uid = 501;
        int gid = 20;
        int adminFlags;
        int ownerFlags;
        int mode;
        int special;
        int accessed = DATE;
        String type = "\0\0\0\0\0\0\0\0";
        byte[] moreFinder = new byte[24];
        int folders;
        byte[] data = {};
        byte[] resource = {};
        /** Blocks in each extent of both forks; 0 for one extent. */
        int piece;

        Item(int cnid, int parent, String name, boolean folder) {
            this.cnid = cnid;
            this.parent = parent;
            this.name = name;
            this.folder = folder;
            mode = folder ? 040755 : 0100644;
        }
    }

    TestVolume(int blockSize, int nodeSize, boolean binary) {
        this.blockSize = blockSize;
        this.nodeSize = nodeSize;
        this.binary = binary;
        items.add(new Item(ROOT, 1, "Test", true));
        blocks.writeBytes(new byte[Math.max(blockSize, 2048)]);
    }

    Item root() {
        return items.get(0);
    }

    Item folder(int parent, String name) {
        return add(parent, name, true, new byte[0]);
    }

    Item file(int parent, String name, byte[] data) {
        return add(parent, name, false, data);
    }

    Item file(int parent, String name, String data) {
        return file(parent, name, data.getBytes(StandardCharsets.UTF_8));
    }

    private Item add(int parent, String name, boolean folder, byte[] data) {
        Item item = new Item(nextCnid++, parent, name, folder);
        item.data = data;
        items.add(item);
        return item;
    }

    /** A file with {@code links} names; {@link #link} makes each. */
    Item indirectFile(int links, String data) {
        if (privateFiles == 0) {
            privateFiles = folder(ROOT, "\0\0\0\0HFS+ Private Data").cnid;
        }
        Item item = file(privateFiles, "iNode" + nextCnid, data);
        item.special = links;
        return item;
    }

    Item indirectFolder(int links) {
        if (privateFolders == 0) {
            privateFolders = folder(ROOT, ".HFS+ Private Directory Data\r").cnid;
        }
        Item item = folder(privateFolders, "dir_" + nextCnid);
        item.special = links;
        return item;
    }

    Item link(int parent, String name, Item node) {
        Item link = file(parent, name, new byte[0]);
        link.type = node.folder ? "fdrpMACS" : "hlnkhfs+";
        link.flags = 0x20;
        link.mode = 0100444;
        link.special = node.cnid;
        return link;
    }

    /** In the record itself, or in a fork with pieces of one block. */
    void xattr(Item item, String name, byte[] value, boolean inline) {
        if (inline) {
            ByteBuffer data = ByteBuffer.allocate(16 + value.length + (value.length & 1));
            data.putInt(0, 0x10).putInt(12, value.length).put(16, value);
            attributes.add(new Pair(attributeKey(item, name, 0), data.array()));
            return;
        }
        List<int[]> extents = store(value, 1);
        ByteBuffer data = ByteBuffer.allocate(88).putInt(0, 0x20);
        data.put(8, fork(value.length, extents));
        attributes.add(new Pair(attributeKey(item, name, 0), data.array()));
        for (int i = 8; i < extents.size(); i += 8) {
            ByteBuffer more = ByteBuffer.allocate(72).putInt(0, 0x30);
            more.put(8, extents(extents, i));
            attributes.add(new Pair(attributeKey(item, name, i), more.array()));
        }
    }

    private static byte[] attributeKey(Item item, String name, int block) {
        ByteBuffer key = ByteBuffer.allocate(12 + 2 * name.length());
        key.putShort((short) 0).putInt(item.cnid).putInt(block).putShort((short) name.length());
        name.chars().forEach(c -> key.putChar((char) c));
        return key.array();
    }

    /** Room for a journal. */
    void journal(int size) {
        byte[] info = new byte[blockSize];
        journalInfo = store(info, 0).get(0)[0];
        journalStart = store(new byte[size], 0).get(0)[0] * blockSize;
        journalSize = size;
        ByteBuffer.wrap(info).putInt(0, 1).putLong(36, journalStart).putLong(44, size);
        patch(journalInfo, info);
    }

    private void patch(int block, byte[] bytes) {
        byte[] all = blocks.toByteArray();
        System.arraycopy(bytes, 0, all, block * blockSize, bytes.length);
        blocks.reset();
        blocks.writeBytes(all);
    }

    /** Appends bytes. @return pairs of first block and count */
    private List<int[]> store(byte[] bytes, int piece) {
        List<int[]> extents = new ArrayList<>();
        int step = piece == 0 ? Math.max(1, bytes.length) : piece * blockSize;
        for (int at = 0; at < bytes.length; at += step) {
            int n = Math.min(step, bytes.length - at);
            int count = (n - 1) / blockSize + 1;
            extents.add(new int[] {blocks.size() / blockSize, count});
            blocks.write(bytes, at, n);
            blocks.writeBytes(new byte[count * blockSize - n]);
            if (piece != 0) {
                blocks.writeBytes(new byte[blockSize]);
            }
        }
        return extents;
    }

    private static byte[] fork(long size, List<int[]> extents) {
        ByteBuffer fork = ByteBuffer.allocate(80);
        fork.putLong(size).putInt(0).putInt(extents.stream().mapToInt(e -> e[1]).sum());
        return fork.put(extents(extents, 0)).array();
    }

    private static byte[] extents(List<int[]> extents, int from) {
        ByteBuffer out = ByteBuffer.allocate(64);
        for (int[] extent : extents.subList(from, Math.min(extents.size(), from + 8))) {
            out.putInt(extent[0]).putInt(extent[1]);
        }
        return out.array();
    }

    private byte[] overflowing(int cnid, byte[] bytes, int piece, int which) {
        List<int[]> extents = store(bytes, piece);
        int first = 0;
        for (int i = 0; i < extents.size(); i++) {
            if (i >= 8 && i % 8 == 0) {
                ByteBuffer key = ByteBuffer.allocate(10);
                key.put((byte) which).put((byte) 0).putInt(cnid).putInt(first);
                overflow.add(new Pair(key.array(), extents(extents, i)));
            }
            first += extents.get(i)[1];
        }
        return fork(bytes.length, extents);
    }

    private static byte[] catalogKey(int parent, String name) {
        ByteBuffer key =
                ByteBuffer.allocate(6 + 2 * name.length()).putInt(parent).putShort((short) name.length());
        name.chars().forEach(c -> key.putChar((char) c));
        return key.array();
    }

    private Pair pair(Item item) {
        ByteBuffer out = ByteBuffer.allocate(item.folder ? 88 : 248);
        int valence = (int) items.stream().filter(i -> i.parent == item.cnid).count();
        out.putShort((short) (item.folder ? 1 : 2)).putShort((short) (item.flags | (item.folder ? 0 : 2)));
        out.putInt(item.folder ? valence : 0).putInt(item.cnid);
        out.putInt(DATE - 1).putInt(DATE).putInt(DATE + 1).putInt(item.accessed).putInt(0);
        out.putInt(item.uid).putInt(item.gid).put((byte) item.adminFlags).put((byte) item.ownerFlags);
        out.putShort((short) item.mode).putInt(item.special);
        out.put(item.type.getBytes(StandardCharsets.ISO_8859_1)).put(item.moreFinder);
        if (item.folder) {
            out.putInt(84, item.folders);
        } else {
            out.put(88, overflowing(item.cnid, item.data, item.piece, 0));
            out.put(168, overflowing(item.cnid, item.resource, item.piece, 0xff));
        }
        return new Pair(catalogKey(item.parent, item.name), out.array());
    }

    private static Pair thread(Item item) {
        ByteBuffer out = ByteBuffer.allocate(10 + 2 * item.name.length());
        out.putShort((short) (item.folder ? 3 : 4)).putShort((short) 0).putInt(item.parent);
        out.putShort((short) item.name.length());
        item.name.chars().forEach(c -> out.putChar((char) c));
        return new Pair(catalogKey(item.cnid, ""), out.array());
    }

    private int compareCatalog(Pair a, Pair b) {
        int c = Integer.compareUnsigned(
                ByteBuffer.wrap(a.key).getInt(0), ByteBuffer.wrap(b.key).getInt(0));
        return c != 0 ? c : folded(a.key, 6).compareTo(folded(b.key, 6));
    }

    private String folded(byte[] key, int from) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < key.length; i += 2) {
            char c = ByteBuffer.wrap(key).getChar(i);
            char folded = binary ? c : CaseFolding.fold(c);
            if (binary || folded != 0) {
                text.append(folded);
            }
        }
        return text.toString();
    }

    private static Comparator<Pair> byAttribute() {
        return Comparator.<Pair>comparingInt(r -> ByteBuffer.wrap(r.key).getInt(2))
                .thenComparing(r -> new String(r.key, 12, r.key.length - 12, StandardCharsets.UTF_16BE))
                .thenComparingInt(r -> ByteBuffer.wrap(r.key).getInt(6));
    }

    private static Comparator<Pair> byExtent() {
        return Comparator.<Pair>comparingInt(r -> ByteBuffer.wrap(r.key).getInt(2))
                .thenComparingInt(r -> r.key[0] & 0xff)
                .thenComparingInt(r -> ByteBuffer.wrap(r.key).getInt(6));
    }

    /** The bytes of a tree of sorted records. */
    private byte[] tree(List<Pair> records, int longestKey, int compare) {
        List<byte[]> nodes = new ArrayList<>();
        nodes.add(null);
        List<Pair> level = records;
        int depth = 0;
        int firstLeaf = records.isEmpty() ? 0 : 1;
        int lastLeaf = 0;
        while (!level.isEmpty()) {
            depth++;
            List<Pair> above = new ArrayList<>();
            for (int from = 0; from < level.size(); ) {
                int to = from;
                int room = nodeSize - 14 - 2;
                while (to < level.size() && (room -= size(level.get(to)) + 2) >= 0) {
                    to++;
                }
                byte[] number = ByteBuffer.allocate(4).putInt(nodes.size()).array();
                above.add(new Pair(level.get(from).key, number));
                boolean last = to == level.size();
                nodes.add(node(
                        level.subList(from, to), depth, from == 0 ? 0 : nodes.size() - 1, last ? 0 : nodes.size() + 1));
                from = to;
            }
            lastLeaf = depth == 1 ? nodes.size() - 1 : lastLeaf;
            if (above.size() == 1) {
                break;
            }
            level = above;
        }
        ByteBuffer header = ByteBuffer.allocate(nodeSize);
        header.put(8, (byte) 1).putShort(10, (short) 3);
        header.putShort(14, (short) depth).putInt(16, depth == 0 ? 0 : nodes.size() - 1);
        header.putInt(20, records.size()).putInt(24, firstLeaf).putInt(28, lastLeaf);
        header.putShort(32, (short) nodeSize).putShort(34, (short) longestKey).putInt(36, nodes.size());
        header.put(51, (byte) compare).putInt(52, longestKey == 10 ? 2 : 6);
        header.putShort(nodeSize - 2, (short) 14).putShort(nodeSize - 4, (short) 120);
        header.putShort(nodeSize - 6, (short) 248).putShort(nodeSize - 8, (short) (nodeSize - 8));
        Arrays.fill(header.array(), 248, 248 + (nodes.size() + 7) / 8, (byte) 0xff);
        nodes.set(0, header.array());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        nodes.forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static int size(Pair record) {
        return 2 + record.key.length + record.data.length;
    }

    private byte[] node(List<Pair> records, int height, int previous, int next) {
        ByteBuffer node = ByteBuffer.allocate(nodeSize);
        node.putInt(next).putInt(previous).put((byte) (height == 1 ? -1 : 0)).put((byte) height);
        node.putShort((short) records.size()).putShort((short) 0);
        for (int i = 0; i <= records.size(); i++) {
            node.putShort(nodeSize - 2 * (i + 1), (short) node.position());
            if (i < records.size()) {
                Pair record = records.get(i);
                node.putShort((short) record.key.length).put(record.key).put(record.data);
            }
        }
        return node.array();
    }

    /** The volume, with its alternate header. */
    byte[] build() {
        List<Pair> catalog = new ArrayList<>();
        for (Item item : items) {
            catalog.add(pair(item));
            catalog.add(thread(item));
        }
        catalog.sort(this::compareCatalog);
        attributes.sort(byAttribute());
        byte[] catalogTree = tree(catalog, 516, binary ? 0xbc : 0xcf);
        byte[] catalogFork = overflowing(4, catalogTree, treePiece, 0);
        byte[] attributesFork = overflowing(8, tree(attributes, 266, 0), treePiece, 0);
        overflow.sort(byExtent());
        byte[] extentsTree = tree(overflow, 10, 0);
        ByteBuffer header = ByteBuffer.allocate(512);
        header.put((binary ? "HX" : "H+").getBytes(StandardCharsets.US_ASCII)).putShort((short) (binary ? 5 : 4));
        header.putInt(1 << 8 | (journalSize > 0 ? 1 << 13 : 0))
                .put((journalSize > 0 ? "HFSJ" : "10.0").getBytes(StandardCharsets.US_ASCII));
        header.putInt(journalInfo).putInt(DATE).putInt(DATE).putInt(0).putInt(DATE);
        header.putInt((int) items.stream().filter(i -> !i.folder).count());
        header.putInt((int) items.stream().filter(i -> i.folder).count() - 1);
        header.putInt(40, blockSize).putInt(64, nextCnid);
        header.put(192, fork(extentsTree.length, store(extentsTree, 0)));
        header.put(272, catalogFork);
        header.put(352, attributesFork);
        int total = blocks.size() / blockSize + 1 + Math.max(1, 2048 / blockSize);
        byte[] bitmap = new byte[(total + 7) / 8];
        Arrays.fill(bitmap, (byte) 0xff);
        header.put(112, fork(bitmap.length, store(bitmap, 0)));
        blocks.writeBytes(new byte[Math.max(blockSize, 2048)]);
        byte[] volume = blocks.toByteArray();
        header.putInt(44, volume.length / blockSize);
        System.arraycopy(header.array(), 0, volume, 1024, 512);
        System.arraycopy(header.array(), 0, volume, volume.length - 1024, 512);
        return volume;
    }
}
