package liveroot.fs.iso;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.Name;
import liveroot.fs.ReadOnlyTree;

/** What the system use entries of one directory record say (RRIP 1.12; zisofs; AAIP 2.0). */
final class RockRidge {

    private static final int PX = SystemUse.signature('P', 'X');
    private static final int PN = SystemUse.signature('P', 'N');
    private static final int SL = SystemUse.signature('S', 'L');
    private static final int NM = SystemUse.signature('N', 'M');
    private static final int CL = SystemUse.signature('C', 'L');
    private static final int PL = SystemUse.signature('P', 'L');
    private static final int RE = SystemUse.signature('R', 'E');
    private static final int TF = SystemUse.signature('T', 'F');
    private static final int SF = SystemUse.signature('S', 'F');
    private static final int ZF = SystemUse.signature('Z', 'F');
    private static final int AL = SystemUse.signature('A', 'L');

    private static final int CONTINUES = 1;
    private static final int CURRENT = 2;
    private static final int PARENT = 4;
    private static final int ROOT = 8;

    private static final int LONG_DATES = 0x80;

    boolean hasMode;
    int mode;
    int nlink = 1;
    int uid;
    int gid;
    /** Number of the inode by which hard links are known, 0 for none. */
    int serial;

    int rdev;
    /** Name, null if there is none. */
    private ByteArrayOutputStream name;
    /** Target of a symlink so far; null if it is none. */
    private ByteArrayOutputStream target;

    private boolean slashIsDue;

    /** Block of the directory that this record stands for, or of the parent; -1 for none. */
    long child = -1;

    long parent = -1;
    boolean isRelocated;
    boolean isSparse;

    long mtime = Long.MIN_VALUE;
    long atime = Long.MIN_VALUE;
    long ctime = Long.MIN_VALUE;

    Zisofs.Header zisofs;
    /** Data of AL entries, with their flags. */
    final List<byte[]> attributes = new ArrayList<>();

    private RockRidge() {}

    static RockRidge read(Volume volume, DirectoryRecord record) throws IOException {
        RockRidge said = new RockRidge();
        SystemUse.visit(volume, record, volume.skip(record), (signature, in, at, length, position) -> {
            String fault = said.take(signature, in, at, length);
            if (fault != null) {
                throw volume.sectors().damage(position, fault);
            }
        });
        return said;
    }

    /** The name that it gives, or null. */
    Name name() {
        return name == null ? null : Name.of(name.toByteArray());
    }

    /** The target that it gives, or null. */
    byte[] target() {
        return target == null ? null : target.toByteArray();
    }

    /** @return what is wrong with the entry, or null */
    private String take(int signature, ByteBuffer in, int at, int length) {
        if (signature == PX && length >= 36) {
            hasMode = true;
            mode = SystemUse.both(in, at + 4);
            nlink = SystemUse.both(in, at + 12);
            uid = SystemUse.both(in, at + 20);
            gid = SystemUse.both(in, at + 28);
            serial = length >= 44 ? SystemUse.both(in, at + 36) : 0;
        } else if (signature == PN && length >= 20) {
            rdev = device(SystemUse.both(in, at + 4), SystemUse.both(in, at + 12));
        } else if (signature == NM && length >= 5) {
            return name(in, at, length);
        } else if (signature == SL && length >= 5) {
            return target(in, at, length);
        } else if (signature == CL && length >= 12) {
            child = SystemUse.both(in, at + 4) & 0xffffffffL;
        } else if (signature == PL && length >= 12) {
            parent = SystemUse.both(in, at + 4) & 0xffffffffL;
        } else if (signature == RE) {
            isRelocated = true;
        } else if (signature == TF && length >= 5) {
            times(in, at, length);
        } else if (signature == SF) {
            isSparse = true;
        } else if (signature == ZF && length >= 16) {
            zisofs = Zisofs.Header.parse(in, at);
        } else if (signature == AL && length >= 5) {
            byte[] data = new byte[length - SystemUse.HEAD];
            in.get(at + SystemUse.HEAD, data);
            attributes.add(data);
        }
        return null;
    }

    /** genisoimage has major and minor apart; libisofs has the whole number, as Linux has it, in the low word. */
    private static int device(int high, int low) {
        if (high == 0 && (low & ~0xff) != 0) {
            return low;
        }
        return (low & 0xff) | (high & 0xfff) << 8 | (low & 0xfff00) << 12;
    }

    private String name(ByteBuffer in, int at, int length) {
        // "." and ".." have flags instead of a text.
        if ((in.get(at + 4) & (CURRENT | PARENT)) != 0) {
            return null;
        }
        name = name == null ? new ByteArrayOutputStream() : name;
        append(name, in, at + 5, length - 5);
        return name.size() > Name.MAX_LENGTH ? "a name of more than " + Name.MAX_LENGTH + " bytes" : null;
    }

    private String target(ByteBuffer in, int at, int length) {
        target = target == null ? new ByteArrayOutputStream() : target;
        int end = at + length;
        for (int part = at + 5; part <= end - 2; ) {
            int flags = in.get(part);
            // genisoimage writes parts that claim to be longer than their entry.
            int n = Math.min(in.get(part + 1) & 0xff, end - part - 2);
            if (slashIsDue) {
                target.write('/');
            }
            if ((flags & ROOT) != 0) {
                target.write('/');
            } else if ((flags & PARENT) != 0) {
                target.write('.');
                target.write('.');
            } else if ((flags & CURRENT) != 0) {
                target.write('.');
            } else {
                append(target, in, part + 2, n);
            }
            slashIsDue = (flags & (ROOT | CONTINUES)) == 0;
            part += 2 + n;
        }
        return target.size() > ReadOnlyTree.LONGEST_TARGET
                ? "a symlink to more than " + ReadOnlyTree.LONGEST_TARGET + " bytes"
                : null;
    }

    private static void append(ByteArrayOutputStream out, ByteBuffer in, int at, int length) {
        byte[] bytes = new byte[length];
        in.get(at, bytes);
        out.write(bytes, 0, length);
    }

    private void times(ByteBuffer in, int at, int length) {
        int flags = in.get(at + 4);
        boolean isLong = (flags & LONG_DATES) != 0;
        int size = isLong ? Dates.LONG : Dates.SHORT;
        int place = at + 5;
        for (int bit = 0; bit < 7 && place <= at + length - size; bit++) {
            if ((flags & 1 << bit) == 0) {
                continue;
            }
            long seconds = isLong ? Dates.longForm(in, place) : Dates.shortForm(in, place);
            place += size;
            switch (bit) {
                case 0 -> ctime = ctime == Long.MIN_VALUE ? seconds : ctime;
                case 1 -> mtime = seconds;
                case 2 -> atime = seconds;
                case 3 -> ctime = seconds;
                default -> {
                    // Of backup, expiration and effect, which stat(2) does not tell.
                }
            }
        }
    }
}
