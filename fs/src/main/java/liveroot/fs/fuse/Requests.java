package liveroot.fs.fuse;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts requests by opcode (enum fuse_opcode of linux/fuse.h), and names them. */
public final class Requests {

    /** By number; what has none is numbered. */
    private static final String[] NAMES = {
        "0",
        "LOOKUP",
        "FORGET",
        "GETATTR",
        "SETATTR",
        "READLINK",
        "SYMLINK",
        "7",
        "MKNOD",
        "MKDIR",
        "UNLINK",
        "RMDIR",
        "RENAME",
        "LINK",
        "OPEN",
        "READ",
        "WRITE",
        "STATFS",
        "RELEASE",
        "19",
        "FSYNC",
        "SETXATTR",
        "GETXATTR",
        "LISTXATTR",
        "REMOVEXATTR",
        "FLUSH",
        "INIT",
        "OPENDIR",
        "READDIR",
        "RELEASEDIR",
        "FSYNCDIR",
        "GETLK",
        "SETLK",
        "SETLKW",
        "ACCESS",
        "CREATE",
        "INTERRUPT",
        "BMAP",
        "DESTROY",
        "IOCTL",
        "POLL",
        "NOTIFY_REPLY",
        "BATCH_FORGET",
        "FALLOCATE",
        "READDIRPLUS",
        "RENAME2",
        "LSEEK",
        "COPY_FILE_RANGE",
        "SETUPMAPPING",
        "REMOVEMAPPING",
        "SYNCFS",
        "TMPFILE",
        "STATX",
        "COPY_FILE_RANGE_64"
    };

    /** Opcodes from here on are not known, and counted as 0. */
    public static final int OPCODES = NAMES.length;

    /** Of all mounts; null if there is nothing to be done. It opens a device, so this class is loaded before anything is mounted. */
    private static final Alertness ALERTNESS = Alertness.ofMachine();

    private final AtomicLongArray counts = new AtomicLongArray(OPCODES);

    /** The opcode, or 0 if it is not known. */
    public static int known(int opcode) {
        return opcode >= 0 && opcode < OPCODES ? opcode : 0;
    }

    /** "LOOKUP", "READ" ... */
    public static String name(int opcode) {
        return known(opcode) == opcode ? NAMES[opcode] : Integer.toString(opcode);
    }

    /** One more has come. */
    public void count(int opcode) {
        counts.incrementAndGet(known(opcode));
        if (ALERTNESS != null) {
            ALERTNESS.arrived();
        }
    }

    /** How many have come, those with none left out. */
    public Map<String, Long> byName() {
        Map<String, Long> all = new TreeMap<>();
        for (int opcode = 0; opcode < OPCODES; opcode++) {
            long count = counts.get(opcode);
            if (count > 0) {
                all.put(name(opcode), count);
            }
        }
        return all;
    }
}
