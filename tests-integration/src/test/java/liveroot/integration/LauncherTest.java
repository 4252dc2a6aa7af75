package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The command: what it says, how it exits, what it leaves behind. Exit statuses are those of sysexits.h. */
class LauncherTest {

    private static final int USAGE = 64;
    private static final int DATA = 65;
    private static final int NO_INPUT = 66;
    private static final int CANNOT_CREATE = 73;
    private static final int BUSY = 75;

    private static Path image;

    @BeforeAll
    static void makeImage() {
        Host.needs("setfattr", "perl");
        image = Images.of(SquashfsRecipe.ZSTD, Images.tree("small-tree.sh"));
    }

    private static void refused(int status, String pattern, Object... arguments) {
        Command.Result result = Liveroot.command(arguments).run();
        assertEquals(status, result.status(), result::toString);
        assertEquals("", result.out(), result::toString);
        assertTrue(result.err().matches("liveroot: [^\n]+\n"), () -> "one line is expected: " + result);
        assertTrue(
                java.util.regex.Pattern.compile(pattern).matcher(result.err()).find(),
                () -> "\"" + pattern + "\" is expected in: " + result);
    }

    private static void nothingMountedAt(Path directory) {
        assertEquals(
                "",
                Command.of("awk", "-v", "d=" + directory, "$2 == d", "/proc/self/mounts")
                        .ok());
    }

    // Errors of mount

    @Test
    void an_image_that_is_not_there() {
        Path directory = Workspace.directory("mnt");
        refused(NO_INPUT, "nowhere.sqfs: no such image", "mount", "/nowhere.sqfs", directory);
        nothingMountedAt(directory);
    }

    @Test
    void a_directory_for_an_image() {
        refused(NO_INPUT, "is a directory", "mount", Workspace.directory("tree"), Workspace.directory("mnt"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "printf '',                                       empty",
        "head -c 100000 /dev/zero,                        ''",
        "head -c 100000 /dev/urandom,                     ''",
        "echo text,                                       ''",
        "printf 'hsqs' && head -c 1000 /dev/zero,         at byte [0-9]+",
        "head -c 60 \"$1\",                               at byte [0-9]+",
        "head -c 5000 \"$1\",                             at byte [0-9]+",
        "mke2fs -q -F /dev/stdout 0 || head -c 2000 /dev/zero && printf '\\123\\357', ''",
    })
    void what_is_no_image_or_a_part_of_one(String make, String pattern) {
        Path file = Workspace.path("no-image");
        Path directory = Workspace.directory("mnt");
        Command.bash("{ " + make + "; } > \"$2\" 2> /dev/null || true", image, file)
                .ok();
        refused(DATA, file.getFileName() + ".*" + pattern, "mount", file, directory);
        nothingMountedAt(directory);
    }

    @Test
    void a_mount_point_that_is_not_there_or_no_directory() {
        refused(CANNOT_CREATE, "/nowhere/mnt: mount point does not exist", "mount", image, "/nowhere/mnt");
        refused(CANNOT_CREATE, "not a directory", "mount", image, image);
    }

    @Test
    void a_union_over_what_the_image_lacks_or_what_is_no_directory() {
        Path directory = Workspace.directory("mnt");
        refused(NO_INPUT, "/no/such", "mount", image, directory, "--union", "/no/such=1m");
        refused(NO_INPUT, "/text", "mount", image, directory, "--union", "/text=1m");
        refused(USAGE, "'a'", "mount", image, directory, "--union", "a=1m");
        nothingMountedAt(directory);
    }

    @ParameterizedTest(name = "--union /a={0}")
    @CsvSource({"1x", "-1m", "k", "0", "99999999999999999999", "1.5m", "900%", "100000g", "''", "1 m"})
    void sizes_that_cannot_be_read_or_had(String size) {
        Path directory = Workspace.directory("mnt");
        refused(USAGE, "size '|more than half of RAM", "mount", image, directory, "--union", "/a=" + size);
        nothingMountedAt(directory);
    }

    @Test
    void words_and_options_that_are_unknown_or_missing() {
        refused(USAGE, "", "munt");
        refused(USAGE, "", "mount");
        refused(USAGE, "", "mount", image);
        refused(USAGE, "--nonsense", "mount", image, Workspace.directory("mnt"), "--nonsense");
        refused(USAGE, "'x'", "mount", image, Workspace.directory("mnt"), "--front", "x");
        refused(USAGE, "--cache", "mount", image, Workspace.directory("mnt"), "--cache", "1");
        refused(USAGE, "", "umount");
    }

    @Test
    void umount_and_status_of_what_is_not_mounted() {
        Path directory = Workspace.directory("mnt");
        refused(NO_INPUT, "nothing of liveroot's is mounted", "umount", directory);
        refused(NO_INPUT, "nothing of liveroot's is mounted", "status", directory);
        for (String word : new String[] {"umount", "status"}) {
            refused(
                    NO_INPUT,
                    "nothing of liveroot's is mounted there, there is no such directory",
                    word,
                    "/nowhere/mnt");
            refused(NO_INPUT, "nothing of liveroot's is mounted there", word, directory + "/no");
        }
    }

    @Test
    void unions_from_a_standard_input_that_says_nothing() {
        Path directory = Workspace.directory("mnt");
        for (String input : new String[] {"<&-", "< /dev/null"}) {
            Command.Result result = Command.bash(
                            "\"$@\" " + input,
                            Liveroot.command("mount", image, directory, "--unions", "-")
                                    .words())
                    .run();
            assertEquals(NO_INPUT, result.status(), result::toString);
            assertTrue(result.err().matches("liveroot: --unions -: the standard input[^\n]+\n"), result::toString);
        }
        nothingMountedAt(directory);
    }

    @Test
    void too_few_descriptors_for_a_daemon() {
        Path directory = Workspace.directory("mnt");
        Command.Result result = Command.bash(
                        "ulimit -n 20; exec \"$@\"",
                        Liveroot.command("mount", image, directory).words())
                .run();
        assertEquals(71, result.status(), result::toString);
        assertTrue(result.err().matches("liveroot: only 20 files may be open[^\n]+\n"), result::toString);
        nothingMountedAt(directory);
    }

    @Test
    void a_guest_that_opens_more_files_than_the_daemon_may() {
        Host.needsRoot("a union over a directory of root's");
        Path directory = Workspace.directory("mnt");
        Object[] mount =
                Liveroot.command("mount", image, directory, "--union", "/a=8m").words();
        assertEquals("", Command.bash("ulimit -n 160; exec \"$@\"", mount).ok());
        try {
            Command.bash(
                            """
                            ulimit -n 4096
                            perl -e 'for $i (1..1000) { open $f[$i], "+>", "f$i" or die "open $i: $!"; }
                              for $i (1..1000) { syswrite $f[$i], "text $i" or die "write $i: $!"; }
                              for $i (1..1000) { sysseek $f[$i], 0, 0; sysread $f[$i], $b, 99 or die "read $i: $!";
                                $b eq "text $i" or die "$i: $b"; }
                              open STDOUT, ">", "/dev/null"; system($ARGV[0], "status", $ARGV[1]) == 0 or die "status"' "$1" "$2"
                            cat f1 f1000 > /dev/null
                            """,
                            mount[0],
                            directory)
                    .in(directory.resolve("a"))
                    .ok();
        } finally {
            Liveroot.command("umount", directory).ok();
        }
        nothingMountedAt(directory);
    }

    @ParameterizedTest(name = "{0} front")
    @EnumSource(
            value = Front.class,
            names = {"KERNEL", "JNR_FUSE"})
    void a_mount_that_was_moved_is_found_where_it_is(Front front) {
        Host.needsRoot("mount --move");
        front.need();
        Path parent = Workspace.directory("parent");
        Path second = parent.resolve("second");
        Command.bash("mount -t tmpfs t \"$1\"; mount --make-private \"$1\"; mkdir \"$1\"/first \"$1\"/second", parent)
                .ok();
        try {
            Path place = parent.resolve("first");
            assertEquals(
                    "",
                    Liveroot.command("mount", image, place, "--front", front.option(), "--union", "/a=1m")
                            .ok());
            Command.of("mount", "--move", place.toString(), second.toString()).ok();
            Command.bash("echo x > a/new; test $(cat a/new) = x").in(second).ok();
            assertTrue(Liveroot.command("status", second).ok().startsWith(second + "\n"));
            assertTrue(Liveroot.command("status").ok().contains(second + "\n"));
            refused(NO_INPUT, "nothing of liveroot's", "umount", place);
            assertEquals("", Liveroot.command("umount", second).ok());
            nothingMountedAt(second);
        } finally {
            Command.of("umount", "-R", "-l", parent.toString()).ok();
        }
    }

    @Test
    void a_union_goes_with_its_mount_also_when_the_directory_above_it_was_renamed() {
        Path directory = Workspace.directory("mnt");
        assertEquals(
                "",
                Liveroot.command("mount", image, directory, "--union", "/=16m", "--union", "/a/b=1m")
                        .ok());
        try {
            String said = Command.bash(
                            """
                            mv a z; echo x > z/b/new
                            "$1" umount . 2>&1 || echo $?
                            cat z/b/new z/b/c/leaf; df -k --output=size z/b | tail -n +2
                            """,
                            Liveroot.SCRIPT)
                    .in(directory)
                    .ok();
            assertTrue(
                    said.matches("liveroot: \\Q" + directory + "\\E is busy: bash [^\n]+\n75\nx\nleaf\n *1024\n"),
                    said);
            assertEquals("", Liveroot.command("umount", directory).ok());
            nothingMountedAt(directory);
        } finally {
            Command.of("umount", "-R", "-l", "-q", directory.toString()).run();
        }
    }

    @Test
    void each_word_explains_itself() {
        assertTrue(Liveroot.command("--version").ok().startsWith("liveroot "));
        for (String word : List.of("mount", "resize", "umount", "status", "inspect", "demo")) {
            String help = Liveroot.command(word, "--help").ok();
            assertTrue(help.contains("liveroot " + word), help);
        }
    }

    // Life of a mount

    @ParameterizedTest(name = "{0} front")
    @EnumSource(
            value = Front.class,
            names = {"KERNEL", "JNR_FUSE"})
    void mount_returns_with_its_output_closed_and_the_file_system_answering(Front front) {
        front.need();
        Path directory = Workspace.directory("mnt");
        try {
            // A pipe that the daemon kept open would keep the shell waiting.
            String out = Command.bash(
                            "out=$(\"$1\" mount \"$2\" \"$3\" --front \"$4\" 2>&1); test -z \"$out\"; cat \"$3/a/b/c/leaf\"",
                            Liveroot.SCRIPT,
                            image,
                            directory,
                            front)
                    .within(Duration.ofSeconds(30))
                    .ok();
            assertEquals("leaf\n", out);
        } finally {
            Liveroot.command("umount", directory).ok();
        }
        nothingMountedAt(directory);
    }

    @Test
    void a_second_mount_on_the_same_place_is_refused_and_harms_nothing() {
        try (Mounted mounted = Mounted.of(image, Front.KERNEL)) {
            refused(BUSY, "mounted there already", "mount", image, mounted.directory());
            assertEquals(
                    "leaf\n",
                    Command.of("cat", mounted.directory("a/b/c/leaf").toString())
                            .ok());
        }
    }

    @Test
    void status_of_what_a_bind_mount_keeps_alive_after_umount_says_so() {
        Host.needsRoot("bind mounts");
        Path directory = Workspace.directory("mnt");
        Path bound = Workspace.directory("bound");
        Liveroot.command("mount", image, directory).ok();
        Command.of("mount", "--bind", directory.resolve("a").toString(), bound.toString())
                .ok();
        try {
            Command.Result umount = Liveroot.command("umount", directory).run();
            assertEquals(0, umount.status());
            assertTrue(umount.toString().contains("mounted on " + bound + " too"), umount.toString());
            String status = Liveroot.command("status", directory).ok();
            assertTrue(status.contains("unmounted here"), status);
            assertEquals(
                    "leaf\n",
                    Command.of("cat", bound.resolve("b/c/leaf").toString()).ok());
        } finally {
            Command.of("umount", bound.toString()).ok();
        }
        nothingMountedAt(directory);
    }

    @ParameterizedTest
    @EnumSource(names = {"KERNEL", "JNR_FUSE"})
    void what_a_union_holds_stays_where_that_alone_is_bound(Front front) {
        front.need();
        Host.needsRoot("bind mounts");
        Path directory = Workspace.directory("mnt");
        Path bound = Workspace.directory("bound");
        Liveroot.command("mount", image, directory, "--union", "/a=1m", "--front", front.option())
                .ok();
        Command.of("mount", "--bind", directory.resolve("a").toString(), bound.toString())
                .ok();
        try {
            Command.bash("echo kept > \"$1/new\"", bound).ok();
            Command.Result umount = Liveroot.command("umount", directory).run();
            assertEquals(0, umount.status());
            assertTrue(umount.toString().contains("mounted on " + bound + " too"), umount.toString());
            assertFalse(Liveroot.command("status", directory).ok().contains("requests  0"));
            assertEquals(
                    "kept\n", Command.of("cat", bound.resolve("new").toString()).ok());
        } finally {
            Command.of("umount", bound.toString()).ok();
        }
        nothingMountedAt(directory);
    }

    @Test
    void what_was_unmounted_by_hand_and_lives_on_at_another_place_is_said_too() {
        Host.needsRoot("bind mounts");
        Path directory = Workspace.directory("mnt");
        Path bound = Workspace.directory("bound");
        Liveroot.command("mount", image, directory, "--union", "/a=1m").ok();
        Command.bash("mount --bind \"$1/a\" \"$2\"; umount \"$1/a\" \"$1\"", directory, bound)
                .ok();
        try {
            Command.Result umount = Liveroot.command("umount", directory).run();
            assertEquals(0, umount.status(), umount::toString);
            assertTrue(umount.toString().contains("mounted on " + bound + " too"), umount.toString());
        } finally {
            Command.of("umount", bound.toString()).ok();
        }
        nothingMountedAt(directory);
    }

    @Test
    void sigterm_gives_users_a_moment_also_of_what_lives_on_at_another_place() {
        Host.needsRoot("bind mounts");
        Path bound = Workspace.directory("bound");
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--union", "/a=1m")) {
            long daemon = mounted.daemon();
            Command.bash("mount --bind \"$1/a\" \"$2\"", mounted.directory(), bound)
                    .ok();
            try {
                Liveroot.command("umount", mounted.directory()).ok();
                Command.bash("exec 9> \"$1/new\"; kill -TERM $2; sleep 3; echo late >&9", bound, daemon)
                        .ok();
            } finally {
                Command.of("umount", bound.toString()).ok();
            }
            Command.bash("for i in {1..100}; do test -e /proc/$1 || exit 0; sleep 0.1; done; exit 1", daemon)
                    .ok();
            Mounted.at(mounted.directory(), image, Front.KERNEL);
        }
    }

    @Test
    void layers_of_an_overlayfs_keep_a_mount_busy() {
        Host.needsRoot("an overlayfs");
        // Characters that overlayfs wants to have a backslash before them.
        Path directory = Workspace.directory("m,n:t");
        Path merged = Workspace.directory("merged");
        Liveroot.command("mount", image, directory).ok();
        try {
            Command.bash(
                            "mount -t overlay overlay -o \"lowerdir=$(sed 's/[,:]/\\\\&/g' <<< \"$1\")/a:$2\" \"$3\"",
                            directory,
                            Workspace.directory("lower"),
                            merged)
                    .ok();
            refused(BUSY, "the overlay on " + merged, "umount", directory);
            Command.of("umount", merged.toString()).ok();
        } finally {
            Command.bash("umount \"$1\" 2> /dev/null || true", merged).ok();
            Liveroot.command("umount", directory).ok();
        }
        nothingMountedAt(directory);
    }

    @Test
    void layers_of_an_overlayfs_in_what_a_mount_hides_do_not_keep_it_busy() {
        Host.needsRoot("an overlayfs");
        Path directory = Workspace.directory("mnt");
        Path merged = Workspace.directory("merged");
        Command.bash(
                        "mount -t overlay overlay -o \"lowerdir=$1:$2\" \"$3\"",
                        directory,
                        Workspace.directory("lower"),
                        merged)
                .ok();
        try {
            Liveroot.command("mount", image, directory).ok();
            Liveroot.command("umount", directory).ok();
        } finally {
            Command.of("umount", merged.toString()).ok();
        }
        nothingMountedAt(directory);
    }

    @Test
    void a_relative_path_in_a_directory_that_is_gone_is_refused() {
        String script = "mkdir gone; cd gone; rmdir ../gone; exec \"$1\" inspect x";
        Command.Result result = Command.bash(script, Liveroot.SCRIPT)
                .in(Workspace.directory("cwd"))
                .run();
        assertEquals(66, result.status(), result::toString);
        assertTrue(result.err().contains("'x': the working directory is gone"), result::toString);
    }

    @Test
    void of_several_mounts_at_once_on_one_place_one_wins() {
        Path directory = Workspace.directory("mnt");
        List<Command.Running> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(Liveroot.command("mount", image, directory).start());
        }
        List<Command.Result> results = all.stream().map(Command.Running::await).toList();
        try {
            List<Integer> statuses =
                    results.stream().map(Command.Result::status).sorted().toList();
            assertEquals(List.of(0, BUSY, BUSY, BUSY), statuses, results::toString);
            assertEquals(
                    "leaf\n",
                    Command.of("cat", directory.resolve("a/b/c/leaf").toString())
                            .ok());
        } finally {
            Liveroot.command("umount", directory).run();
            // If several won they lie on each other.
            Command.bash("while mountpoint -q \"$1\"; do umount -l \"$1\"; done", directory)
                    .ok();
        }
        nothingMountedAt(directory);
    }

    @Test
    @InNamespace
    void what_another_mount_namespace_has_is_unmounted_here_and_its_place_can_be_used_again() {
        Host.needsRoot("a mount namespace of its own");
        Front.KERNEL.need();
        Path directory = Workspace.directory("mnt");
        Command.Result result = Command.bash(
                        """
                        "$1" mount "$2" "$3"
                        unshare -m sh -c 'touch "$1.here"; exec sleep 100' sh "$3" &
                        while ! [ -e "$3.here" ]; do sleep 0.1; done
                        trap 'kill $!' EXIT
                        status=0; said=$(nsenter -m -t $! "$1" umount "$3" 2>&1) || status=$?
                        [[ $status = 66 && $said == *"mount namespace, that of its daemon"* ]] || { echo "$said"; exit 1; }
                        said=$("$1" umount "$3" 2>&1)
                        [[ $said == *"($!) has it in another mount namespace"* ]] || { echo "$said"; exit 1; }
                        "$1" mount "$2" "$3" && cat "$3/a/b/c/leaf" && "$1" umount "$3"
                        """,
                        Liveroot.SCRIPT,
                        image,
                        directory)
                .within(Duration.ofSeconds(60))
                .run();
        assertEquals("leaf\n", result.out(), result::toString);
        nothingMountedAt(directory);
    }

    @Test
    void two_images_are_mounted_side_by_side_and_one_image_twice() {
        try (Mounted one = Mounted.of(image, Front.KERNEL);
                Mounted two = Mounted.of(image, Front.KERNEL, "--union", "/a=1m")) {
            Command.bash("echo x > \"$1/a/new\"; test ! -e \"$2/a/new\"", two.directory(), one.directory())
                    .ok();
        }
    }

    @Test
    void a_mount_in_use_is_not_unmounted_and_stays_whole() {
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--union", "/a=1m", "--union", "/many=1m")) {
            try (Command.Running user =
                    Command.of("sleep", "60").in(mounted.directory("a")).start()) {
                Command.of("sleep", "0.3").ok();
                refused(BUSY, "sleep|" + user.pid(), "umount", mounted.directory());
                assertEquals(3, mounted.mounts().lines().count(), mounted::mounts);
                Command.bash("cd \"$1\"; echo x > a/x; echo y > many/y; cat text > /dev/null", mounted.directory())
                        .ok();
            }
        }
    }

    @Test
    void sigterm_unmounts_cleanly() {
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--union", "/a=1m")) {
            long daemon = mounted.daemon();
            Command.bash(
                            "kill -TERM $1; for i in {1..100}; do test -e /proc/$1 || exit 0; sleep 0.1; done; exit 1",
                            daemon)
                    .ok();
            assertEquals("", mounted.mounts());
            Mounted.at(mounted.directory(), image, Front.KERNEL);
        }
    }

    @Test
    void umount_by_umount_ends_the_daemon_too() {
        Host.needsRoot("umount(8) of a mount by root");
        try (Mounted mounted = Mounted.of(image, Front.KERNEL)) {
            long daemon = mounted.daemon();
            Command.bash(
                            "umount \"$1\"; for i in {1..100}; do test -e /proc/$2 || exit 0; sleep 0.1; done; exit 1",
                            mounted.directory(),
                            daemon)
                    .ok();
            Mounted.at(mounted.directory(), image, Front.KERNEL);
        }
    }

    @Test
    void the_daemon_keeps_no_directory_busy() {
        Path directory = Workspace.directory("elsewhere");
        Path mnt = Workspace.directory("mnt");
        Command.of(Liveroot.SCRIPT.toString(), "mount", image.toString(), "../" + mnt.getFileName())
                .in(directory)
                .ok();
        Command.of("rmdir", directory.toString()).ok();
        Liveroot.command("umount", mnt).ok();
    }

    @Test
    void odd_names_of_images_and_mount_points() {
        Path odd = Workspace.root().resolve("odd ü,\\ 'name\" = $x;#\t.d");
        Command.bash("mkdir \"$1\"; cp \"$2\" \"$1/a,b c.sqfs\"; mkdir \"$1/m n\\t\"", odd, image)
                .ok();
        Path directory = odd.resolve("m n\\t");
        for (Front front : Front.OF_IMAGES) {
            front.need();
            Liveroot.command(
                            "mount",
                            odd.resolve("a,b c.sqfs"),
                            directory,
                            "--front",
                            front.option(),
                            "--union",
                            "/a=1m")
                    .ok();
            assertEquals(
                    "leaf\n",
                    Command.bash("echo x > \"$1/a/x\"; cat \"$1/a/b/c/leaf\"", directory)
                            .ok());
            Liveroot.command("umount", directory).ok();
        }
        Command.of("rm", "-r", "--one-file-system", odd.toString()).ok();
    }

    @Test
    void nonsense_on_the_control_socket_does_not_end_the_daemon() {
        try (Mounted mounted = Mounted.of(image, Front.KERNEL)) {
            long daemon = mounted.daemon();
            String socket = Command.bash(
                            """
                            for d in /run/liveroot "${XDG_RUNTIME_DIR:-/nowhere}/liveroot" "/tmp/liveroot-$(id -u)"; do
                              if test -S "$d/$1.socket"; then echo "$d/$1.socket"; fi
                            done
                            """,
                            daemon)
                    .ok()
                    .strip();
            Command.of(
                            "perl",
                            "-MSocket",
                            "-e",
                            """
                            srand 4;
                            $SIG{PIPE} = "IGNORE";
                            my @nonsense = ("", "\\n", "status", "\\0" x 1000, "x" x 100000, "umount now\\n", "status \\n\\n",
                              join("", map { chr int rand 256 } 1 .. 5000) . "\\n", "GET / HTTP/1.0\\r\\n\\r\\n", "\\xff\\n");
                            for my $bytes (@nonsense, @nonsense) {
                              socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die;
                              connect($s, pack_sockaddr_un($ARGV[0])) or die "connect: $!";
                              syswrite $s, $bytes;
                              shutdown $s, 1 if length $bytes;
                              push @kept, $s if $bytes eq "";
                            }
                            """,
                            socket)
                    .ok();
            assertEquals(daemon, mounted.daemon());
            assertEquals(daemon, mounted.status().get("pid").asLong());
            assertEquals(
                    "leaf\n",
                    Command.of("cat", mounted.directory("a/b/c/leaf").toString())
                            .ok());
        }
    }

    // Status

    @ParameterizedTest(name = "{0} front")
    @EnumSource(
            value = Front.class,
            names = {"KERNEL", "JNR_FUSE"})
    void status_tells_what_is_mounted_and_counts(Front front) {
        try (Mounted mounted = Mounted.of(image, front, "--union", "/a=512k")) {
            JsonNode before = mounted.status();
            assertEquals(mounted.directory().toString(), before.get("directory").asText());
            assertEquals(image.toString(), before.get("image").asText());
            assertEquals(front.toString(), before.get("front").asText());
            assertEquals(mounted.daemon(), before.get("pid").asLong());
            JsonNode union = before.get("unions").get(0);
            assertEquals("/a", union.get("path").asText());
            assertEquals(512 << 10, union.get("size").asLong());
            Command.bash(
                            "head -c 100000 /dev/zero > \"$1/a/new\"; cat \"$1/text\" > /dev/null; ls -lR \"$1\" > /dev/null",
                            mounted.directory())
                    .ok();
            JsonNode after = mounted.status();
            assertTrue(sum(after.get("requests")) > sum(before.get("requests")), after::toString);
            assertTrue(after.get("unions").get(0).get("used").asLong() >= 100_000, after::toString);
            assertTrue(after.get("cache").get("loads").asLong() > 0, after::toString);
            assertTrue(after.get("cache").get("most_used").asLong()
                    <= after.get("cache").get("budget").asLong());
            String text = Liveroot.command("status", mounted.directory()).ok();
            assertTrue(text.contains(image.toString()) && text.contains("/a"), text);
        }
    }

    private static long sum(JsonNode counts) {
        long sum = 0;
        for (JsonNode count : counts) {
            sum += count.asLong();
        }
        return sum;
    }

    @Test
    void warm_work_on_a_read_only_root_makes_no_request() {
        try (Mounted mounted = Mounted.of(Images.of(SquashfsRecipe.LZ4), Front.KERNEL)) {
            // find and cat ask for no attribute that a mount could not keep: no xattrs, no locks.
            Command work = Command.bash(
                            "find . -printf '%p %s %T@ %l\\n' > /dev/null; find . -type f -exec cat {} + > /dev/null")
                    .in(mounted.directory());
            work.ok();
            work.ok();
            // A host that is short of memory may take pages back at any time; not three times.
            Map<String, Long> made = requestsOf(work, mounted);
            for (int rounds = 1; rounds < 3 && !made.isEmpty(); rounds++) {
                made = requestsOf(work, mounted);
            }
            assertEquals(Map.of(), made, "requests made by warm work");
        }
    }

    private static Map<String, Long> requestsOf(Command work, Mounted mounted) {
        JsonNode before = mounted.status().get("requests");
        work.ok();
        JsonNode after = mounted.status().get("requests");
        Map<String, Long> made = new TreeMap<>();
        after.fieldNames().forEachRemaining(name -> {
            long count = after.get(name).asLong()
                    - (before.has(name) ? before.get(name).asLong() : 0);
            // find asks which file system it is on, and the kernel keeps no answer to that.
            if (count != 0 && !name.equals("STATFS")) {
                made.put(name, count);
            }
        });
        return made;
    }

    @Test
    void a_reader_who_has_seen_enough_is_no_fault() {
        for (String what : List.of("mount --help", "inspect \"$2\"", "inspect \"$2\" /")) {
            // The reader has gone before the first byte: it leaves a file behind when it ends.
            Path ended = Workspace.path("ended");
            Command.Result gone = Command.bash(
                            "{ until [ -e \"$3\" ]; do sleep 0.05; done; sleep 0.2; \"$1\" " + what
                                    + " || echo \"status $?\" >&2; } | : > \"$3\"",
                            Liveroot.SCRIPT,
                            image,
                            ended)
                    .run();
            assertEquals("status 141\n", gone.err(), what);
        }
    }

    @Test
    void inspect_tells_what_an_image_is() {
        String text = Liveroot.command("inspect", image).ok();
        assertTrue(text.contains("SquashFS 4.0") && text.contains("zstd"), text);
        assertFalse(text.isBlank());
    }
}
