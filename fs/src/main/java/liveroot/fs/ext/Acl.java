package liveroot.fs.ext;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * POSIX access control lists. On disk (fs/ext4/acl.h) they are a version 1 and entries {tag u16, permissions u16} with an
 * id u32 for named users and groups only; programs see (linux/posix_acl_xattr.h) a version 2 and an id in every entry.
 */
final class Acl {

    private static final int STORED_VERSION = 1;
    private static final int SHOWN_VERSION = 2;
    private static final int SHORT_ENTRY = 4;
    private static final int LONG_ENTRY = 8;

    private static final int NAMED_USER = 0x02;
    private static final int NAMED_GROUP = 0x08;
    private static final int NO_ID = -1;

    private Acl() {}

    /** The list as programs see it, or null if {@code stored} is none. */
    static byte[] toXattr(byte[] stored) {
        ByteBuffer in = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN);
        if (stored.length < Integer.BYTES || in.getInt() != STORED_VERSION) {
            return null;
        }
        ByteBuffer out = ByteBuffer.allocate(Integer.BYTES + stored.length / SHORT_ENTRY * LONG_ENTRY)
                .order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(SHOWN_VERSION);
        while (in.remaining() >= SHORT_ENTRY) {
            short tag = in.getShort();
            boolean named = tag == NAMED_USER || tag == NAMED_GROUP;
            out.putShort(tag).putShort(in.getShort());
            if (named && in.remaining() < Integer.BYTES) {
                return null;
            }
            out.putInt(named ? in.getInt() : NO_ID);
        }
        if (in.hasRemaining()) {
            return null;
        }
        return Arrays.copyOf(out.array(), out.position());
    }
}
