package liveroot.fs.iso;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import liveroot.fs.Tools;
import liveroot.fs.squashfs.Commands;
import liveroot.fs.squashfs.SampleImages;

/** Images made by xorriso and genisoimage from the tree that the SquashFS tests have too. */
final class IsoImages {

    /** Commands by the name of the image; they write to $O and run above ./iso. */
    private static final Map<String, String> RECIPES = recipes();

    private IsoImages() {}

    private static Map<String, String> recipes() {
        Map<String, String> recipes = new LinkedHashMap<>();
        recipes.put("xorriso-rock-ridge-joliet", "xorriso -as mkisofs -quiet -R -J -V LIVECD -o $O iso");
        recipes.put("xorriso-level-1", "xorriso -as mkisofs -quiet -R -iso-level 1 -o $O iso");
        recipes.put(
                "xorriso-aaip-hard-links",
                "xorriso -outdev stdio:$O -xattr any -acl on -hardlinks on -map iso / -commit");
        recipes.put(
                "xorriso-zisofs",
                "xorriso -outdev stdio:$O -zisofs level=9:block_size=32k:by_magic=off -map iso / -set_filter_r --zisofs / -- -commit");
        recipes.put(
                "xorriso-zisofs-2",
                "xorriso -outdev stdio:$O -zisofs level=9:block_size=128k:version_2=on:max_bpt=1g:by_magic=off"
                        + " -map iso / -set_filter_r --zisofs / -- -commit");
        recipes.put("genisoimage-moved", "genisoimage -quiet -R -o $O iso");
        recipes.put("genisoimage-deep-joliet", "genisoimage -quiet -R -D -J -V DEEP -o $O iso");
        recipes.put("genisoimage-classic-hfs", "genisoimage -quiet -R -hfs -V HYBRID -o $O iso");
        recipes.put(
                "genisoimage-el-torito",
                "genisoimage -quiet -R -b etc/hello.txt -c etc/boot.cat -no-emul-boot -boot-load-size 4 -o $O iso");
        recipes.put("genisoimage-zisofs", "rm -rf isoz; mkzftree iso isoz; genisoimage -quiet -R -z -o $O isoz");
        return recipes;
    }

    static Iterable<String> names() {
        return RECIPES.keySet();
    }

    /** Skips the calling test, where images cannot be made. */
    static void assumeTools() throws IOException {
        Tools.need(
                "xorriso, genisoimage, attr, acl, perl-base",
                "xorriso",
                "osirrox",
                "genisoimage",
                "mkzftree",
                "setfattr",
                "setfacl",
                "perl");
        Tools.needRoot("make device nodes");
    }

    /** The image's file, made if it has not been yet. */
    static synchronized Path image(String name) throws IOException {
        Path directory = SampleImages.directory();
        if (!Files.exists(directory.resolve("iso"))) {
            Commands.sh(
                    directory,
                    """
                    set -e
                    cp -a src iso; setfacl -m u:77:rwx,g:88:r iso/etc/hello.txt; ln iso/usr/bin/text iso/var/text
                    mkdir iso/empty; setfacl -d -m g:99:rx iso/empty
                    """);
        }
        Path image = directory.resolve(name + ".iso");
        if (!Files.exists(image)) {
            Commands.sh(directory, "O=" + image + "; { " + RECIPES.get(name) + "; } >&2");
        }
        return image;
    }
}
