package liveroot.fs.iso;

import java.nio.ByteBuffer;
import java.time.LocalDate;

/** Times of ISO 9660, as seconds since 1970 UTC. What is no time is 0, as in the Linux kernel. */
final class Dates {

    static final int SHORT = 7;
    static final int LONG = 17;

    private static final int DAY = 86_400;

    /** A zone is further from Greenwich than this on no map: then the byte is not believed. */
    private static final int FARTHEST_ZONE = 52;

    private Dates() {}

    /** 7 bytes: years since 1900, month, day, hour, minute, second, zone in quarters of an hour (ECMA-119, 9.1.5). */
    static long shortForm(ByteBuffer in, int at) {
        return seconds(
                1900 + (in.get(at) & 0xff),
                in.get(at + 1),
                in.get(at + 2),
                in.get(at + 3),
                in.get(at + 4),
                in.get(at + 5),
                in.get(at + 6));
    }

    /** 17 bytes: digits of year, month, day, hour, minute, second, hundredths, then the zone (ECMA-119, 8.4.26.1). */
    static long longForm(ByteBuffer in, int at) {
        return seconds(
                number(in, at, 4),
                number(in, at + 4, 2),
                number(in, at + 6, 2),
                number(in, at + 8, 2),
                number(in, at + 10, 2),
                number(in, at + 12, 2),
                in.get(at + 16));
    }

    private static int number(ByteBuffer in, int at, int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = in.get(at + i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static long seconds(int year, int month, int day, int hour, int minute, int second, int zone) {
        if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || minute < 0 || second < 0) {
            return 0;
        }
        long days = LocalDate.of(year, month, 1).toEpochDay() + day - 1;
        long local = days * DAY + hour * 3600L + minute * 60L + second;
        return Math.abs(zone) > FARTHEST_ZONE ? local : local - zone * 900L;
    }
}
