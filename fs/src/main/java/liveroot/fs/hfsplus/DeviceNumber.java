package liveroot.fs.hfsplus;

/**
 * Device numbers, which each system records in its own form: Darwin with the major number in the high 8 bits of 32, Linux
 * with it in the high 12, libisofs as the user's programs see them on Linux.
 */
final class DeviceNumber {

    private static final String LINUX = "H+Lx";
    private static final String LIBISOFS = "liso";

    private DeviceNumber() {}

    /**
     * In the form of {@link liveroot.fs.Attributes#rdev}.
     *
     * @param writer tag in the volume header
     */
    static int of(int recorded, String writer) {
        return switch (writer) {
            case LIBISOFS -> recorded;
            case LINUX -> encode(recorded >>> 20, recorded & 0xfffff);
            default -> encode(recorded >>> 24, recorded & 0xffffff);
        };
    }

    /** Minor bits beyond the 20th have no place and are lost. */
    private static int encode(int major, int minor) {
        return (minor & 0xff) | (major << 8) | ((minor & 0xfff00) << 12);
    }
}
