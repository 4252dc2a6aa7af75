package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a boot demands is recorded, and read ahead in the next; on a slow medium that shows, without a clock, in seeks. */
class PlaylistTest {

    private static final String DISC = "3ms,40m";

    private static Path image;
    private static Path tree;
    private static Path other;

    /** 800 files of 20 to 60 KB that do not compress well; a boot reads every third, to and fro. */
    @BeforeAll
    static void makeImages() {
        Host.needs("perl", "mksquashfs");
        image = make("1");
        other = make("2");
    }

    private static Path make(String seed) {
        tree = Workspace.directory("boot-" + seed);
        Path made = Workspace.path("boot-" + seed + ".sqfs");
        Command.bash(
                        """
                        perl -e 'srand shift; chdir shift; for $i (1..800) { open F, ">", sprintf "%03d", $i or die $!;
                            print F map { chr 32 + rand 64 } 1..20000 + rand 40000 }' "$1" "$2"
                        mksquashfs "$2" "$3" -comp gzip -no-fragments -no-progress > /dev/null
                        """,
                        seed, tree, made)
                .within(Duration.ofMinutes(2))
                .ok();
        return made;
    }

    private static String boot(Mounted mounted) {
        return Command.bash(
                        "perl -e 'chdir shift; print sprintf(\"%03d\\n\", 1 + $_ * 37 * 3 % 798) for 0..265' . |"
                                + " (cd \"$1\" && xargs cat | sha256sum)",
                        mounted.directory())
                .within(Duration.ofMinutes(1))
                .ok();
    }

    @Test
    void a_boot_with_its_playlist_needs_fewer_than_half_the_seeks() throws Exception {
        Path list = Workspace.path("boot.list");
        String bytes;
        long seeks;
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--medium", DISC, "--record", list.toString())) {
            bytes = boot(mounted);
            seeks = mounted.status().get("medium").get("seeks").asLong();
            assertTrue(mounted.status().get("record").get("blocks").asLong() > 200);
            assertFalse(Files.exists(list), "before the unmount");
        }
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--medium", DISC, "--playlist", list.toString())) {
            assertEquals(bytes, boot(mounted));
            JsonNode status = mounted.status();
            JsonNode playlist = status.get("playlist");
            assertTrue(status.get("medium").get("seeks").asLong() < seeks / 2, seeks + " seeks without, " + status);
            assertTrue(
                    playlist.get("hits").asLong() > 20 * playlist.get("misses").asLong(), status.toString());
            assertTrue(playlist.get("off").isNull(), status.toString());
            String text = Liveroot.command("status", mounted.directory()).ok();
            assertTrue(text.contains("medium    " + DISC) && text.contains("blocks read ahead, "), text);
        }
        show(list);
    }

    private static void show(Path list) throws Exception {
        Path picture = Workspace.path("map.svg");
        String text = Liveroot.command("playlist", list, "--svg", picture).ok();
        assertTrue(text.contains("seeks") && text.contains("as recorded"), text);
        String svg = Files.readString(picture);
        DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        assertTrue(svg.contains("seconds since the mount"), svg);
    }

    @Test
    void runs_of_a_disk_image_are_read_ahead_and_what_is_not_compressed_is_refused() {
        Host.needs("mke2fs", "python3");
        Path disk = Workspace.path("boot.ext4");
        Path packed = Workspace.path("boot.dmg");
        Command.bash(
                        "mke2fs -q -F -t ext4 -d \"$1\" \"$2\" 64M; python3 \"$4\" \"$2\" \"$3\"",
                        tree,
                        disk,
                        packed,
                        Images.file("dmg.py"))
                .within(Duration.ofMinutes(1))
                .ok();
        Path list = Workspace.path("dmg.list");
        String bytes;
        try (Mounted mounted = Mounted.of(packed, Front.KERNEL, "--record", list.toString())) {
            bytes = boot(mounted);
        }
        try (Mounted mounted = Mounted.of(packed, Front.KERNEL, "--medium", DISC, "--playlist", list.toString())) {
            assertEquals(bytes, boot(mounted));
            JsonNode playlist = mounted.status().get("playlist");
            // What the kernel reads ahead, and what is pushed to it, differs a little each time.
            assertTrue(playlist.get("hits").asLong() > 30, playlist.toString());
            assertTrue(
                    playlist.get("hits").asLong() > 10 * playlist.get("misses").asLong(), playlist.toString());
            assertTrue(playlist.get("off").isNull(), playlist.toString());
        }
        Command.Result refused = Liveroot.command("mount", disk, Workspace.directory("plain"), "--record", list)
                .run();
        assertEquals(64, refused.status(), refused.toString());
        assertTrue(refused.err().contains("are no blocks that a playlist could name"), refused.toString());
    }

    @Test
    void umount_says_that_a_recording_could_not_be_written() throws IOException {
        Path place = Workspace.directory("for-a-while");
        Path directory = Workspace.directory("unwritten");
        Liveroot.command("mount", image, directory, "--record", place.resolve("lost.list"))
                .ok();
        Files.delete(place);
        Command.Result said = Liveroot.command("umount", directory).run();
        assertEquals(73, said.status(), said::toString);
        assertTrue(
                said.err().contains("is unmounted, but its recording is lost: ")
                        && said.err().contains("lost.list")
                        && said.err().lines().count() == 1,
                said::toString);
        assertEquals(
                "", Command.of("find", directory.toString(), "-mindepth", "1").ok());
    }

    @Test
    void a_playlist_of_another_image_is_refused_in_one_line() throws IOException {
        Path list = Workspace.path("one.list");
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--record", list.toString())) {
            boot(mounted);
            assertTrue(Liveroot.command("playlist", "--stop", mounted.directory())
                    .ok()
                    .startsWith(list + ": "));
        }
        Path directory = Workspace.directory("refused");
        Command.Result refused =
                Liveroot.command("mount", other, directory, "--playlist", list).run();
        assertEquals(65, refused.status(), refused.toString());
        assertTrue(
                refused.err().contains("is of another image than")
                        && refused.err().lines().count() == 1,
                refused.toString());
        Files.writeString(list, Files.readString(list).replaceFirst("metadata", "metadata metadata"));
        Command.Result damaged =
                Liveroot.command("mount", image, directory, "--playlist", list).run();
        assertEquals(65, damaged.status(), damaged.toString());
        assertTrue(damaged.err().contains(list + ": line 5 is "), damaged.toString());
    }

    @Test
    void a_playlist_of_another_boot_switches_itself_off_and_wrong_sizes_in_it_harm_nothing() throws IOException {
        Path list = Workspace.path("right.list");
        Path wrong = Workspace.path("wrong.list");
        String bytes;
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--record", list.toString())) {
            bytes = boot(mounted);
        }
        Command.bash(
                        "perl -pe 's/^(\\d+ data \\d+) (\\d+) (\\d+)$/\"$1 \" . ($2 - 7) . \" \" . ($3 - 1000)/e' \"$1\" > \"$2\"",
                        list,
                        wrong)
                .ok();
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--playlist", wrong.toString())) {
            assertEquals(bytes, boot(mounted));
        }
        try (Mounted mounted =
                Mounted.of(image, Front.KERNEL, "--medium", DISC, "--playlist", list.toString(), "--cache", "8m")) {
            Command.bash(
                            "cd \"$1\"; for i in $(seq 2 3 599); do cat $(printf %03d $i); done | sha256sum",
                            mounted.directory())
                    .ok();
            assertTrue(mounted.status().get("playlist").get("off").asText().contains("blocks were in the list"));
        }
    }
}
