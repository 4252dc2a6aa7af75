package liveroot.launcher;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import liveroot.cache.Playlist;
import liveroot.fs.Name;

/** A playlist as a picture: time from left to right, the image from its first byte at the bottom to its last at the top. */
final class AccessMap {

    private static final int WIDTH = 1000;
    private static final int HEIGHT = 620;
    private static final int LEFT = 90;
    private static final int RIGHT = 970;
    private static final int TOP = 80;
    private static final int BOTTOM = 560;

    /** Edge of a point. What falls on the same place is drawn once, so that the picture does not grow with the list. */
    private static final int POINT = 3;

    /** Told apart by people who do not see all colours too (Okabe and Ito). */
    private static final String[] COLOURS = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

    private static final int MOST_TICKS = 10;

    private final Playlist playlist;
    private final String name;
    private final double seconds;
    private final StringBuilder svg = new StringBuilder();

    /** @param name of the list's file */
    AccessMap(Playlist playlist, String name) {
        this.playlist = playlist;
        this.name = name;
        List<Playlist.Entry> entries = playlist.entries();
        seconds = entries.isEmpty()
                ? 1
                : Math.max(0.001, (double) entries.get(entries.size() - 1).micros() / 1e6);
    }

    String svg() {
        svg.append(String.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"13\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH, HEIGHT));
        text(LEFT, 26, "start", 17, name);
        text(
                LEFT,
                46,
                "start",
                13,
                playlist.image().format() + ", " + Size.show(playlist.image().size()));
        timeAxis();
        positionAxis();
        points();
        return svg.append("</svg>\n").toString();
    }

    private void timeAxis() {
        double step = step(seconds, 10);
        for (double at = 0; at <= seconds; at += step) {
            double x = x(at);
            grid(x, TOP, x, BOTTOM);
            text(x, BOTTOM + 20, "middle", 13, number(at, step));
        }
        text((LEFT + RIGHT) / 2.0, BOTTOM + 44, "middle", 13, "seconds since the mount");
    }

    private void positionAxis() {
        long size = playlist.image().size();
        double unit = size < 4 << 20 ? 1 << 10 : 1 << 20;
        double most = (double) size / unit;
        double step = step(most, 2);
        for (double at = 0; at <= most; at += step) {
            double y = y(at * unit);
            grid(LEFT, y, RIGHT, y);
            text(LEFT - 8, y + 4, "end", 13, number(at, step));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"28\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 28 %d)\">position in the image,"
                        + " %s</text>%n",
                (TOP + BOTTOM) / 2,
                (TOP + BOTTOM) / 2,
                unit == 1 << 20 ? "MiB" : "KiB"));
    }

    private void points() {
        Map<String, List<String>> paths = new TreeMap<>();
        Map<String, Integer> counts = new TreeMap<>();
        Set<String> drawn = new HashSet<>();
        for (Playlist.Entry entry : playlist.entries()) {
            long x = Math.round(x((double) entry.micros() / 1e6) / POINT) * POINT;
            long y = Math.round(y((double) entry.position()) / POINT) * POINT;
            String path = "M" + x + " " + y + "h" + POINT + "v" + POINT + "h-" + POINT + "z";
            counts.merge(entry.region(), 1, Integer::sum);
            if (drawn.add(entry.region() + path)) {
                paths.computeIfAbsent(entry.region(), none -> new ArrayList<>()).add(path);
            }
        }
        int number = 0;
        int x = LEFT;
        for (Map.Entry<String, List<String>> region : paths.entrySet()) {
            String colour = COLOURS[number++ % COLOURS.length];
            svg.append("<path fill=\"").append(colour).append("\" d=\"");
            svg.append(String.join("", region.getValue())).append("\"/>\n");
            String label = region.getKey() + " (" + counts.get(region.getKey()) + ")";
            svg.append(String.format("<rect x=\"%d\" y=\"58\" width=\"10\" height=\"10\" fill=\"%s\"/>%n", x, colour));
            text(x + 15, 68, "start", 13, label);
            x += 40 + 8 * label.length();
        }
    }

    private double x(double second) {
        return LEFT + (RIGHT - LEFT) * second / seconds;
    }

    private double y(double position) {
        return BOTTOM - (BOTTOM - TOP) * position / (double) playlist.image().size();
    }

    /** Between two ticks: 1, 2 or 5 times a power of {@code base} 10; of base 2, a power of two. */
    private static double step(double most, int base) {
        double step = base == 2 ? 1 : 0.0001;
        for (int i = 0; most / step > MOST_TICKS; i++) {
            step *= base == 2 ? 2 : i % 3 == 1 ? 2.5 : 2;
        }
        return step;
    }

    private static String number(double value, double step) {
        int digits = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    private void grid(double x1, double y1, double x2, double y2) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>%n",
                x1,
                y1,
                x2,
                y2));
    }

    private void text(double x, double y, String anchor, int size, String words) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\">%s</text>%n",
                x,
                y,
                anchor,
                size,
                escaped(words)));
    }

    private static String escaped(String words) {
        return Name.printable(words).replace("&", "&amp;").replace("<", "&lt;");
    }
}
