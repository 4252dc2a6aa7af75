package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import liveroot.cache.BadPlaylistException;
import liveroot.cache.BlockCache;
import liveroot.cache.Demands;
import liveroot.cache.Playlist;
import liveroot.cache.PlaylistPlayer;
import liveroot.cache.PlaylistRecorder;
import org.slf4j.LoggerFactory;

/** The playlists of a mount: the one that is recorded, the one that is read ahead, both or none. */
final class Playlists implements AutoCloseable {

    private final BlockCache cache;
    private final Playlist.Identity image;
    private final Path record;
    private final Path play;
    private final PlaylistRecorder recorder;
    private final PlaylistPlayer player;
    private boolean recording;
    private String fault;

    private Playlists(
            BlockCache cache,
            Playlist.Identity image,
            Path record,
            Path play,
            PlaylistRecorder recorder,
            PlaylistPlayer player) {
        this.cache = cache;
        this.image = image;
        this.record = record;
        this.play = play;
        this.recorder = recorder;
        this.player = player;
        this.recording = recorder != null;
    }

    /**
     * Listens to the image's cache from now on.
     *
     * @param record where to write a playlist at the end; null for none
     * @param play what to read ahead; null for nothing
     * @param directory of the mount, in which neither may lie
     */
    static Playlists of(Image image, Path record, Path play, Path directory) throws Refusal {
        if (record == null && play == null) {
            return new Playlists(image.cache(), null, null, null, null, null);
        }
        String option = record == null ? "--playlist" : "--record";
        if (image.source() == null) {
            throw new Refusal(Refusal.USAGE, option + ": takes one image file, no folder and no layers");
        } else if (!image.cache().hasNamedRegions()) {
            throw new Refusal(
                    Refusal.USAGE,
                    option + ": takes a SquashFS or a compressed .dmg of one file, or what one of them is in; in "
                            + image.format() + " are no blocks that a playlist could name");
        }
        try {
            Path target = record == null ? null : writable(record, directory);
            Playlist.Identity identity = Playlist.Identity.of(image.source(), image.format(), image.cache());
            PlaylistPlayer player = play == null ? null : player(image, play, identity);
            PlaylistRecorder recorder = target == null ? null : new PlaylistRecorder();
            image.cache().observe(both(recorder, player));
            return new Playlists(image.cache(), identity, target, play, recorder, player);
        } catch (BadPlaylistException e) {
            throw new Refusal(Refusal.DATA, e.getMessage());
        } catch (NoSuchFileException e) {
            throw new Refusal(Refusal.NO_INPUT, e.getFile() + ": no such playlist");
        } catch (IOException e) {
            throw new Refusal(IoErrors.isForbidden(e) ? Refusal.PERMISSION : Refusal.IO, IoErrors.describe(e));
        }
    }

    /** Where the file will lie when it is written, through symlinks: they may lead elsewhere by then. */
    private static Path writable(Path file, Path mount) throws Refusal {
        Path directory;
        try {
            directory = file.getParent().toRealPath();
        } catch (IOException e) {
            throw new Refusal(Refusal.CANNOT_CREATE, "--record " + file + ": its directory: " + IoErrors.describe(e));
        }
        Path target = directory.resolve(file.getFileName());
        if (directory.startsWith(mount)) {
            throw new Refusal(
                    Refusal.CANNOT_CREATE,
                    "--record " + file + ": lies below the mount point " + mount + ", name a file elsewhere");
        } else if (!Files.isWritable(directory)) {
            throw new Refusal(Refusal.PERMISSION, "--record " + file + ": " + directory + " cannot be written to");
        } else if (Files.isDirectory(target)) {
            throw new Refusal(Refusal.CANNOT_CREATE, "--record " + file + ": is a directory");
        }
        return target;
    }

    private static PlaylistPlayer player(Image image, Path file, Playlist.Identity identity)
            throws Refusal, IOException {
        Playlist playlist = Playlist.read(file);
        if (!playlist.image().equals(identity)) {
            throw new Refusal(
                    Refusal.DATA,
                    file + ": is of another image than " + image.path() + ": of " + words(playlist.image()) + ", not "
                            + words(identity));
        }
        boolean seeks =
                image.medium() != null ? image.medium().stats().medium().hasHead() : Mediums.hasHead(image.path());
        return new PlaylistPlayer(
                playlist, file.toString(), image.cache(), seeks, line -> LoggerFactory.getLogger(Playlists.class)
                        .warn("{}: {}", file, line));
    }

    /** Of an image, for people. */
    static String words(Playlist.Identity image) {
        return String.format("%s, %d bytes, checksum %016x", image.format(), image.size(), image.checksum());
    }

    private static Demands both(PlaylistRecorder recorder, PlaylistPlayer player) {
        if (recorder == null || player == null) {
            return recorder == null ? player : recorder;
        }
        return new Demands() {
            @Override
            public void demanded(BlockCache.Region region, long position, int stored, int capacity) {
                recorder.demanded(region, position, stored, capacity);
                player.demanded(region, position, stored, capacity);
            }

            @Override
            public void loaded() {
                player.loaded();
            }
        };
    }

    void start() {
        if (player != null) {
            player.start();
        }
    }

    /** Ends the recording and writes it. @return what was done, in words */
    synchronized String stop() throws Refusal {
        if (!recording) {
            throw new Refusal(
                    Refusal.NO_INPUT,
                    recorder == null
                            ? "nothing is recorded there: mount with --record FILE"
                            : "the recording has ended");
        }
        try {
            recorder.playlist(image).write(record);
        } catch (IOException e) {
            throw new Refusal(Refusal.CANNOT_CREATE, record + ": cannot be written: " + IoErrors.describe(e));
        }
        recording = false;
        cache.observe(player);
        return record + ": " + recorder.count() + " blocks";
    }

    /** What status shows; the first two are null without a recording, the others without a list that is read ahead. */
    record Stats(String record, Integer recorded, String playlist, PlaylistPlayer.Stats played) {

        static final Stats NONE = new Stats(null, null, null, null);
    }

    synchronized Stats stats() {
        return new Stats(
                record == null ? null : record.toString(),
                recorder == null ? null : recorder.count(),
                play == null ? null : play.toString(),
                player == null ? null : player.stats());
    }

    @Override
    public synchronized void close() {
        if (player != null) {
            player.close();
        }
        end();
    }

    /** Ends the recording, if it goes on. @return why it could not be written, now or before; null if there is no fault */
    synchronized String end() {
        if (recording) {
            try {
                stop();
            } catch (Refusal e) {
                recording = false;
                fault = e.getMessage();
                LoggerFactory.getLogger(Playlists.class).error("{}", fault);
            }
        }
        return fault;
    }
}
