package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The main job: a real Debian root, mounted, compared, run, written to, unmounted, its image unchanged. */
class DebianRootTest {

    private static final Map<Path, String> SUMS = new HashMap<>();
    private static final Map<String, TreeListing> EXPECTED = new HashMap<>();

    private static Path cache;

    @BeforeAll
    static void makeRoot() {
        Host.needsRoot("a Debian root by debootstrap, chroot and dpkg");
        Host.needs("debootstrap", "mksquashfs", "chroot");
        String named = System.getenv("LIVEROOT_TEST_CACHE");
        cache = named != null ? Path.of(named) : Path.of(System.getProperty("user.home"), ".cache", "liveroot-tests");
        if (!Files.exists(cache.resolve("debian-zstd.sqfs"))) {
            Path work = Workspace.directory("debootstrap");
            Command.Result made = Command.of(
                            "bash", Images.file("debian-root.sh").toString(), cache.toString(), work.toString())
                    .within(Duration.ofMinutes(8))
                    .run();
            if (made.status() != 0) {
                Host.skip("no Debian root can be had from a mirror: "
                        + made.out().strip().replace('\n', ' '));
            }
        }
        for (String compressor : new String[] {"lz4", "zstd"}) {
            SUMS.put(image(compressor), Images.sha256(image(compressor)));
        }
    }

    @AfterAll
    static void theImagesAreAsTheyWere() {
        SUMS.forEach((image, sum) -> assertEquals(sum, Images.sha256(image), image + ": checksum"));
    }

    private static Path image(String compressor) {
        return cache.resolve("debian-" + compressor + ".sqfs");
    }

    @ParameterizedTest(name = "{0}, {1} front")
    @CsvSource({"lz4, KERNEL", "zstd, KERNEL", "zstd, JNR_FUSE"})
    void every_file_is_what_the_kernel_shows(String compressor, Front front) {
        TreeListing expected = EXPECTED.computeIfAbsent(compressor, c -> {
            try (KernelMount kernel = KernelMount.squashfs(image(c))) {
                return TreeListing.of(kernel.directory());
            }
        });
        assertTrue(
                expected.paths().size() > 5000,
                "a Debian root has more than " + expected.paths().size() + " files");
        try (Mounted mounted = Mounted.of(image(compressor), front)) {
            TreeListing.of(mounted.directory()).assertSameAs(expected);
        }
    }

    private static Command chroot(Mounted mounted, String script) {
        return Command.of(
                        "env",
                        "-i",
                        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                        "HOME=/root",
                        "LC_ALL=C.UTF-8",
                        "DEBIAN_FRONTEND=noninteractive",
                        "chroot",
                        mounted.directory().toString(),
                        "/bin/bash",
                        "-euo",
                        "pipefail",
                        "-c",
                        script)
                .within(Duration.ofMinutes(3));
    }

    @ParameterizedTest(name = "{0} front")
    @EnumSource(
            value = Front.class,
            names = {"KERNEL", "JNR_FUSE"})
    void programs_run_in_it(Front front) {
        try (Mounted mounted = Mounted.of(image("zstd"), front)) {
            String said = chroot(
                            mounted,
                            """
                            dpkg -l | grep -c ^ii; perl -e 'print "perl ", 6 * 7, "\\n"'; bash -c 'echo bash $((6 * 7))'
                            apt-get --version | sed -n '1s/ .*//p'; ls -l /usr/bin | wc -l; dpkg --verify || true
                            id root; find / -xdev -name 'lib*' | wc -l; getent passwd root
                            """)
                    .ok();
            assertTrue(said.contains("perl 42\nbash 42\napt\n"), said);
            assertTrue(said.contains("uid=0(root)"), said);
            Command.Result refused = chroot(mounted, "echo x > /etc/hostname").run();
            assertTrue(refused.err().contains("Read-only file system"), refused::toString);
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(value = Served.class, mode = EnumSource.Mode.EXCLUDE, names = "COVER")
    void dpkg_installs_upgrades_and_removes_packages_in_a_union_over_the_whole_root(Served served) {
        Host.needs("dpkg-deb");
        Path packages = packages();
        try (Mounted mounted = served.mount(image("lz4"), "--union", "/=1g")) {
            Command.bash("cp \"$1\"/*.deb \"$2/tmp\"", packages, mounted.directory())
                    .ok();
            String said = chroot(
                            mounted,
                            """
                            exec 2>&1
                            dpkg -i /tmp/sample_1_all.deb > /tmp/log || { cat /tmp/log; exit 1; }
                            cat /usr/share/sample/doc/text /etc/sample.conf /var/lib/sample/made-by-postinst
                            test "$(stat -c %h /usr/share/sample/one)" = 2
                            echo changed > /etc/sample.conf
                            dpkg --force-confold -i /tmp/sample_2_all.deb > /tmp/log 2>&1 || { cat /tmp/log; exit 1; }
                            readlink /usr/share/sample/doc; cat /usr/share/sample/doc/text /etc/sample.conf
                            test ! -e /usr/share/sample/one
                            dpkg --purge sample > /tmp/log || { cat /tmp/log; exit 1; }
                            test ! -e /usr/share/sample; test ! -e /etc/sample.conf; test ! -e /var/lib/sample
                            # The same by apt-get, which keeps books of its own.
                            apt='apt-get -qq -y -o APT::Sandbox::User=root -o Dpkg::Options::=--force-confold'
                            for step in 'install /tmp/sample_1_all.deb' 'install /tmp/sample_2_all.deb' 'remove sample' 'purge sample'; do
                              $apt $step > /tmp/log 2>&1 || { cat /tmp/log; exit 1; }
                            done
                            test ! -e /usr/share/sample; test ! -e /etc/sample.conf; test ! -e /var/lib/sample
                            # Packages of the root itself, which replace files of the image.
                            dpkg -i /var/cache/apt/archives/*.deb > /tmp/log || { cat /tmp/log; exit 1; }
                            dpkg --verify passwd dash mawk base-files
                            dpkg --audit
                            rm -r /usr/share/doc /usr/share/locale /var/cache/apt/archives; mkdir /usr/share/doc; ls -A /usr/share/doc
                            echo all done
                            """)
                    .ok();
            assertEquals("text 1\nconfiguration 1\nmade\ntexts\ntext 2\nchanged\nall done\n", said);
        }
    }

    /** Two versions of a package with everything that dpkg does to files: scripts, a conffile, links, a directory that becomes a symlink. */
    private static Path packages() {
        Path directory = Workspace.directory("packages");
        Command.bash(
                        """
                        cd "$1"
                        for v in 1 2; do
                          p=sample-$v; mkdir -p $p/DEBIAN $p/etc $p/usr/share/sample
                          printf 'Package: sample\\nVersion: %s\\nArchitecture: all\\nMaintainer: A <a@example.org>\\nDescription: sample\\n' $v > $p/DEBIAN/control
                          echo /etc/sample.conf > $p/DEBIAN/conffiles
                          echo "configuration $v" > $p/etc/sample.conf
                        done
                        mkdir sample-1/usr/share/sample/doc; echo 'text 1' > sample-1/usr/share/sample/doc/text
                        echo one > sample-1/usr/share/sample/one; ln sample-1/usr/share/sample/one sample-1/usr/share/sample/two
                        mkdir sample-2/usr/share/sample/texts; echo 'text 2' > sample-2/usr/share/sample/texts/text
                        ln -s texts sample-2/usr/share/sample/doc
                        printf '#!/bin/sh\\nset -e\\nmkdir -p /var/lib/sample\\necho made > /var/lib/sample/made-by-postinst\\n' > sample-1/DEBIAN/postinst
                        printf '#!/bin/sh\\nset -e\\nif [ "$1" = upgrade ]; then rm -r /usr/share/sample/doc; fi\\n' > sample-2/DEBIAN/preinst
                        printf '#!/bin/sh\\nset -e\\nif [ "$1" = purge ]; then rm -rf /var/lib/sample; fi\\n' > sample-2/DEBIAN/postrm
                        chmod 755 sample-*/DEBIAN/p*
                        for v in 1 2; do dpkg-deb --root-owner-group -Znone -b sample-$v sample_${v}_all.deb > /dev/null; done
                        """,
                        directory)
                .ok();
        return directory;
    }

    @Test
    void with_unions_over_a_few_directories_the_rest_stays_read_only() {
        try (Mounted mounted = Mounted.of(
                image("zstd"),
                Front.KERNEL,
                "--union",
                "/var=64m",
                "--union",
                "/tmp=1024s",
                "--union",
                "/etc=4m",
                "--union",
                "/root=512k")) {
            String said = chroot(
                            mounted,
                            """
                            for d in /var/lib /var/cache/new /tmp /etc /etc/apt /root; do mkdir -p $d; echo x > $d/new; cat $d/new; done
                            useradd -m -d /var/user user; grep -c ^user: /etc/passwd; su user -c 'echo by user > ~/f'; cat /var/user/f
                            stat -c '%a %U' /tmp /root
                            for d in / /usr/bin /home /opt /usr/share/doc; do
                              if echo x 2> /dev/null > $d/new; then echo "$d can be written to"; fi
                            done
                            { rm /usr/bin/perl 2>&1 || true; } | grep -o 'Read-only file system'
                            """)
                    .ok();
            assertEquals("x\n".repeat(6) + "1\nby user\n1777 root\n700 root\nRead-only file system\n", said);
        }
    }
}
