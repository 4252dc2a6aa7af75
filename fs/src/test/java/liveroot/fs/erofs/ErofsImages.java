package liveroot.fs.erofs;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import liveroot.fs.Tools;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;

/**
 * Images made by mkfs.erofs from the tree that the SquashFS tests have too, and from one of repetitive files. Debian 12's
 * knows LZ4 alone: {@code -Dliveroot.mkfs.erofs=PROGRAM} names a newer one for the images that it cannot make.
 */
final class ErofsImages {

    /** mkfs.erofs' options by the name of the image. */
    private static final Map<String, String> RECIPES = recipes();

    /** Those for which mkfs.erofs has to know LZMA, DEFLATE and Zstandard. */
    private static final Map<String, String> NEWER_RECIPES = newerRecipes();

    private static final String NEWER = System.getProperty("liveroot.mkfs.erofs", "mkfs.erofs");

    /** Files alike in parts, short ends, runs of one byte, and what cannot be compressed between what can. */
    private static final String SOURCE =
            """
            set -e
            cp -a src erofs; rm erofs/etc/nnnnn*; mkdir erofs/alike; cd erofs/alike
            perl -e 'srand 3; my @w = map { join "", map { chr 97 + rand 26 } 1..8 } 1..500;
              my $t = join " ", map { $w[rand @w] } 1..30000; my $n = join "", map { chr rand 256 } 1..70000;
              sub put { open F, ">", $_[0]; print F $_[1]; close F }
              put "text", $t; put "text2", substr($t, 5000); put "text3", substr($t, 100, 100000) . $n . $t;
              put "noise", $n . $t . $n; put "as", "a" x 3000000; put "mixed", substr($n, 0, 5000) . "b" x 200000 . $n;
              put "tail$_", substr($t, 7000 * $_, 100 * $_ + 4096 * ($_ % 5)) for 1..20; put "four", substr($n, 0, 4096)'
            cp -a text copy; setfacl -m u:77:rwx four; setfattr -n user.same -v same copy; setfattr -n user.same -v same four
            for i in 1 2 3 4 5; do setfattr -n security.much -v "$(printf 's%.0s' $(seq 100))" tail$i; done
            touch -d '2001-02-03 04:05:06.789 UTC' four; chown 100000:200000 text2
            """;

    private ErofsImages() {}

    private static Map<String, String> recipes() {
        Map<String, String> recipes = new LinkedHashMap<>();
        recipes.put("plain", "");
        recipes.put("plain-extended-no-inline", "-Eforce-inode-extended,noinline_data");
        recipes.put("plain-compact", "-Eforce-inode-compact --all-root -T1000000000 -x1");
        recipes.put("chunks-4k", "--chunksize=4096");
        recipes.put("chunks-64k", "--chunksize=65536");
        recipes.put("lz4", "-zlz4");
        recipes.put("lz4-legacy", "-zlz4 -Elegacy-compress");
        recipes.put("lz4-tail-packing", "-zlz4 -Eztailpacking");
        recipes.put("lz4hc-64k", "-zlz4hc,12 -C65536");
        recipes.put("lz4hc-1m-tail-packing", "-zlz4hc,9 -C1048576 -Eztailpacking");
        recipes.put("lz4-fragments", "-zlz4 -Efragments");
        recipes.put("lz4hc-fragments-64k", "-zlz4hc -C65536 -Efragments");
        recipes.put("lz4hc-all-fragments", "-zlz4hc -C65536 -Eall-fragments");
        recipes.put("lz4-dedupe", "-zlz4 -Ededupe");
        recipes.put("lz4hc-dedupe-fragments-64k", "-zlz4hc -C65536 -Ededupe,fragments");
        return recipes;
    }

    private static Map<String, String> newerRecipes() {
        Map<String, String> recipes = new LinkedHashMap<>();
        for (String codec : new String[] {"lzma", "deflate", "zstd"}) {
            recipes.put(codec, "-z" + codec);
            recipes.put(codec + "-legacy", "-z" + codec + " -Elegacy-compress");
            recipes.put(codec + "-1m-tail-packing", "-z" + codec + " -C1048576 -Eztailpacking");
            recipes.put(codec + "-fragments-dedupe-64k", "-z" + codec + " -C65536 -Efragments,dedupe");
            recipes.put(codec + "-all-fragments", "-z" + codec + " -C16384 -Eall-fragments");
            recipes.put(codec + "-blocks-of-1k", "-z" + codec + " -b1024 -C8192 -Eztailpacking");
        }
        recipes.put("lzma-extreme", "-zlzma,level=109,dictsize=4194304 -C262144");
        recipes.put("deflate-short-window", "-zdeflate,level=9,dictsize=4096 -C32768");
        recipes.put("zstd-22", "-zzstd,level=22,dictsize=1048576 -C131072");
        return recipes;
    }

    static Iterable<String> names() {
        return RECIPES.keySet();
    }

    static Iterable<String> newerNames() {
        return NEWER_RECIPES.keySet();
    }

    /** Skips the calling test, where the images with newer codecs cannot be made. */
    static void assumeNewerTools() throws IOException {
        boolean isNew = Commands.has(NEWER)
                && Commands.sh(Path.of("/"), NEWER + " --help")
                        .matches("(?s).*\\blzma\\b.*\\bdeflate\\b.*\\bzstd\\b.*");
        assumeTrue(
                isNew,
                NEWER
                        + " does not know LZMA, DEFLATE and Zstandard (-Dliveroot.mkfs.erofs=PROGRAM names one that does);"
                        + " ErofsCodecsTest reads images that are kept");
    }

    /** Skips the calling test, where images cannot be made. */
    static void assumeTools() throws IOException {
        Tools.need("erofs-utils, attr, acl, perl-base", "mkfs.erofs", "setfattr", "getfattr", "setfacl", "perl");
        Tools.needRoot("make device nodes and mount images");
    }

    /** The image's file, made if it has not been yet. */
    static synchronized Path image(String name) throws IOException {
        Path directory = SampleImages.directory();
        if (!Files.exists(directory.resolve("erofs"))) {
            // mkfs.erofs 1.5 fails on names of 255 bytes.
            Commands.sh(directory, SOURCE);
        }
        Path image = directory.resolve(name + ".erofs");
        if (!Files.exists(image)) {
            boolean isNewer = NEWER_RECIPES.containsKey(name);
            String command =
                    isNewer ? NEWER + " --quiet " + NEWER_RECIPES.get(name) : "mkfs.erofs --quiet " + RECIPES.get(name);
            Commands.sh(directory, command + " " + image + " erofs >&2");
        }
        return image;
    }
}
