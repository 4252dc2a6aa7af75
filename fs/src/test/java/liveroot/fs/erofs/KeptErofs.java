package liveroot.fs.erofs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Images with LZMA, DEFLATE and Zstandard, which lie among the seeds of {@link ErofsFuzzTest} because Debian's mkfs.erofs
 * cannot make them. Version 1.9.3 made them, of files that {@link #files} knows, in an empty directory:
 *
 * <pre>
 * perl -e '$x = 1; sub put { open F, "&gt;", shift; print F @_; close F }
 *   $n = join "", map { $x = ($x * 1103515245 + 12345) &amp; 0x7fffffff; chr($x &gt;&gt; 16 &amp; 255) } 1..3000;
 *   $t = join "", map { "line $_ of text\n" } 1..1200; mkdir "d";
 *   put "text", $t; put "again", substr($t, 7000) . $t; put "d/noise", $n; put "mixed", $n . $t . $n; put "as", "a" x 90000;
 *   put "d/$_", substr($t, 500, $_) for 1, 1023..1025, 4095..4097, 8192; put "none"; put "zeros", "\0" x 20000;
 *   symlink "text", "link"'
 * chmod 755 . d; chmod 644 * d/*; setfattr -n user.kept -v yes text
 * M="mkfs.erofs --quiet --all-root -T1000000000 -U00000000-0000-0000-0000-000000000001 -b1024"
 * for z in lzma deflate,9 zstd; do
 *   $M -z$z -C4096 -Eztailpacking ../${z%,9} .
 *   $M -z$z -C2048 -Elegacy-compress,dedupe ../${z%,9}-shared .
 *   $M -z$z -C4096 -Efragments ../${z%,9}-ends .
 * done
 * mkdir ../l; perl -e 'print "a" x 2600000' &gt; ../l/as
 * for z in lzma deflate,9 zstd; do ${M% *} -z$z ../large-${z%,9} ../l; done
 * </pre>
 */
final class KeptErofs {

    static final List<String> NAMES = Stream.of("lzma", "deflate", "zstd")
            .flatMap(codec -> Stream.of(codec, codec + "-shared", codec + "-ends"))
            .toList();

    private static final int NOISE = 3000;

    /** Of one file "as", with the letter so many times. */
    static final List<String> LARGE = List.of("large-lzma", "large-deflate", "large-zstd");

    static final int AS = 2_600_000;

    private KeptErofs() {}

    static byte[] image(String name) throws IOException {
        // What takes long to unpack is no seed.
        String path = LARGE.contains(name) ? name : "ErofsFuzzTestInputs/erofs/" + name;
        try (InputStream in = KeptErofs.class.getResourceAsStream(path)) {
            return in.readAllBytes();
        }
    }

    /** What all files have, by their paths. */
    static Map<String, byte[]> files() {
        byte[] noise = new byte[NOISE];
        int x = 1;
        for (int i = 0; i < NOISE; i++) {
            x = (x * 1103515245 + 12345) & 0x7fffffff;
            noise[i] = (byte) (x >> 16);
        }
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= 1200; i++) {
            lines.append("line ").append(i).append(" of text\n");
        }
        byte[] text = lines.toString().getBytes(US_ASCII);
        Map<String, byte[]> files = new TreeMap<>();
        files.put("./text", text);
        files.put("./again", joined(Arrays.copyOfRange(text, 7000, text.length), text));
        files.put("./d/noise", noise);
        files.put("./mixed", joined(noise, text, noise));
        byte[] as = new byte[90_000];
        Arrays.fill(as, (byte) 'a');
        files.put("./as", as);
        for (int length : new int[] {1, 1023, 1024, 1025, 4095, 4096, 4097, 8192}) {
            files.put("./d/" + length, Arrays.copyOfRange(text, 500, 500 + length));
        }
        files.put("./none", new byte[0]);
        files.put("./zeros", new byte[20_000]);
        return files;
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
