package liveroot.fs.image;

/** What an image, or a file that was taken for one, can be, in words for people. */
public enum ImageFormat {
    EMPTY("an empty file"),
    ZEROS("nothing but zeros as far as it was looked at"),
    UNKNOWN("of a format that is not known"),

    SQUASHFS("a SquashFS image"),
    SQUASHFS_OTHER("a SquashFS image of a version before 4.0, or in big-endian byte order"),
    EROFS("an EROFS image"),
    EXT("an ext2, ext3 or ext4 file system"),
    ISO_9660("an ISO 9660 image"),
    HFS_PLUS("an HFS+ volume"),
    HFS("an HFS volume"),
    APFS("an APFS container"),
    XFS("an XFS file system"),
    BTRFS("a Btrfs file system"),
    ZFS("a ZFS pool"),

    UDIF("an Apple disk image (UDIF, .dmg)"),
    ENCRYPTED_DMG("an encrypted Apple disk image"),
    APPLE_PARTITION_MAP("a disk with an Apple partition map"),
    GPT("a disk with a GUID partition table"),
    MBR("a disk with a PC boot sector"),
    QCOW("a QEMU disk image (qcow)"),

    CPIO("a cpio archive"),
    TAR("a tar archive"),
    ZIP("a zip archive"),
    GZIP("gzip-compressed data"),
    XZ("xz-compressed data"),
    ZSTD("zstd-compressed data"),
    BZIP2("bzip2-compressed data"),
    LZ4("lz4-compressed data"),

    ELF("an ELF program or library"),
    SCRIPT("a script");

    private final String words;

    ImageFormat(String words) {
        this.words = words;
    }

    /** With its article: "an ISO 9660 image". */
    @Override
    public String toString() {
        return words;
    }
}
