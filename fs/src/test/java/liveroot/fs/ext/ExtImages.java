package liveroot.fs.ext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import liveroot.fs.Tools;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;

/**
 * File systems made by mke2fs from the tree that the SquashFS tests have too, and changed by the kernel where mke2fs cannot
 * make what is wanted: access control lists, times after 2038, unwritten extents, indexed directories, fragmented files.
 * Others made by genext2fs from the same tree.
 */
final class ExtImages {

    /** mke2fs' options and the size, by the name of the image. */
    private static final Map<String, String> RECIPES = recipes();

    /** genext2fs' options by the name of the image. */
    private static final Map<String, String> GENEXT2FS = new TreeMap<>(Map.of(
            "genext2fs", "-b 8192",
            "genext2fs-2k-holes", "-B 2048 -b 8192 -z -N 2000",
            "genext2fs-4k-of-root", "-B 4096 -b 4096 -U -L label -m 0"));

    private static final String CHANGES =
            """
            set -e
            mkdir acls large; cd acls
            echo acl > file; mkdir directory
            setfacl -m u:1234:rw,g:4321:r file; setfacl -d -m u:99:rwx directory; setfacl -m g:98:x directory
            echo later > later; touch -d '2100-01-02 03:04:05.678901234 UTC' later
            echo before > before; touch -d '1930-01-01 00:00:00 UTC' before
            touch owned; chown 100000:200000 owned; mknod wide c 300 70000; mknod old c 10 200
            ln -s $(printf 's%.0s' $(seq 59)) fast; ln -s $(printf 's%.0s' $(seq 60)) slow; ln -s t short
            setfattr -h -n trusted.big -v $(printf 'v%.0s' $(seq 700)) slow
            fallocate -l 300000 unwritten 2>/dev/null || truncate -s 300000 unwritten; echo written | dd of=unwritten bs=1 seek=100000 conv=notrunc 2>/dev/null
            truncate -s 3000000 hole
            perl -e 'for (0..200) { open F, ">>", "pieces"; seek F, 0, 2; print F "x" x 5000; close F;
              open F, ">", "other$_"; print F "y"; close F; }
              open F, ">", "sparse"; for (0..60) { sysseek F, $_ * 40000, 0; syswrite F, "part $_"; }'
            rm -f other*[02468]; cd ../large
            perl -e 'for (1..2500) { open F, ">", "a name that is long enough to fill blocks \\xe4\\xff $_" or die }
              for (1..200) { unlink "a name that is long enough to fill blocks \\xe4\\xff ${_}7" }'
            """;

    private ExtImages() {}

    private static Map<String, String> recipes() {
        Map<String, String> recipes = new LinkedHashMap<>();
        recipes.put("ext2", "-t ext2 -b 4096 -I 256 24M");
        recipes.put("ext2-revision-0-inodes", "-t ext2 -b 4096 -I 128 -O ^resize_inode,^dir_index 24M");
        recipes.put("ext3", "-t ext3 -b 4096 -I 256 24M");
        recipes.put("ext4", "-t ext4 -b 4096 24M");
        recipes.put("ext4-inline", "-t ext4 -b 4096 -I 512 -O inline_data,64bit,metadata_csum 24M");
        recipes.put("ext4-checksum-seed", "-t ext4 -b 4096 -O metadata_csum,metadata_csum_seed 24M");
        recipes.put("ext4-bigalloc", "-t ext4 -b 4096 -O bigalloc -C 16384 64M");
        recipes.put("ext4-no-extents", "-t ext4 -b 4096 -O ^has_journal,^extents,^64bit 24M");
        recipes.put("ext4-xattr-inodes-1k", "-t ext4 -O ea_inode -b 1024 -I 256 32M");
        recipes.put("ext4-xattr-inodes-4k", "-t ext4 -O ea_inode,^metadata_csum -b 4096 24M");
        recipes.put("ext4-meta-groups", "-t ext4 -b 1024 -O meta_bg,^resize_inode,ea_inode -g 1024 48M");
        recipes.put(
                "ext4-sparse-super2",
                "-t ext4 -b 2048 -O sparse_super2,^resize_inode,ea_inode,uninit_bg,^metadata_csum 32M");
        return recipes;
    }

    static Iterable<String> names() {
        return RECIPES.keySet();
    }

    static Iterable<String> namesOfGenext2fs() {
        return GENEXT2FS.keySet();
    }

    /** An image of genext2fs, made if it has not been yet; skips the calling test where it cannot be. */
    static synchronized Path imageOfGenext2fs(String name) throws IOException {
        Tools.need("genext2fs", "genext2fs");
        Path directory = SampleImages.directory();
        Path image = directory.resolve(name + ".ext");
        if (!Files.exists(image)) {
            Commands.sh(directory, "genext2fs " + GENEXT2FS.get(name) + " -d src " + image);
        }
        return image;
    }

    /** Skips the calling test, where images cannot be made. */
    static void assumeTools() throws IOException {
        Tools.need("e2fsprogs, attr, acl, perl-base", "mke2fs", "debugfs", "setfattr", "getfattr", "setfacl", "perl");
        Tools.needRoot("make device nodes and mount images");
    }

    /** The image's file, made if it has not been yet. */
    static synchronized Path image(String name) throws IOException {
        Path directory = SampleImages.directory();
        Path image = directory.resolve(name + ".ext");
        if (Files.exists(image)) {
            return image;
        }
        String[] words = RECIPES.get(name).split(" ", 0);
        String size = words[words.length - 1];
        String options = String.join(" ", Arrays.copyOf(words, words.length - 1));
        Path made = directory.resolve(name + ".new");
        Commands.sh(directory, "mke2fs -q -F " + options + " -N 4000 -d src " + made + " " + size);
        // mke2fs marks a file of nothing but a hole as inline, without data; Linux then knows not where the hole ends.
        change(made, (options.contains("inline_data") ? "rm var/tmp/hole\n" : "") + CHANGES);
        return Files.move(made, image);
    }

    /** Changes an image by way of the kernel. */
    static void change(Path image, String script) throws IOException {
        Path point = Files.createTempDirectory(SampleImages.directory(), "mount");
        Commands.sh(point, "mount -t ext4 -o loop " + image + " " + point);
        try {
            Commands.sh(point, script);
        } finally {
            Commands.sh(Path.of("/"), "umount " + point);
        }
        Files.delete(point);
    }
}
