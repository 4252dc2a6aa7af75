package liveroot.fs.squashfs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import liveroot.fs.Tools;

/**
 * Images made by mksquashfs, sqfstar, gensquashfs and tar2sqfs from one source tree that has something of everything:
 * hard links, a long symlink, names that are not ASCII or 255 bytes long, devices, fifo, socket, holes, xattrs, a
 * directory of 600 entries. Made once for all tests, and deleted when the tests have ended.
 */
public final class SampleImages {

    private static final String MKSQUASHFS = " -noappend -quiet -no-progress -mkfs-time 1000000000 ";

    /** Commands by the name of the image; they write to $O and run above ./src. */
    private static final Map<String, String> RECIPES = recipes();

    private static Path directory;

    private SampleImages() {}

    private static Map<String, String> recipes() {
        Map<String, String> recipes = new LinkedHashMap<>();
        for (Compressor compressor : Compressor.values()) {
            recipes.put(compressor.toString(), mksquashfs("-comp " + compressor));
        }
        recipes.put("gzip-4k-no-fragments-no-exports", mksquashfs("-b 4096 -no-fragments -no-exports"));
        recipes.put("gzip-stored", mksquashfs("-noI -noD -noF -noX -noId"));
        recipes.put("xz-bcj-1m", mksquashfs("-comp xz -Xbcj x86,arm -b 1M -Xdict-size 50%"));
        recipes.put("lz4-hc", mksquashfs("-comp lz4 -Xhc"));
        recipes.put("zstd-tailends", mksquashfs("-comp zstd -tailends -no-xattrs -no-duplicates"));
        recipes.put("lzo-4k", mksquashfs("-comp lzo -b 4096"));
        recipes.put(
                "gzip-not-padded",
                mksquashfs("-nopad -Xcompression-level 1 -Xwindow-size 12 -Xstrategy default,filtered"));
        recipes.put("ng-zstd", "gensquashfs -D src -c zstd -q $O");
        recipes.put("ng-lzma", "gensquashfs -D src -c lzma -q $O");
        recipes.put("ng-xz", "gensquashfs -D src -c xz -q $O");
        recipes.put("ng-lzo", "gensquashfs -D src -c lzo -q $O");
        recipes.put("ng-gzip-xattrs", "gensquashfs -D src -c gzip -x -e -q $O");
        recipes.put("sqfstar", "tar --xattrs -C src -cf - . 2>/dev/null | sqfstar -comp zstd -quiet -no-progress $O");
        recipes.put("tar2sqfs", "tar -C src -cf - etc 2>/dev/null | tar2sqfs -q $O");
        return recipes;
    }

    private static String mksquashfs(String options) {
        return "mksquashfs src $O" + MKSQUASHFS + options;
    }

    static Iterable<String> names() {
        return RECIPES.keySet();
    }

    /** Skips the calling test, where images cannot be made. */
    static void assumeTools() throws IOException {
        Tools.need(
                "squashfs-tools, squashfs-tools-ng, attr, perl-base",
                "mksquashfs",
                "gensquashfs",
                "setfattr",
                "getfattr",
                "perl");
        Tools.needRoot("make device nodes and mount images");
    }

    /** The image's file, made if it has not been yet. */
    static synchronized Path image(String name) throws IOException {
        Path image = directory().resolve(name + ".sqfs");
        if (!Files.exists(image)) {
            Commands.sh(directory(), "O=" + image + "; " + RECIPES.get(name) + " >&2");
        }
        return image;
    }

    /** A directory for more of the same. */
    public static synchronized Path directory() throws IOException {
        if (directory == null) {
            Path made = Files.createTempDirectory("liveroot-squashfs");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(made)));
            makeSource(Files.createDirectory(made.resolve("src")));
            directory = made;
        }
        return directory;
    }

    private static void delete(Path made) {
        try {
            Commands.sh(Path.of("/"), "rm -rf " + made);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void makeSource(Path src) throws IOException {
        Commands.sh(
                src,
                """
                set -e
                mkdir -p System/Library usr/bin var/tmp etc Volumes deep/a/b/c/d/e/f/g/h/i/j/k many
                echo hello > etc/hello.txt; ln etc/hello.txt etc/hardlink.txt; ln -s hello.txt etc/symlink
                ln -s ../../etc/hello.txt usr/bin/relative; : > etc/empty; echo deep > deep/a/b/c/d/e/f/g/h/i/j/k/leaf
                ln -s "$(printf 'x%.0s' $(seq 200))/$(printf 'y%.0s' $(seq 200))" etc/long
                touch "etc/$(printf 'n%.0s' $(seq 255))"
                printf nfd > "etc/$(printf 'cafe\\314\\201')"; printf nfc > "etc/$(printf 'caf\\303\\251')"
                printf latin > "etc/$(printf 'caf\\351')"
                mknod etc/null c 1 3; mknod etc/disk b 240 5; mknod etc/wide b 241 70000; mkfifo etc/fifo
                perl -e 'use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("etc/sock")) or die'
                i=0; while [ $i -lt 600 ]; do echo content $i > many/file_$i.with_a_longish_name; i=$((i+1)); done
                """);
        Random random = new Random(1);
        byte[] noise = new byte[300_000];
        random.nextBytes(noise);
        Files.write(src.resolve("usr/bin/random"), noise);
        StringBuilder text = new StringBuilder();
        while (text.length() < 800_000) {
            text.append(Integer.toString(random.nextInt(3000) * 7919, 36)).append(' ');
        }
        Files.writeString(src.resolve("usr/bin/text"), text, StandardCharsets.US_ASCII);
        Files.writeString(src.resolve("usr/bin/one-block"), text.substring(0, 131_072), StandardCharsets.US_ASCII);
        Commands.sh(
                src,
                """
                set -e
                perl -e 'open F, ">var/tmp/sparse"; seek F, 3*131072, 0; print F "middle" x 1000;
                  seek F, 1500000, 0; print F "end"'
                truncate -s 1000000 var/tmp/hole
                perl -e 'print "a" x 500000' > var/tmp/tail-hole; truncate -s 2M var/tmp/tail-hole
                cat /bin/sh /bin/ls > usr/bin/machine-code
                chown 1000:1001 etc/hello.txt; chmod 4755 usr/bin/text; chmod 1777 var/tmp
                setfattr -n user.comment -v 'a user xattr' etc/hello.txt
                setfattr -n user.big -v "$(printf 'v%.0s' $(seq 3000))" usr/bin/text
                setfattr -n trusted.overlay.opaque -v y var/tmp
                setfattr -n user.comment -v 'a user xattr' var/tmp
                setfattr -n trusted.on.a.link -v link -h etc/symlink
                setfattr -n trusted.on.a.node -v node etc/null
                setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= usr/bin/random
                touch -d '2001-02-03 04:05:06 UTC' etc/hello.txt; touch -d '2099-01-01 00:00:00 UTC' etc/empty
                """);
    }
}
