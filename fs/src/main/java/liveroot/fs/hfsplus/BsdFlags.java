package liveroot.fs.hfsplus;

import java.nio.charset.StandardCharsets;

/** The flags of a file (st_flags of BSD's stat(2)) in the words of chflags(1), as "compressed,hidden". */
final class BsdFlags {

    /** By bit, UF_* and SF_* of Darwin's sys/stat.h; null for one without a word. */
    private static final String[] WORDS = new String[32];

    static {
        String[] owner = {"nodump", "uchg", "uappnd", "opaque", null, "compressed", "tracked", "datavault"};
        String[] superuser = {"arch", "schg", "sappnd", "restricted", "sunlnk", null, "firmlink", "dataless"};
        System.arraycopy(owner, 0, WORDS, 0, owner.length);
        WORDS[15] = "hidden";
        System.arraycopy(superuser, 0, WORDS, 16, superuser.length);
    }

    private BsdFlags() {}

    /** The words of the bits that are set, in hexadecimal for one without a word. */
    static byte[] words(int flags) {
        StringBuilder words = new StringBuilder();
        for (int bit = 0; bit < WORDS.length; bit++) {
            if ((flags & (1 << bit)) != 0) {
                words.append(words.isEmpty() ? "" : ",")
                        .append(WORDS[bit] == null ? "0x" + Integer.toHexString(1 << bit) : WORDS[bit]);
            }
        }
        return words.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
