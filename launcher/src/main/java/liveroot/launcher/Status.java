package liveroot.launcher;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import liveroot.cache.BlockCache;
import liveroot.cache.MediumSource;
import liveroot.cache.PlaylistPlayer;
import liveroot.fs.Name;
import liveroot.overlay.UnionUse;

/**
 * What {@code liveroot status} tells of one mount.
 *
 * @param image its path, null if these are covers
 * @param format such as "SquashFS 4.0, zstd", null likewise
 * @param directory of the root mount, or of the first cover
 * @param pid of the daemon
 * @param since when all was mounted
 * @param front that serves it
 * @param mounted false if it is unmounted, and the daemon serves on because a bind mount or another mount namespace has it
 * @param cache null if there is no image
 * @param medium that it is as slow as, null for its own
 * @param requests by FUSE operation, root and unions together
 * @param log the daemon's log, null if it goes to a terminal
 */
record Status(
        String image,
        String format,
        String directory,
        long pid,
        Instant since,
        String front,
        boolean mounted,
        BlockCache.Stats cache,
        MediumSource.Stats medium,
        Playlists.Stats playlists,
        Map<String, Long> requests,
        List<Union> unions,
        String log) {

    /**
     * @param path inside the image
     * @param size bytes it may take, likewise used and mostUsed; inodes it may hold, likewise
     * @param store where its data lies
     * @param noBetterStore why not in a better one, null if there is none
     * @param noPassthrough why the kernel does not read and write files by itself although the store is made for that, null
     *     if it does
     * @param compression of pages that lie idle, null if there is none
     * @param mounted false if somebody has unmounted it by hand
     */
    record Union(
            String path,
            long size,
            long used,
            long mostUsed,
            long inodes,
            long inodesUsed,
            long mostInodes,
            String store,
            String noBetterStore,
            String noPassthrough,
            UnionUse.Compression compression,
            boolean mounted) {}

    /** For people. */
    String text() {
        StringBuilder text = new StringBuilder();
        if (image == null) {
            line(text, unions.size() == 1 ? "cover of " + UnionsFile.escape(directory) : "covers of directories", "");
        } else {
            line(text, UnionsFile.escape(directory), "");
            line(text, "  image", Name.printable(image));
            line(text, "  format", format);
        }
        line(text, "  mounted", since.truncatedTo(ChronoUnit.SECONDS) + " (" + ago(since) + "), process " + pid);
        if (!mounted) {
            line(text, "  unmounted", "here; a bind mount, another mount namespace or a process in it still has it");
        }
        line(text, "  front", front);
        if (cache != null) {
            line(text, "  cache", cacheText());
        }
        if (medium != null) {
            line(text, "  medium", mediumWords());
        }
        if (playlists.record() != null) {
            line(text, "  record", playlists.recorded() + " blocks, for " + playlists.record());
        }
        if (playlists.played() != null) {
            line(text, "  playlist", playedWords(playlists.played()) + ": " + playlists.playlist());
        }
        line(text, "  requests", busiest());
        if (log != null) {
            line(text, "  log", log);
        }
        if (!unions.isEmpty()) {
            table(text);
        }
        return text.toString();
    }

    private String cacheText() {
        long asked = cache.hits() + cache.misses();
        return Size.show(cache.used()) + " of " + Size.show(cache.budget()) + ", most "
                + Size.show(cache.mostUsed()) + ", " + cache.blocks() + " blocks; "
                + (asked == 0
                        ? "not asked yet"
                        : String.format(Locale.ROOT, "%.1f %% hits of %d", 100.0 * cache.hits() / asked, asked))
                + (cache.loads() == 0
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                "; %d loads of %.2f ms each",
                                cache.loads(),
                                cache.loadNanos() / 1e6 / cache.loads()))
                + (cache.failures() == 0 ? "" : "; " + cache.failures() + " failed");
    }

    private static void line(StringBuilder text, String label, String value) {
        text.append(value.isEmpty() ? label : String.format(Locale.ROOT, "%-11s %s", label, value))
                .append('\n');
    }

    private String mediumWords() {
        return String.format(
                Locale.ROOT,
                "%s: %d requests, %d seeks, %s in %.1f s",
                medium.medium().name(),
                medium.requests(),
                medium.seeks(),
                Size.show(medium.bytes()),
                medium.busyNanos() / 1e9);
    }

    private static String playedWords(PlaylistPlayer.Stats played) {
        int judged = played.hits() + played.misses();
        return played.asked() + " of " + played.entries() + " blocks read ahead"
                + (judged == 0
                        ? ""
                        : String.format(Locale.ROOT, ", %.0f %% hits of %d", 100.0 * played.hits() / judged, judged))
                + (played.off() != null ? "; switched off, " + played.off() : played.done() ? "; done" : "");
    }

    private static String ago(Instant since) {
        long seconds = Math.max(0, Duration.between(since, Instant.now()).toSeconds());
        if (seconds < 120) {
            return seconds + " s ago";
        } else if (seconds < 7200) {
            return seconds / 60 + " min ago";
        }
        return seconds / 3600 + " h ago";
    }

    private String busiest() {
        long all = requests.values().stream().mapToLong(Long::longValue).sum();
        StringBuilder text = new StringBuilder().append(all);
        String separator = ": ";
        List<Map.Entry<String, Long>> most = requests.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(6)
                .toList();
        for (Map.Entry<String, Long> entry : most) {
            text.append(separator).append(entry.getKey()).append(' ').append(entry.getValue());
            separator = ", ";
        }
        return text.toString();
    }

    private void table(StringBuilder text) {
        int width = 5;
        for (Union union : unions) {
            width = Math.max(width, UnionsFile.escape(union.path()).length());
        }
        String form = "  %-" + width + "s %10s %10s %10s %10s %19s  %s%n";
        text.append(String.format(Locale.ROOT, form, "union", "size", "used", "free", "most", "inodes", "store"));
        for (Union union : unions) {
            text.append(String.format(
                    Locale.ROOT,
                    form,
                    UnionsFile.escape(union.path()),
                    Size.show(union.size()),
                    Size.show(union.used()),
                    Size.show(union.size() - union.used()),
                    Size.show(union.mostUsed()),
                    union.inodesUsed() + " of " + union.inodes() + ", most " + union.mostInodes(),
                    union.mounted() ? union.store() : "(unmounted)"));
        }
        unions.stream()
                .filter(union -> union.noBetterStore() != null)
                .map(union -> "why " + union.store() + ": " + union.noBetterStore())
                .distinct()
                .forEach(why -> text.append("  ").append(why).append('\n'));
        unions.stream()
                .map(Status::remarks)
                .forEach(remarks -> remarks.forEach(
                        remark -> text.append("  ").append(remark).append('\n')));
    }

    private static List<String> remarks(Union union) {
        List<String> remarks = new ArrayList<>();
        if (union.noPassthrough() != null) {
            remarks.add(union.path() + ": no passthrough: " + union.noPassthrough());
        }
        UnionUse.Compression compression = union.compression();
        if (compression != null) {
            remarks.add(union.path() + ": holds "
                    + Size.show(union.used() + compression.plain() - compression.packed()) + " in "
                    + Size.show(union.used()) + ": " + Size.show(compression.plain())
                    + " that nobody has touched for a while are compressed into " + Size.show(compression.packed()));
        }
        return remarks;
    }

    /** For programs; the keys stay. */
    String json() {
        Json json = new Json().open('{');
        json.name("directory").value(directory);
        json.name("image").value(image);
        json.name("format").value(format);
        json.name("pid").value(pid);
        json.name("since").value(since.toString());
        json.name("front").value(front);
        json.name("mounted").value(mounted);
        json.name("log").value(log);
        if (cache != null) {
            cacheJson(json);
            playlistsJson(json);
        }
        json.name("requests").open('{');
        requests.forEach((operation, count) -> json.name(operation).value(count));
        json.close('}');
        json.name("unions").open('[');
        unionsJson(json);
        return json.close(']').close('}').toString();
    }

    private void cacheJson(Json json) {
        json.name("cache").open('{');
        json.name("budget").value(cache.budget());
        json.name("used").value(cache.used());
        json.name("most_used").value(cache.mostUsed());
        json.name("blocks").value(cache.blocks());
        json.name("hits").value(cache.hits());
        json.name("misses").value(cache.misses());
        json.name("loads").value(cache.loads());
        json.name("failures").value(cache.failures());
        json.name("load_nanoseconds").value(cache.loadNanos());
        json.name("evictions").value(cache.evictions());
        json.close('}');
    }

    private void playlistsJson(Json json) {
        json.name("medium");
        if (medium == null) {
            json.value(null);
        } else {
            json.open('{');
            json.name("name").value(medium.medium().name());
            json.name("requests").value(medium.requests());
            json.name("seeks").value(medium.seeks());
            json.name("bytes").value(medium.bytes());
            json.name("busy_nanoseconds").value(medium.busyNanos());
            json.close('}');
        }
        json.name("record");
        if (playlists.record() == null) {
            json.value(null);
        } else {
            json.open('{').name("file").value(playlists.record());
            json.name("blocks").value(playlists.recorded()).close('}');
        }
        json.name("playlist");
        PlaylistPlayer.Stats played = playlists.played();
        if (played == null) {
            json.value(null);
        } else {
            json.open('{').name("file").value(playlists.playlist());
            json.name("blocks").value(played.entries());
            json.name("read_ahead").value(played.asked());
            json.name("hits").value(played.hits());
            json.name("misses").value(played.misses());
            json.name("done").value(played.done());
            json.name("off").value(played.off()).close('}');
        }
    }

    private void unionsJson(Json json) {
        for (Union union : unions) {
            json.open('{');
            json.name("path").value(union.path());
            json.name("size").value(union.size());
            json.name("used").value(union.used());
            json.name("free").value(union.size() - union.used());
            json.name("most_used").value(union.mostUsed());
            json.name("inodes").value(union.inodes());
            json.name("inodes_used").value(union.inodesUsed());
            json.name("most_inodes").value(union.mostInodes());
            json.name("store").value(union.store());
            json.name("no_better_store").value(union.noBetterStore());
            json.name("no_passthrough").value(union.noPassthrough());
            UnionUse.Compression compression = union.compression();
            if (compression == null) {
                json.name("compression").value((String) null);
            } else {
                json.name("compression").open('{');
                json.name("holds").value(union.used() + compression.plain() - compression.packed());
                json.name("compressed").value(compression.plain());
                json.name("into").value(compression.packed());
                json.close('}');
            }
            json.name("mounted").value(union.mounted());
            json.close('}');
        }
    }
}
