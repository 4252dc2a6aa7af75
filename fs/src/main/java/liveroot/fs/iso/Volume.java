package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.Name;

/** What the volume descriptors say (ECMA-119, 8), from sector 16 on, and which of their trees is shown. */
final class Volume {

    private static final long FIRST_DESCRIPTOR = 16L * Sectors.SIZE;

    /** A writer has some ten at the most. */
    private static final int MOST_DESCRIPTORS = 64;

    private static final String MAGIC = "CD001";
    private static final int BOOT = 0;
    private static final int PRIMARY = 1;
    private static final int SUPPLEMENTARY = 2;
    private static final int END = 255;

    private static final int ROOT = 156;

    /** Bytes that CD-ROM XA has before the system use entries. */
    private static final int XA = 14;

    private static final int SP = SystemUse.signature('S', 'P');
    private static final int PX = SystemUse.signature('P', 'X');
    private static final int RR = SystemUse.signature('R', 'R');
    private static final int ER = SystemUse.signature('E', 'R');
    private static final int AL = SystemUse.signature('A', 'L');

    /** How names are stored, the best first. */
    enum Names {
        ROCK_RIDGE("Rock Ridge"),
        JOLIET("Joliet"),
        PLAIN("plain names");

        private final String words;

        Names(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    private final Sectors sectors;
    private final int blockSize;
    private final long blocks;
    private final Names names;
    private final boolean hasJoliet;
    private final long rootStart;
    private final int rootSkip;
    private final int skip;
    private final boolean hasAaip;
    private final Map<String, String> facts = new LinkedHashMap<>();
    private final String label;

    private Volume(BlockSource source, BlockCache cache) throws IOException {
        sectors = new Sectors(source, cache);
        List<String> kinds = new ArrayList<>();
        ByteBuffer primary = null;
        ByteBuffer joliet = null;
        long catalog = -1;
        for (int i = 0; i < MOST_DESCRIPTORS; i++) {
            long position = FIRST_DESCRIPTOR + (long) i * Sectors.SIZE;
            // Of the first one, a missing end would be a fault; later, it is one of many writers'.
            if (i > 0 && position > source.size() - Sectors.SIZE) {
                break;
            }
            ByteBuffer in = sectors.bytes(position, Sectors.SIZE, "a volume descriptor");
            if (!text(in, 1, 5).equals(MAGIC)) {
                if (i == 0) {
                    throw sectors.damage(position + 1, "no ISO 9660 volume descriptor, which has " + MAGIC + " there");
                }
                break;
            }
            int type = in.get(0) & 0xff;
            if (type == END) {
                break;
            } else if (type == PRIMARY && primary == null) {
                primary = in;
            } else if (type == SUPPLEMENTARY && joliet == null && isJoliet(in)) {
                joliet = in;
                kinds.add("Joliet");
            } else if (type == BOOT && catalog < 0 && ElTorito.isDescriptor(in)) {
                catalog = ElTorito.catalog(in);
            }
        }
        if (primary == null) {
            throw sectors.damage(FIRST_DESCRIPTOR, "no primary volume descriptor in " + MOST_DESCRIPTORS + " sectors");
        }
        blockSize = primary.getShort(128) & 0xffff;
        if (blockSize != 512 && blockSize != 1024 && blockSize != Sectors.SIZE) {
            throw sectors.damage(
                    FIRST_DESCRIPTOR + 128, "logical blocks of " + blockSize + " bytes, expected 512, 1024 or 2048");
        }
        blocks = primary.getInt(80) & 0xffffffffL;
        long plainRoot = root(primary);
        Found found = rockRidge(plainRoot);
        hasJoliet = joliet != null;
        if (found != null) {
            names = Names.ROCK_RIDGE;
            kinds.add(0, "Rock Ridge");
        } else {
            names = hasJoliet ? Names.JOLIET : Names.PLAIN;
        }
        rootStart = names == Names.JOLIET ? root(joliet) : plainRoot;
        rootSkip = found == null ? 0 : found.rootSkip;
        skip = found == null ? 0 : found.skip;
        hasAaip = found != null && found.hasAaip;
        label = names == Names.JOLIET ? wide(joliet, 40, 32) : text(primary, 40, 32);
        facts.put("format", "ISO 9660, blocks of " + blockSize + " bytes");
        facts.put("size", blocks * blockSize + " bytes, in " + source.size());
        facts.put("volume", label.isEmpty() ? "no name" : label);
        facts.put("names", names + (kinds.size() > 1 ? " (there are " + String.join(" and ", kinds) + ")" : ""));
        put("system", text(primary, 8, 32));
        put("publisher", text(primary, 318, 128));
        put("made by", text(primary, 574, 128));
        long made = Dates.longForm(primary, 813);
        put("made", made == 0 ? "" : Instant.ofEpochSecond(made).toString());
        if (catalog >= 0) {
            put("boots", ElTorito.words(sectors, catalog));
        }
    }

    /** @throws IOException if the medium cannot be read, or the descriptors or the root are damaged */
    static Volume open(BlockSource source, BlockCache cache) throws IOException {
        return new Volume(source, cache);
    }

    private void put(String name, String words) {
        if (!words.isEmpty()) {
            facts.put(name, words);
        }
    }

    /** Joliet's escape sequences for UCS-2 at its three levels. */
    private static boolean isJoliet(ByteBuffer in) {
        String escapes = stored(in, 88, 3, StandardCharsets.ISO_8859_1);
        return escapes.equals("%/@") || escapes.equals("%/C") || escapes.equals("%/E");
    }

    private long root(ByteBuffer descriptor) throws IOException {
        long start = (descriptor.getInt(ROOT + 2) & 0xffffffffL) + (descriptor.get(ROOT + 1) & 0xff);
        DirectoryRecord self = DirectoryRecord.read(sectors, position(start));
        if (!self.isSelf() || !self.isDirectory()) {
            throw sectors.damage(position(start), "no record of the root directory, expected one");
        }
        return position(start);
    }

    private record Found(int rootSkip, int skip, boolean hasAaip) {}

    /** Whether the root's own record has entries of Rock Ridge, and where they begin in records; null if not. */
    private Found rockRidge(long root) throws IOException {
        DirectoryRecord self = DirectoryRecord.read(sectors, root);
        for (int start : new int[] {0, XA}) {
            int[] said = {-1};
            boolean[] is = {false};
            boolean[] hasAaip = {false};
            SystemUse.visit(this, self, start, (signature, in, at, length, position) -> {
                if (signature == SP && length >= 7) {
                    said[0] = in.get(at + 6) & 0xff;
                    is[0] = true;
                } else if (signature == PX || signature == RR || signature == ER) {
                    is[0] = true;
                    // {lengths of identifier, description and source u8 each, version u8, texts}
                    hasAaip[0] |= signature == ER
                            && length >= 12
                            && text(in, at + 8, 4).equals("AAIP");
                } else if (signature == AL) {
                    // libisofs announces it only if it is asked to, but has something to say of each root.
                    hasAaip[0] = true;
                }
            });
            if (is[0]) {
                return new Found(start, said[0] < 0 ? start : said[0], hasAaip[0]);
            }
        }
        return null;
    }

    /** Text for people: what is not printable is left out, spaces at the end too. */
    static String text(ByteBuffer in, int at, int length) {
        return printable(stored(in, at, length, StandardCharsets.ISO_8859_1));
    }

    private static String wide(ByteBuffer in, int at, int length) {
        return printable(stored(in, at, length, StandardCharsets.UTF_16BE));
    }

    private static String stored(ByteBuffer in, int at, int length, Charset charset) {
        byte[] bytes = new byte[length];
        in.get(at, bytes);
        return new String(bytes, charset);
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.codePoints()
                .filter(c -> c >= ' ' && c != 0x7f && (c < 0x80 || Character.isLetterOrDigit(c)))
                .forEach(printable::appendCodePoint);
        return printable.toString().strip();
    }

    Sectors sectors() {
        return sectors;
    }

    Names names() {
        return names;
    }

    /** Of the volume, empty if it has none. */
    String label() {
        return label;
    }

    Map<String, String> facts() {
        return facts;
    }

    int blockSize() {
        return blockSize;
    }

    long blocks() {
        return blocks;
    }

    /** Where block {@code block} begins. */
    long position(long block) {
        return block * blockSize;
    }

    /** Where the root directory begins. */
    long rootStart() {
        return rootStart;
    }

    /** Whether files may have xattrs and access control lists. */
    boolean hasAaip() {
        return hasAaip;
    }

    /** Bytes of the system use area that are not for SUSP. */
    int skip(DirectoryRecord record) {
        return record.position() == rootStart ? rootSkip : skip;
    }

    /**
     * The name of a record that has none by Rock Ridge, as the Linux kernel shows it (fs/isofs/namei.c and joliet.c): of
     * plain names in lower case, and without the version if that is 1.
     */
    Name name(byte[] stored) {
        return names == Names.JOLIET ? jolietName(stored) : plainName(stored);
    }

    private static Name plainName(byte[] stored) {
        byte[] shown = new byte[stored.length];
        int length = 0;
        for (int i = 0; i < stored.length; i++) {
            int c = stored[i];
            int left = stored.length - i;
            boolean isVersion1 = (left == 2 && c == ';' && stored[i + 1] == '1')
                    || (left == 3 && c == '.' && stored[i + 1] == ';' && stored[i + 2] == '1');
            if (c == 0 || isVersion1) {
                break;
            }
            if (c >= 'A' && c <= 'Z') {
                c |= 0x20;
            }
            shown[length++] = (byte) (c == ';' || c == '/' ? '.' : c);
        }
        return Name.of(Arrays.copyOf(shown, length));
    }

    private static Name jolietName(byte[] stored) {
        String name = new String(stored, 0, stored.length & ~1, StandardCharsets.UTF_16BE);
        int end = name.indexOf('\0');
        name = end < 0 ? name : name.substring(0, end);
        name = name.length() > 2 && name.endsWith(";1") ? name.substring(0, name.length() - 2) : name;
        end = name.length();
        while (end >= 2 && name.charAt(end - 1) == '.') {
            end--;
        }
        return Name.of(name.substring(0, end).replace('/', '.'));
    }
}
