package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The judge itself: it finds two mounts of one image equal, and every kind of difference. */
class TreeListingTest {

    @Test
    void two_kernel_mounts_of_one_image_are_equal_to_each_other_and_to_the_source() {
        Host.needsRoot("mounts by the kernel");
        try (KernelMount one = KernelMount.squashfs(Images.of(SquashfsRecipe.GZIP));
                KernelMount other = KernelMount.squashfs(Images.of(SquashfsRecipe.GZIP))) {
            TreeListing expected = TreeListing.of(Images.sourceTree());
            TreeListing.of(one.directory()).assertSameAs(TreeListing.of(other.directory()));
            List<String> lines = TreeListing.of(one.directory()).differencesFrom(expected);
            // SquashFS counts whole seconds, and mksquashfs 4.5 sometimes takes the two names of a symlink for two
            // symlinks.
            assertEquals(
                    List.of(),
                    lines.stream()
                            .filter(l -> !l.contains(": mtime is ") && !l.startsWith("etc/symlink"))
                            .toList());
        }
    }

    @Test
    void each_kind_of_difference_is_found_and_named() {
        Host.needs("setfattr", "perl");
        Path tree = Workspace.directory("one");
        Path other = Workspace.directory("other");
        String script =
                """
                cd "$1"
                for n in bytes mode time gone linked xattr; do echo $n > $n; done
                ln -s here symlink; truncate -s 1M holes; echo x > typed; mkdir dir
                ln linked linked-too; setfattr -n user.a -v 1 xattr
                touch -d '2020-01-01 00:00:00 UTC' * .
                """;
        Command.bash(script, tree).ok();
        Command.bash(
                        script
                                + """
                                echo BYTES > bytes; touch -d '2020-01-01 00:00:00 UTC' bytes
                                chmod 600 mode; touch -d 2021-01-01 time; rm gone; echo y > more
                                rm linked-too; echo linked > linked-too; ln linked linked-three; rm linked-three
                                setfattr -n user.a -v 2 xattr; setfattr -n user.b -v 2 dir
                                ln -sf there symlink; dd if=/dev/zero of=holes bs=64k count=1 conv=notrunc status=none
                                rm typed; mkfifo typed
                                touch -h -d '2020-01-01 00:00:00 UTC' bytes mode linked* symlink holes typed xattr dir .
                                """,
                        other)
                .ok();
        String found = String.join("\n", TreeListing.withHoles(other).differencesFrom(TreeListing.withHoles(tree)));
        for (String line : List.of(
                "bytes: sha256 is ",
                "mode: mode is 600, expected 644",
                "time: mtime is ",
                "gone: missing",
                "more: not expected",
                "linked: links is 1, expected 2",
                "linked-too: one file with is absent, expected linked",
                "xattr: xattr user.a is 0x32, expected 0x31",
                "dir: xattr user.b is 0x32, expected absent",
                "symlink: target is there, expected here",
                "holes: data at is 0-65536, expected none",
                "typed: type is p, expected f")) {
            assertTrue(found.contains(line), () -> "no \"" + line + "\" in:\n" + found);
        }
        assertTrue(!found.contains("typed: mtime"), found);
    }
}
