package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.StringJoiner;

/** The boot catalog, for people (El Torito 1.0): what a firmware finds to start. Nothing in it is followed. */
final class ElTorito {

    private static final String SYSTEM = "EL TORITO SPECIFICATION";

    private static final int ENTRY = 32;
    private static final int MOST_ENTRIES = Sectors.SIZE / ENTRY;

    private static final int BOOTABLE = 0x88;
    private static final int HEADER = 0x90;
    private static final int LAST_HEADER = 0x91;

    private ElTorito() {}

    static boolean isDescriptor(ByteBuffer in) {
        return Volume.text(in, 7, SYSTEM.length()).equals(SYSTEM);
    }

    /** Position of the catalog. */
    static long catalog(ByteBuffer descriptor) {
        return (descriptor.getInt(0x47) & 0xffffffffL) * Sectors.SIZE;
    }

    static String words(Sectors sectors, long catalog) throws IOException {
        if (catalog > sectors.source().size() - Sectors.SIZE) {
            return "a boot catalog at byte " + catalog + ", behind the end of the image";
        }
        ByteBuffer in = sectors.bytes(catalog, Sectors.SIZE, "the boot catalog");
        if (in.get(0) != 1 || in.getShort(30) != (short) 0xaa55) {
            return "a boot catalog at byte " + catalog + " that is damaged";
        }
        StringJoiner words = new StringJoiner("; ");
        int platform = in.get(1) & 0xff;
        for (int i = 1; i < MOST_ENTRIES; i++) {
            int at = i * ENTRY;
            int kind = in.get(at) & 0xff;
            if (kind == HEADER || kind == LAST_HEADER) {
                platform = in.get(at + 1) & 0xff;
            } else if (kind == BOOTABLE) {
                words.add(platform(platform) + ", " + medium(in.get(at + 1) & 0xf) + ", "
                        + (in.getShort(at + 6) & 0xffff) + " sectors of 512 bytes at block "
                        + (in.getInt(at + 8) & 0xffffffffL));
            }
        }
        return words.length() == 0 ? "an empty boot catalog" : words.toString();
    }

    private static String platform(int number) {
        return switch (number) {
            case 0 -> "PC BIOS";
            case 1 -> "PowerPC";
            case 2 -> "Mac";
            case 0xef -> "EFI";
            default -> "platform " + number;
        };
    }

    private static String medium(int number) {
        return switch (number) {
            case 0 -> "no emulation";
            case 1, 2, 3 -> "floppy disk";
            case 4 -> "hard disk";
            default -> "medium " + number;
        };
    }
}
