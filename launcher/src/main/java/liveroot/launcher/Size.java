package liveroot.launcher;

import java.util.Locale;

/** Sizes as people write them: bytes, 512k, 64m, 2g, 25% (of RAM), 1024s (512-byte sectors, as hdik and mount_mfs count). */
final class Size {

    static final String FORMS = "bytes, 512k, 64m, 2g, 25% (of RAM) or 1024s (512-byte sectors)";

    private Size() {}

    /** Whether a word looks like one. */
    static boolean isOne(String text) {
        return text.matches("=?[0-9]+[kKmMgGsS%]?");
    }

    /**
     * @param origin who gives it, for messages: "--cache"
     * @param memory bytes of RAM, for percentages
     * @return bytes, at least 1
     * @throws Refusal that names both
     */
    static long parse(String origin, String text, long memory) throws Refusal {
        String digits = text;
        long unit = 1;
        if (!text.isEmpty()) {
            String rest = text.substring(0, text.length() - 1);
            switch (text.charAt(text.length() - 1)) {
                case 'k', 'K' -> unit = 1L << 10;
                case 'm', 'M' -> unit = 1L << 20;
                case 'g', 'G' -> unit = 1L << 30;
                case 's', 'S' -> unit = 512;
                case '%' -> unit = 0;
                default -> rest = text;
            }
            digits = rest;
        }
        if (digits.isEmpty() || digits.length() > 18 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new Refusal(Refusal.USAGE, origin + ": size '" + text + "' cannot be read: give " + FORMS);
        }
        long number = Long.parseLong(digits);
        if (number == 0) {
            throw new Refusal(Refusal.USAGE, origin + ": size '" + text + "' is nothing: give at least 1 byte");
        }
        if (unit == 0) {
            if (number > 100) {
                throw new Refusal(Refusal.USAGE, origin + ": size '" + text + "' is more than all RAM");
            }
            return Math.max(1, (long) (memory / 100.0 * number));
        }
        if (number > Long.MAX_VALUE / unit) {
            throw new Refusal(Refusal.USAGE, origin + ": size '" + text + "' is more than 63 bits can count");
        }
        return number * unit;
    }

    /** For people: 512 KiB, 1.5 GiB. */
    static String show(long bytes) {
        if (bytes < 1024) {
            return bytes + " B";
        }
        String[] units = {"KiB", "MiB", "GiB", "TiB"};
        double value = bytes / 1024.0;
        int unit = 0;
        while (value >= 1024 && unit < units.length - 1) {
            value /= 1024;
            unit++;
        }
        String text = String.format(Locale.ROOT, "%.1f", value);
        return (text.endsWith(".0") ? text.substring(0, text.length() - 2) : text) + " " + units[unit];
    }
}
