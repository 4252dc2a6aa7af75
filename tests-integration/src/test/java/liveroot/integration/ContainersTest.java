package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images in partitions, inspect with all its options, and what each refused format is told. */
final class ContainersTest {

    private static Path tree;
    private static Path work;

    @BeforeAll
    static void makeImages() {
        Host.needs("mksquashfs", "sgdisk", "setfattr");
        tree = Images.sourceTree();
        work = Workspace.directory("containers");
        Command.bash(
                        """
                        cd "$1"
                        mksquashfs "$2" root.sqfs -quiet -no-progress -comp zstd
                        mkdir little; echo hello > little/file; mksquashfs little little.sqfs -quiet -no-progress
                        truncate -s 32M disk
                        sgdisk -n 1:2048:4095 -t 1:EF00 -n 2:4096:8191 -c 2:little -n 3:8192:60000 -c 3:root disk >/dev/null
                        dd if=little.sqfs of=disk bs=512 seek=4096 conv=notrunc status=none
                        dd if=root.sqfs of=disk bs=512 seek=8192 conv=notrunc status=none
                        mkdir -p live/live iso; cp root.sqfs live/live/filesystem.squashfs
                        mksquashfs live live.sqfs -quiet -no-progress -comp gzip
                        """,
                        work,
                        tree)
                .ok();
    }

    private static String told(Object... arguments) {
        Command.Result result = inspect(arguments);
        assertEquals(0, result.status(), result.toString());
        return result.out();
    }

    private static Command.Result inspect(Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = "inspect";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return Liveroot.command(all).run();
    }

    @Test
    void a_squashfs_in_a_partition_is_mounted_and_said_which() {
        Front.KERNEL.need();
        Path directory = Workspace.directory("partition");
        Command.Result mounted = Liveroot.command("mount", work.resolve("disk"), directory, "--partition", "3")
                .run();
        assertEquals(0, mounted.status(), mounted.toString());
        try {
            assertEquals(
                    Command.bash("cd \"$1\" && find . -type f -exec sha256sum {} + | sort", tree)
                            .ok(),
                    Command.bash("cd \"$1\" && find . -type f -exec sha256sum {} + | sort", directory)
                            .ok());
            assertTrue(Liveroot.command("status", directory)
                    .ok()
                    .contains("GUID partition table, 512-byte blocks, 3 partitions > SquashFS 4.0, zstd"));
        } finally {
            Liveroot.command("umount", directory).ok();
        }
    }

    @Test
    void an_image_in_the_tree_of_a_live_medium_is_taken_and_inside_takes_another() {
        assertTrue(told(work.resolve("live.sqfs"))
                .startsWith("SquashFS 4.0, gzip > SquashFS 4.0, zstd\n(took live/filesystem.squashfs in "));
        assertTrue(told(work.resolve("live.sqfs"), "--inside", "/").startsWith("format       SquashFS 4.0, gzip"));
        assertEquals(
                "live\n",
                Command.bash(
                                "\"$1\" inspect \"$2\" / --inside / | awk '{ print $NF }'",
                                Liveroot.SCRIPT,
                                work.resolve("live.sqfs"))
                        .ok());
        Command.Result missing = inspect(work.resolve("live.sqfs"), "--inside", "live/none");
        assertEquals(66, missing.status(), missing.toString());
        assertTrue(missing.err().contains("live/none: there is no such file in it"), missing.err());
        Command.Result folder = inspect(work.resolve("live.sqfs"), "--inside", "live");
        assertEquals(66, folder.status(), folder.toString());
        assertTrue(folder.err().contains("/live: neither a file nor a NetBoot set"), folder.err());
        Command.Result unmapped = inspect(work.resolve("live.sqfs"), "--partition", "1");
        assertEquals(66, unmapped.status(), unmapped.toString());
        assertTrue(unmapped.err().contains("there is no partition 1: "), unmapped.err());
        assertEquals(66, inspect(work.resolve("disk"), "--partition", "9").status());
    }

    @Test
    void a_netboot_set_that_names_itself_is_refused() {
        Path image = work.resolve("netboot.sqfs");
        Command.bash(
                        """
                        mkdir -p netboot/x.nbi; ln -s . netboot/x.nbi/again
                        echo '<plist><dict><key>RootPath</key><string>again</string></dict></plist>' > netboot/x.nbi/NBImageInfo.plist
                        mksquashfs netboot "$1" -quiet -no-progress
                        """,
                        image)
                .in(work)
                .ok();
        Command.Result refused = inspect(image, "--inside", "x.nbi");
        assertEquals(65, refused.status(), refused.toString());
        assertTrue(
                refused.err()
                        .contains(
                                "/x.nbi/again: at byte 0: the set names it by RootPath: neither a file nor a NetBoot set"),
                refused.err());
    }

    @Test
    void ls_and_cat_look_inside() {
        Path image = work.resolve("little.sqfs");
        assertEquals("hello\n", told(image, "/file"));
        assertEquals("hello\n", told(image, "file", "--cat"));
        assertTrue(told(image, "/file", "--ls").matches("-rw-r--r--   1 +\\d+ +\\d+ +6 .* /file\n"));
        assertEquals(66, inspect(image, "/", "--cat").status());
        assertEquals(66, inspect(image, "/none").status());
        assertEquals(64, inspect(image, "--ls").status());
        assertEquals(64, inspect(image, "/", "--ls", "--cat").status());
    }

    @Test
    void an_extraction_ends_in_one_line_when_the_disk_is_full() {
        Path image = work.resolve("root.sqfs");
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--union", "/=16k")) {
            Command.Result full =
                    inspect(image, "--extract", mounted.directory().resolve("copy"));
            assertEquals(73, full.status(), full::toString);
            assertTrue(full.err().contains("No space left on device; what came before it is in "), full::toString);
            assertEquals(1, full.err().lines().count(), full::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"there", "none/new", "there/new", "/dev/null/new", "/proc/new", "/", "."})
    void a_target_that_cannot_be_made_is_said_in_one_line(String target) {
        Path where = Workspace.directory("targets");
        Command.bash("echo kept > \"$1/there\"", where).ok();
        for (String path : List.of("/file", "/")) {
            Command.Result refused = Liveroot.command(
                            "inspect", work.resolve("little.sqfs"), path, "--extract", where.resolve(target))
                    .run();
            assertEquals(73, refused.status(), refused.toString());
            assertEquals(1, refused.err().lines().count(), refused.err());
        }
        assertEquals(
                "kept\n",
                Command.bash("cat \"$1/there\"; ls -A \"$1\" | grep -v there", where)
                        .run()
                        .out());
    }

    @Test
    void what_is_extracted_is_what_unsquashfs_extracts() {
        Host.needsRoot("owners and devices of what is extracted");
        Host.needs("unsquashfs");
        Path ours = Workspace.path("ours");
        Path theirs = Workspace.path("theirs");
        Command.Result result = inspect(work.resolve("root.sqfs"), "--extract", ours);
        assertEquals(0, result.status(), result.toString());
        Command.of(
                        "unsquashfs",
                        "-q",
                        "-n",
                        "-d",
                        theirs.toString(),
                        work.resolve("root.sqfs").toString())
                .ok();
        String list =
                "cd \"$1\" && find . -printf '%p %y %m %U %G %n %s %T@ %l\\n' | sed 's/\\(^[^ ]* d .* .* .* .* \\)[0-9]* /\\1 /' | sort;"
                        + " find . -type f -exec sha256sum {} + | sort; getfattr -R -d -m - . 2>/dev/null || true;"
                        + " find . '(' -type b -o -type c ')' -exec stat --printf '%n %t:%T\\n' {} +";
        assertEquals(Command.bash(list, theirs).ok(), Command.bash(list, ours).ok());
        // A hole is a hole here too.
        assertTrue(
                Long.parseLong(Command.bash("du -s \"$1\" | cut -f1", ours).ok().strip())
                        <= Long.parseLong(Command.bash("du -s \"$1\" | cut -f1", theirs)
                                        .ok()
                                        .strip())
                                * 11
                                / 10);
        assertEquals(73, inspect(work.resolve("root.sqfs"), "--extract", ours).status());
    }

    @Test
    void attributes_that_the_host_does_not_keep_are_counted_and_the_rest_is_copied() {
        Host.needs("xorriso");
        Path image = Workspace.path("hybrid.iso");
        Command.bash(
                        """
                        mkdir -p finder/folder; echo hello > finder/folder/tool; chmod 755 finder/folder/tool
                        chmod 750 finder/folder; touch -d @1000000000 finder/folder/tool finder/folder
                        xorriso -as mkisofs -quiet -R -hfsplus -o "$1" finder 2>&1
                        """,
                        image)
                .in(work)
                .ok();
        Path copy = Workspace.path("copy");
        Command.Result result = inspect(image, "--as", "apm", "--extract", copy);
        assertEquals(0, result.status(), result.toString());
        assertTrue(
                result.err()
                        .matches(
                                "liveroot: an extended attribute was left out, .* does not take them( from an ordinary user)?\n"),
                result.err());
        assertEquals(
                "750 1000000000\n755 1000000000\n",
                Command.bash("stat -c '%a %Y' \"$1/folder\" \"$1/folder/tool\"", copy)
                        .ok());
    }

    @Test
    void who_extracts_as_a_user_gets_no_program_that_changes_the_user() {
        Host.needsRoot("extracting as another user");
        Path image = Workspace.path("setuid.sqfs");
        Command.bash(
                        """
                        mkdir -p setuid/folder; echo true > setuid/su; chmod 6755 setuid/su; chmod 2775 setuid/folder
                        mksquashfs setuid "$1" -quiet -no-progress; chmod 644 "$1"
                        """,
                        image)
                .in(work)
                .ok();
        Path ours = Workspace.directory("user");
        Command.bash(
                        """
                        chmod 777 "$3"; for d in "$1" "$2" "$3"; do while test "$d" != /; do d=$(dirname "$d"); chmod o+x "$d"; done; done
                        setpriv --reuid=65534 --regid=65534 --clear-groups "$1" inspect "$2" --extract "$3/copy"
                        """,
                        Liveroot.SCRIPT,
                        image,
                        ours)
                .ok();
        assertEquals(
                "755\n775\n",
                Command.bash("stat -c %a \"$1/copy/su\" \"$1/copy/folder\"", ours)
                        .ok());
    }

    @Test
    void verify_says_that_the_image_which_boots_cannot_be_read() {
        Path image = Workspace.path("damaged.sqfs");
        Command.bash(
                        """
                        mkdir -p damaged/live; head -c 9000 /dev/zero | sed 's/^/hsqs/' > damaged/live/filesystem.squashfs
                        mksquashfs damaged "$1" -quiet -no-progress
                        """,
                        image)
                .in(work)
                .ok();
        Command.Result bad = inspect(image, "--verify");
        assertEquals(65, bad.status(), bad.toString());
        assertTrue(
                bad.out().startsWith("(took the SquashFS 4.0, gzip itself: live/filesystem.squashfs cannot be read: "),
                bad.out());
        assertTrue(bad.out().contains("\nBAD   SquashFS 4.0, gzip: "), bad.out());
    }

    @Test
    void checksums_are_checked() {
        Command.Result good = inspect(work.resolve("disk"), "--verify");
        assertEquals(0, good.status(), good.toString());
        assertTrue(good.out().contains("good  GUID partition table's first header and entries, CRC-32: "), good.out());
        Path changed = Workspace.path("changed");
        Command.bash(
                        "cp \"$1\" \"$2\"; printf x | dd of=\"$2\" bs=1 seek=1100 conv=notrunc status=none",
                        work.resolve("disk"),
                        changed)
                .ok();
        Command.Result bad = inspect(changed, "--verify");
        assertEquals(65, bad.status(), bad.toString());
        assertTrue(bad.out().contains("BAD   GUID partition table's first header and entries, CRC-32: "), bad.out());
        assertTrue(bad.out().contains("good  GUID partition table's second header and entries, CRC-32: "), bad.out());
        assertTrue(bad.err().isEmpty(), bad.err());
    }

    @ParameterizedTest
    @CsvSource({
        "'printf \"some text\\n\" > $1', 65, of a format that is not known",
        "': > $1', 65, an empty file",
        "'mkdir $1', 66, is a directory",
        "': ', 66, no such image",
        "'mkfifo $1', 65, is neither a file nor a block device",
        "'truncate -s 1M $1; printf NXSB | dd of=$1 bs=1 seek=32 conv=notrunc status=none', 65, an APFS container; on macOS",
        "'truncate -s 1M $1; printf encrcdsa | dd of=$1 conv=notrunc status=none', 65, an encrypted Apple disk image; on macOS decrypt it",
        "'truncate -s 1M $1; printf \"\\124\\031\\001\\000\" | dd of=$1 bs=1 seek=9564 conv=notrunc status=none', 65, a UFS file system; mount it on a BSD",
        "'truncate -s 1M $1; printf BD | dd of=$1 bs=1 seek=1024 conv=notrunc status=none', 65, a classic HFS volume; copy its files",
        "'truncate -s 8M $1; mkswap -q $1 >/dev/null 2>&1', 65, Linux swap space",
    })
    void what_cannot_be_read_is_refused_in_one_line(String make, int status, String words) {
        Path file = Workspace.path("refused");
        Command.bash(make, file).ok();
        for (List<Object> arguments : List.of(
                List.<Object>of("inspect", file), List.<Object>of("mount", file, Workspace.directory("nowhere")))) {
            Command.Result result = Liveroot.command(arguments.toArray()).run();
            assertEquals(status, result.status(), result.toString());
            assertEquals("", result.out());
            assertEquals(1, result.err().lines().count(), result.err());
            assertTrue(result.err().contains(words), result.err());
        }
    }
}
