package liveroot.launcher;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * New limits of a union, as one command sends them to a daemon in one line.
 *
 * @param ram the value of {@code --ram}, null if there is none
 * @param size bytes, 0 for what it has
 * @param inodes 0 if nothing is said of them
 * @param path of the union inside the image; of a cover the covered directory
 */
record Resize(String ram, long size, long inodes, String path) {

    private static final String VERB = "resize ";

    /** At most 18 digits, which a long holds. */
    private static final Pattern FORM =
            Pattern.compile(VERB + "(-|[0-9]{1,18}[kKmMgGsS%]?) ([0-9]{1,18}) ([0-9]{1,18}) (/.*)");

    static boolean isOne(String request) {
        return request.startsWith(VERB);
    }

    String request() {
        return VERB + (ram == null ? "-" : ram) + " " + size + " " + inodes + " " + UnionsFile.escape(path);
    }

    /** @throws Refusal if it is no such request, or one that changes nothing */
    static Resize read(String request) throws Refusal {
        Matcher fields = FORM.matcher(request);
        if (!fields.matches()) {
            throw new Refusal(
                    Refusal.USAGE, "'" + request + "' is no request: it has to be resize RAM|- SIZE INODES /PATH");
        }
        Resize resize = new Resize(
                fields.group(1).equals("-") ? null : fields.group(1),
                Long.parseLong(fields.group(2)),
                Long.parseLong(fields.group(3)),
                UnionsFile.unescape(fields.group(4)));
        if (resize.size == 0 && resize.inodes == 0) {
            throw new Refusal(Refusal.USAGE, "resize " + resize.path + ": give a size, as in " + resize.path + "=64m");
        }
        return resize;
    }
}
