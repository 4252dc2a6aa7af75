package liveroot.cache;

import java.util.List;

/**
 * How fast a medium answers. Times are nanoseconds, {@code rate} is bytes per second.
 *
 * <p>A medium with a head keeps it where the last transfer ended. To begin elsewhere takes {@code shortestSeek} and, in
 * proportion to the distance, up to {@code longestSeek} for one of {@code span} bytes (or the whole image, if that is
 * longer); a gap ahead is read through where that is quicker. On a spiral of constant pitch the arm's way is not quite
 * proportional to the bytes passed, and drives change their speed from the inside to the outside: both are left out, as
 * the figures are averages.
 *
 * @param name as people give it
 * @param request that each request takes, wherever it reads
 * @param shortestSeek to the next track
 * @param longestSeek over the whole medium; 0 if it has no head
 * @param span bytes of the whole medium
 * @param cached whether the host keeps in its page cache what it has read: of a disc it does, of a web server not
 */
public record Medium(
        String name, long request, long shortestSeek, long longestSeek, long span, long rate, boolean cached) {

    private static final long MS = 1_000_000;

    /**
     * A disc of 700 MB at 24x: 24 times 75 sectors of 2 KiB a second (ECMA-130). Makers of drives from 24x to 52x state 75
     * to 130 ms for a random access, the time for a third of the way; here it comes to 100.
     */
    private static final Medium CD = new Medium("cd", 0, 40 * MS, 220 * MS, 737_280_000, 24 * 75 * 2048, true);

    /**
     * A disc of one layer, 4.7 GB, at 8x: 8 times 11.08 Mbit/s (ECMA-267; the DVD FAQ's table of drive speeds, 4.2, which
     * gives 90 to 250 ms for an access). A random access comes to 120 ms.
     */
    private static final Medium DVD = new Medium("dvd", 0, 40 * MS, 280 * MS, 4_700_000_000L, 11_080_000, true);

    /**
     * A stick on a USB 2 port: of 480 Mbit/s bulk transfers leave 53 MB/s at the most (USB 2.0, table 5-10: 13 packets of
     * 512 bytes in 125 microseconds), sticks reach 25 to 35 MB/s; a command with its status takes a few of these 125.
     */
    private static final Medium USB2 = new Medium("usb2", MS / 2, 0, 0, 1, 30_000_000, true);

    /** A server in the house: 100 Mbit/s and the time of a request there and back. */
    private static final Medium HTTP_LAN = new Medium("http-lan", 2 * MS, 0, 0, 1, 12_500_000, false);

    /** A server elsewhere: a line of 50 Mbit/s with 30 ms there and back. */
    private static final Medium HTTP_WAN = new Medium("http-wan", 30 * MS, 0, 0, 1, 6_250_000, false);

    /** Those that have names. */
    public static final List<Medium> NAMED = List.of(CD, DVD, USB2, HTTP_LAN, HTTP_WAN);

    /**
     * One without a name, on which a jump takes the same time over every distance.
     *
     * @param seek nanoseconds
     * @param rate bytes per second
     */
    public static Medium of(String name, long seek, long rate) {
        return new Medium(name, 0, seek, seek, 1, rate, true);
    }

    /** Whether it matters where on it one reads next. */
    public boolean hasHead() {
        return longestSeek > 0;
    }

    /** Time from {@code head} to {@code position} on a medium that holds {@code size} bytes, by a seek. */
    long seek(long head, long position, long size) {
        if (head == position || !hasHead()) {
            return 0;
        }
        double way = Math.min(1, Math.abs((double) position - head) / Math.max(span, size));
        return shortestSeek + (long) ((longestSeek - shortestSeek) * way);
    }

    long transfer(long bytes) {
        return (long) (bytes * 1e9 / rate);
    }
}
