package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Live media in their usual shapes, each mounted by one command with a union, used, and unmounted. */
final class MediaTest {

    private static Path tree;
    private static Path darwin;
    private static Path work;

    @BeforeAll
    static void makeImages() {
        Host.needs("xorriso", "mksquashfs", "mke2fs", "cpio", "python3", "7z");
        Host.needsRoot("devices in images");
        tree = Images.sourceTree();
        darwin = Images.tree("darwin-tree.sh");
        work = Workspace.directory("media");
        Command.bash(
                        """
                        cd "$1"
                        iso() { xorriso -as mkisofs -quiet -R -J -V "$@" 2> xorriso.err || { cat xorriso.err >&2; exit 1; }; }
                        mkdir -p debian/live && mksquashfs "$2" debian/live/filesystem.squashfs -quiet -no-progress
                        iso DEBIAN -o debian.iso debian
                        mkdir -p fedora/LiveOS ext/LiveOS
                        mke2fs -q -F -t ext4 -b 4096 -I 256 -d "$2" ext/LiveOS/ext3fs.img 64M
                        mksquashfs ext fedora/LiveOS/squashfs.img -quiet -no-progress
                        iso FEDORA -o fedora.iso fedora
                        cp -a "$2" whole; mkdir -p ubuntu/casper
                        mksquashfs whole ubuntu/casper/minimal.squashfs -quiet -no-progress
                        layer() { # name, and what it removes
                            mkdir -p upper/etc upper/usr; echo "$1" > upper/etc/hello.txt; echo "$1" > "upper/etc/$1"
                            mknod "upper/$2" c 0 0
                            rm -r "whole/$2"; cp --remove-destination upper/etc/* whole/etc/
                            mksquashfs upper "ubuntu/casper/minimal.$1.squashfs" -quiet -no-progress; rm -r upper
                        }
                        layer standard many; layer standard.live usr/bin
                        cp -a ubuntu/casper/minimal.standard.squashfs ubuntu/casper/minimal.standard.de.squashfs
                        iso UBUNTU -o ubuntu.iso ubuntu
                        mkdir -p slackware/isolinux
                        (cd "$2" && find . -print0 | cpio -0 -o -H newc --quiet | gzip -1) > slackware/isolinux/initrd.img
                        iso SLACKWARE -o slackware.iso slackware
                        mkdir -p small/etc; echo hello > small/etc/hello; iso HYBRID -hfsplus -apm-block-size 2048 -o hybrid.iso small
                        iso PLAIN -o plain.iso "$2"
                        cp -a "$3" installer; mkdir installer/System/Library/CoreServices
                        iso INSTALLER -hfsplus -apm-block-size 2048 -o installer.iso installer
                        mkdir set.nbi; python3 "$4" installer.iso set.nbi/NetBoot.dmg
                        echo '<plist><dict><key>RootPath</key><string>NetBoot.dmg</string></dict></plist>' > set.nbi/NBImageInfo.plist
                        """,
                        work,
                        tree,
                        darwin,
                        Images.file("dmg.py"))
                .ok();
    }

    @Test
    void eitherViewOfAHybridDiscCanBeTaken() {
        Path image = work.resolve("hybrid.iso");
        String told = Liveroot.command("inspect", image).ok();
        assertTrue(told.contains("took ISO 9660; --as apm takes its Apple partition map"), told);
        assertEquals("hello\n", Liveroot.command("inspect", image, "/etc/hello").ok());
        assertEquals(
                "hello\n",
                Liveroot.command("inspect", image, "/etc/hello", "--as", "apm").ok());
        told = Liveroot.command("inspect", image, "--as", "apm").ok();
        assertTrue(told.contains("Apple partition map") && told.contains(" > HFS+"), told);
        Path wrapped = work.resolve("hybrid.dmg");
        Command.of("python3", Images.file("dmg.py").toString(), image.toString(), wrapped.toString())
                .ok();
        assertTrue(Liveroot.command("inspect", wrapped).ok().contains("--as apm takes its Apple partition map"));
        told = Liveroot.command("inspect", wrapped, "--as", "apm").ok();
        assertTrue(told.contains("UDIF, zlib") && told.contains(" > Apple partition map"), told);
    }

    @ParameterizedTest
    @CsvSource({
        "debian.iso, ISO 9660 'DEBIAN'; Rock Ridge > SquashFS",
        "fedora.iso, ISO 9660 'FEDORA'; Rock Ridge > SquashFS 4.0; gzip > ext4",
        "slackware.iso, ISO 9660 'SLACKWARE'; Rock Ridge > cpio; gzip of newc",
        "ubuntu.iso, ISO 9660 'UBUNTU'; Rock Ridge > SquashFS 4.0; gzip over SquashFS 4.0; gzip over SquashFS 4.0; gzip",
        "plain.iso, ISO 9660 'PLAIN'; Rock Ridge",
        "slackware/isolinux/initrd.img, cpio; gzip of newc"
    })
    void itsRootIsMountedWithAUnion(String image, String chain) {
        Front.KERNEL.need();
        Path directory = Workspace.directory("root");
        Command.Result mounted = Liveroot.command("mount", work.resolve(image), directory, "--union", "/")
                .run();
        assertEquals(0, mounted.status(), mounted.toString());
        try {
            String sums = "cd \"$1\" && find . -xdev -type f -exec sha256sum {} + | sort";
            assertEquals(
                    Command.bash(sums, image.equals("ubuntu.iso") ? work.resolve("whole") : tree)
                            .ok(),
                    Command.bash(sums, directory).ok());
            String status = Liveroot.command("status", directory).ok();
            assertTrue(status.contains(chain.replace(';', ',')), status);
            assertEquals(
                    "written\n",
                    Command.bash("cd \"$1\" && echo written > new && mv new moved && cat moved && rm moved", directory)
                            .ok());
        } finally {
            Liveroot.command("umount", directory).ok();
        }
    }

    /** Each in one command, with the unions of the preset for such a root. */
    @ParameterizedTest
    @CsvSource({
        "installer.iso, 'Apple partition map, ', ' > HFS+ ''INSTALLER'''",
        "set.nbi, 'UDIF, zlib, ', ' > HFS+ ''INSTALLER'''",
        "set.nbi/NetBoot.dmg, 'UDIF, zlib, ', ' > HFS+ ''INSTALLER'''",
    })
    void aDarwinRootIsMountedWithTheUnionsOfRcCdrom(String image, String outer, String inner) {
        Front.KERNEL.need();
        Path directory = Workspace.directory("root");
        Command.Result mounted = Liveroot.command("mount", work.resolve(image), directory, "--preset", "rc.cdrom")
                .run();
        assertEquals(0, mounted.status(), mounted.toString());
        try {
            String list =
                    "cd \"$1\" && find . ! -path ./System/Library ! -path './System/Library/*' ! -path './private/var/*'"
                            + " ! -path './Library/*' -printf '%p %y %#m %U %G %l\\n' | sort;"
                            + " find . -type f ! -name sparse -exec sha256sum {} + | sort -k 2";
            assertEquals(
                    Command.bash(list, darwin).ok(),
                    Command.bash(list, directory).ok());
            String status = Liveroot.command("status", directory).ok();
            assertTrue(status.contains(outer) && status.contains(inner), status);
            assertEquals(
                    "written\n",
                    Command.bash(
                                    "cd \"$1/private/var/db\" && test -d mds && echo written > mds/new && cat mds/new;"
                                            + " touch ../../../new 2>/dev/null && echo outside",
                                    directory)
                            .run()
                            .out());
        } finally {
            Liveroot.command("umount", directory).ok();
        }
    }

    @Test
    void otherReadersFindTheDiskImageGood() {
        assertTrue(Command.of("7z", "t", work.resolve("set.nbi/NetBoot.dmg").toString())
                .ok()
                .contains("Everything is Ok"));
        String told =
                Liveroot.command("inspect", work.resolve("set.nbi"), "--verify").ok();
        assertEquals(4, told.lines().filter(line -> line.startsWith("good  ")).count(), told);
    }
}
