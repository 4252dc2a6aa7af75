package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import liveroot.cache.BadPlaylistException;
import liveroot.cache.Playlist;

/** {@code liveroot playlist}. */
final class PlaylistCommand implements Command {

    private static final long PATIENCE = 30_000;

    @Override
    public Grammar grammar() {
        return new Grammar(
                "playlist",
                List.of(
                        "Shows what 'mount --record FILE' has noted: which blocks of the image were demanded, in which order"
                                + " and when. 'mount --playlist FILE' reads them ahead.",
                        "A seek is counted where the next block does not begin within "
                                + Size.show(Playlist.LONGEST_GAP)
                                + " behind the one before: so much is read through rather than jumped over."),
                List.of(new Grammar.Parameter("FILE", true, "The playlist; with --stop, where the image is mounted.")),
                List.of(
                        Grammar.Option.of(
                                "--svg",
                                "PICTURE",
                                "Draw the access map into this file: a point for each block, at its position in the image"
                                        + " and the time of its first use."),
                        Grammar.Option.flag(
                                "--stop",
                                "End the recording of the mount at FILE, which serves on, and write its list.")),
                List.of(
                        "Exit status: 0 shown, 64 usage, 65 no playlist or damaged, 66 no such file or recording, 73 the"
                                + " picture or list cannot be written, 74 not readable."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        String given = arguments.get("FILE", "");
        String svg = arguments.get("--svg", null);
        if (arguments.has("--stop")) {
            if (svg != null) {
                throw new Refusal(Refusal.USAGE, "--stop and --svg: stop first, then draw the file");
            }
            RunDirectory run = RunDirectory.ours();
            Path directory = MountPoint.resolve(Paths.absolute(given));
            RunDirectory.Entry entry = Daemons.at(directory, run);
            if (entry == null) {
                throw Daemons.none(directory, run);
            }
            out.println(DaemonClient.ask(run.socket(entry.pid()), "playlist stop", PATIENCE));
            return 0;
        }
        Path file = Paths.absolute(given);
        Playlist playlist = read(file);
        out.print(text(playlist));
        if (svg != null) {
            Path picture = Paths.absolute(svg);
            try {
                Files.writeString(
                        picture, new AccessMap(playlist, file.getFileName().toString()).svg());
            } catch (IOException e) {
                throw new Refusal(Refusal.CANNOT_CREATE, "--svg " + IoErrors.describe(e));
            }
        }
        return 0;
    }

    private static Playlist read(Path file) throws Refusal, IOException {
        try {
            return Playlist.read(file);
        } catch (BadPlaylistException e) {
            throw new Refusal(Refusal.DATA, e.getMessage());
        } catch (NoSuchFileException e) {
            throw new Refusal(Refusal.NO_INPUT, file + ": no such playlist");
        }
    }

    static String text(Playlist playlist) {
        List<Playlist.Entry> recorded = playlist.entries();
        List<Playlist.Entry> sorted = recorded.stream()
                .sorted(Comparator.comparingLong(Playlist.Entry::position))
                .toList();
        long stored = recorded.stream().mapToLong(Playlist.Entry::stored).sum();
        long unpacked = recorded.stream().mapToLong(Playlist.Entry::capacity).sum();
        Map<String, Integer> regions = new TreeMap<>();
        recorded.forEach(entry -> regions.merge(entry.region(), 1, Integer::sum));
        StringBuilder kinds = new StringBuilder();
        regions.forEach((region, count) -> kinds.append(kinds.isEmpty() ? ": " : ", ")
                .append(region)
                .append(' ')
                .append(count));
        long span = recorded.isEmpty() ? 0 : recorded.get(recorded.size() - 1).micros();
        return line(
                        "image",
                        playlist.image().format() + ", "
                                + Size.show(playlist.image().size()))
                + line("checksum", String.format("%016x", playlist.image().checksum()))
                + line("blocks", recorded.size() + kinds.toString())
                + line("bytes", Size.show(stored) + " to read, at most " + Size.show(unpacked) + " unpacked")
                + line("time", String.format(Locale.ROOT, "%.1f s", span / 1e6))
                + line("seeks", Playlist.seeks(recorded) + " as recorded, " + Playlist.seeks(sorted) + " by position");
    }

    private static String line(String label, String value) {
        return String.format(Locale.ROOT, "%-9s %s%n", label, value);
    }
}
