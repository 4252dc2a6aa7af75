package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Several images as layers of one root: what is seen is what the kernel's overlayfs shows of the same layers. */
final class StackedImagesTest {

    private static Path work;

    @BeforeAll
    static void makeLayers() {
        Host.needsRoot("whiteouts are devices");
        Host.needs("mksquashfs", "setfattr");
        work = Workspace.directory("layers");
        // The upper layer is made by overlayfs itself, so that its whiteouts and marks are overlayfs' own.
        Command.bash(
                        """
                        cd "$1"; mkdir lower middle upper work merged
                        mkdir -p lower/etc/conf lower/var/log lower/gone lower/usr/bin lower/moved
                        for i in 1 2 3 4 5 6 7 8 9; do echo "lower $i" > lower/etc/conf/$i; echo x > lower/usr/bin/tool$i; done
                        echo passwd > lower/etc/passwd; echo log > lower/var/log/log; echo g > lower/gone/g
                        ln -s passwd lower/etc/link; ln lower/etc/passwd lower/etc/hard; setfattr -n user.a -v 1 lower/etc/passwd
                        mkdir -p middle/etc/conf middle/only; echo "middle 1" > middle/etc/conf/1; echo m > middle/only/m
                        chmod 711 middle/etc
                        mkdir rw; mount -t tmpfs tmpfs rw; mkdir rw/upper rw/work
                        mount -t overlay overlay -o lowerdir=middle:lower,upperdir=rw/upper,workdir=rw/work merged
                        cd merged
                        rm etc/conf/2 etc/passwd; rm -r gone; rm -r var/log; mkdir var/log; echo new > var/log/new
                        echo "upper 3" > etc/conf/3; rm usr/bin/tool1; mkdir usr/bin/tool1; echo in > usr/bin/tool1/in
                        rm -r only; echo file > only; mkdir added; touch -d @1000000000 added etc/conf
                        cd ..; umount merged
                        for l in lower middle; do mksquashfs $l $l.sqfs -quiet -no-progress -comp gzip; done
                        mksquashfs rw/upper upper.sqfs -quiet -no-progress -comp gzip
                        umount rw
                        """,
                        work)
                .ok();
    }

    @Test
    void layers_are_merged_as_by_overlayfs() {
        Front front = Front.KERNEL;
        try (KernelMount upper = KernelMount.squashfs(work.resolve("upper.sqfs"));
                KernelMount middle = KernelMount.squashfs(work.resolve("middle.sqfs"));
                KernelMount lower = KernelMount.squashfs(work.resolve("lower.sqfs"));
                Mounted mounted = Mounted.layers(
                        List.of(work.resolve("upper.sqfs"), work.resolve("middle.sqfs"), work.resolve("lower.sqfs")),
                        front)) {
            assertEquals(
                    work.resolve("upper.sqfs") + " over " + work.resolve("middle.sqfs") + " over "
                            + work.resolve("lower.sqfs"),
                    mounted.status().get("image").asText());
            Path merged = Workspace.directory("merged");
            Command.of(
                            "mount",
                            "-t",
                            "overlay",
                            "overlay",
                            "-o",
                            "ro,lowerdir=" + upper.directory() + ":" + middle.directory() + ":" + lower.directory(),
                            merged.toString())
                    .ok();
            try {
                // Hard links of a lower layer whose other names are hidden, and so on: numbers are each side's own.
                String list =
                        "cd \"$1\" && find . -printf '%p %y %m %U %G %s %T@ %l\\n' | sed 's/\\(^[^ ]* d .* .* .* \\)[0-9]* /\\1 /'"
                                + " | sort; find . -type f -exec sha256sum {} + | sort; getfattr -R -d -m - . 2>/dev/null || true";
                assertEquals(
                        Command.bash(list, merged).ok(),
                        Command.bash(list, mounted.directory()).ok());
                assertTrue(Files.exists(mounted.directory("etc/conf/3")));
            } finally {
                Command.of("umount", merged.toString()).ok();
            }
        }
    }

    @Test
    void a_union_over_layers_can_be_written_to() {
        try (Mounted mounted = Mounted.layers(
                List.of(work.resolve("middle.sqfs"), work.resolve("lower.sqfs")), Front.KERNEL, "--union", "/etc=1m")) {
            Command.bash("cd \"$1\"; echo more >> conf/1; rm conf/2; ls conf | wc -l", mounted.directory("etc"))
                    .ok();
            assertEquals(
                    "middle 1\nmore\n",
                    Command.of("cat", mounted.directory("etc/conf/1").toString())
                            .ok());
        }
    }
}
