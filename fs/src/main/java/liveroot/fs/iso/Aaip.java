package liveroot.fs.iso;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.fs.Name;

/**
 * Extended attributes and access control lists in AL entries (AAIP 2.0, libisofs' susp_aaip_2_0.txt): a flags byte, then
 * pieces {flags u8, length u8, bytes}, of which bit 0 says that the next one goes on with the same string. The strings are
 * a name, its value, a name ... A byte below 0x20 at the start of a name stands for its prefix. The empty name has the
 * list as its value.
 */
final class Aaip {

    /** The prefixes that a byte stands for; libisofs keeps things of its own under 4, which are not shown. */
    private static final String[] PREFIXES = {null, "", "system.", "user.", null, "trusted.", "security."};

    private static final String[] SHOWN = {"user.", "trusted.", "security.", "system."};

    private static final Name ACCESS = Name.of("system.posix_acl_access");
    private static final Name DEFAULT = Name.of("system.posix_acl_default");

    /** Types of entries of a list; those with a name in text are for other systems than this one. */
    private static final int USER_OBJ = 1;

    private static final int GROUP_OBJ = 3;
    private static final int MASK = 5;
    private static final int OTHER = 6;
    private static final int DEFAULTS_FOLLOW = 8;
    private static final int USER = 10;
    private static final int GROUP = 12;

    private Aaip() {}

    /** By name, what the entries of an inode with {@code mode} say. What makes no sense is left out. */
    static Map<Name, byte[]> xattrs(List<byte[]> entries, int mode) {
        if (entries.isEmpty()) {
            return Map.of();
        }
        List<byte[]> strings = strings(entries);
        Map<Name, byte[]> xattrs = new LinkedHashMap<>();
        for (int i = 0; i + 1 < strings.size(); i += 2) {
            byte[] name = strings.get(i);
            if (name.length == 0) {
                lists(strings.get(i + 1), mode, xattrs);
                continue;
            }
            Name shown = name(name);
            if (shown != null) {
                xattrs.putIfAbsent(shown, strings.get(i + 1));
            }
        }
        return xattrs;
    }

    private static List<byte[]> strings(List<byte[]> entries) {
        List<byte[]> strings = new ArrayList<>();
        ByteArrayOutputStream current = new ByteArrayOutputStream();
        int pending = 0;
        boolean goesOn = false;
        for (byte[] entry : entries) {
            int at = 1;
            while (at < entry.length) {
                if (pending == 0) {
                    if (at + 2 > entry.length) {
                        break;
                    }
                    goesOn = (entry[at] & 1) != 0;
                    pending = entry[at + 1] & 0xff;
                    at += 2;
                }
                int n = Math.min(pending, entry.length - at);
                current.write(entry, at, n);
                at += n;
                pending -= n;
                if (pending == 0 && !goesOn) {
                    strings.add(current.toByteArray());
                    current.reset();
                }
            }
        }
        return strings;
    }

    /** Null if it is none that is shown. */
    private static Name name(byte[] stored) {
        String prefix = "";
        int start = 0;
        if (stored[0] >= 0 && stored[0] < ' ') {
            prefix = stored[0] < PREFIXES.length ? PREFIXES[stored[0]] : null;
            start = 1;
        }
        if (prefix == null || prefix.length() + stored.length - start > Name.MAX_LENGTH) {
            return null;
        }
        ByteArrayOutputStream name = new ByteArrayOutputStream();
        name.writeBytes(Name.of(prefix).bytes());
        name.write(stored, start, stored.length - start);
        Name shown = Name.of(name.toByteArray());
        for (String known : SHOWN) {
            if (shown.toString().startsWith(known) && shown.length() > known.length() && isWithoutNul(shown)) {
                return shown;
            }
        }
        return null;
    }

    private static boolean isWithoutNul(Name name) {
        for (byte b : name.bytes()) {
            if (b == 0) {
                return false;
            }
        }
        return true;
    }

    /** An entry in the form that programs see (linux/posix_acl_xattr.h). */
    private record Entry(int tag, int permissions, int id) {}

    private static void lists(byte[] stored, int mode, Map<Name, byte[]> xattrs) {
        List<Entry> access = new ArrayList<>();
        List<Entry> defaults = new ArrayList<>();
        List<Entry> current = access;
        for (int at = 0; at < stored.length; ) {
            int head = stored[at++] & 0xff;
            int id = 0;
            int length = 0;
            for (boolean more = (head & 8) != 0; more && at < stored.length; ) {
                more = (stored[at] & 0x80) != 0;
                int end = at + 1 + (stored[at] & 0x7f);
                for (at++; at < Math.min(end, stored.length); at++) {
                    id = id << 8 | (stored[at] & 0xff);
                    length++;
                }
            }
            int permissions = head & 7;
            switch (head >> 4) {
                case USER_OBJ -> current.add(new Entry(0x01, permissions, -1));
                case GROUP_OBJ -> current.add(new Entry(0x04, permissions, -1));
                case MASK -> current.add(new Entry(0x10, permissions, -1));
                case OTHER -> current.add(new Entry(0x20, permissions, -1));
                case USER -> add(current, 0x02, permissions, id, length);
                case GROUP -> add(current, 0x08, permissions, id, length);
                case DEFAULTS_FOLLOW -> current = defaults;
                default -> {
                    // A translation of names, or a name in text.
                }
            }
        }
        put(ACCESS, access, mode, xattrs);
        put(DEFAULT, defaults, mode, xattrs);
    }

    private static void add(List<Entry> list, int tag, int permissions, int id, int length) {
        if (length > 0 && length <= Integer.BYTES) {
            list.add(new Entry(tag, permissions, id));
        }
    }

    private static void put(Name name, List<Entry> list, int mode, Map<Name, byte[]> xattrs) {
        if (list.isEmpty()) {
            return;
        }
        // What the mode says too may be left out.
        int[][] owners = {{0x01, mode >> 6}, {0x04, mode >> 3}, {0x20, mode}};
        for (int[] owner : owners) {
            if (list.stream().noneMatch(entry -> entry.tag == owner[0])) {
                list.add(new Entry(owner[0], owner[1] & 7, -1));
            }
        }
        list.sort(Comparator.comparingInt(Entry::tag).thenComparing(Entry::id, Integer::compareUnsigned));
        ByteBuffer out = ByteBuffer.allocate(4 + 8 * list.size()).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(2);
        for (Entry entry : list) {
            out.putShort((short) entry.tag).putShort((short) entry.permissions).putInt(entry.id);
        }
        xattrs.put(name, out.array());
    }
}
