package liveroot.fs.image;

/** What an image, or a file that was taken for one, can be, in words for people. */
public enum ImageFormat {
    EMPTY("an empty file"),
    ZEROS("nothing but zeros as far as it was looked at"),
    UNKNOWN("of a format that is not known"),

    SQUASHFS("a SquashFS image", "squashfs"),
    SQUASHFS_OTHER(
            "a SquashFS image of a version before 4.0, or in big-endian byte order",
            null,
            "unpack it with the unsquashfs of its time and make a new one with mksquashfs"),
    EROFS("an EROFS image", "erofs"),
    EXT("an ext2, ext3 or ext4 file system", "ext"),
    ISO_9660("an ISO 9660 image", "iso"),
    HFS_PLUS("an HFS+ volume", "hfs+"),
    HFS("a classic HFS volume", null, "copy its files to an HFS+ volume"),
    APFS("an APFS container", null, "on macOS copy its files to an HFS+ image (hdiutil create -fs HFS+ -srcfolder)"),
    UFS("a UFS file system", null, "mount it on a BSD and make an image of its files with mksquashfs"),
    UDF("a UDF file system", null, "mount it with the host's own driver"),
    FAT("a FAT file system", null, "mount it with the host's own driver"),
    NTFS("an NTFS file system", null, "mount it with ntfs-3g"),
    BITLOCKER(
            "an encrypted BitLocker volume",
            null,
            "open it with cryptsetup open --type bitlk and mount what is inside"),
    XFS("an XFS file system", null, "mount it with the host's own driver"),
    BTRFS("a Btrfs file system", null, "mount it with the host's own driver"),
    BCACHEFS("a bcachefs file system", null, "mount it with the host's own driver"),
    F2FS("an F2FS file system", null, "mount it with the host's own driver"),
    REISERFS("a ReiserFS file system", null, "mount it with the driver of its time"),
    JFS("a JFS file system", null, "mount it with the host's own driver"),
    EXFAT("an exFAT file system", null, "mount it with the host's own driver"),
    CRAMFS("a cramfs image", null, "mount it with the host's own driver"),
    JFFS2("a JFFS2 file system of raw flash memory", null, "mount it on an MTD device"),
    UBI("a UBI image of raw flash memory", null, "attach it to an MTD device"),
    CLOOP("a compressed loop image (cloop)", null, "unpack it with extract_compressed_fs"),
    ZFS("a ZFS pool", null, "import it with zpool import -o readonly=on"),
    SWAP("Linux swap space"),

    UDIF("an Apple disk image (UDIF, .dmg)", "udif"),
    ENCRYPTED_DMG("an encrypted Apple disk image", null, "on macOS decrypt it with hdiutil convert -format UDZO"),
    SPARSE_IMAGE("an Apple sparse disk image (.sparseimage)", "sparseimage"),
    APPLE_PARTITION_MAP("a disk with an Apple partition map", "apm"),
    GPT("a disk with a GUID partition table", "gpt"),
    MBR("a disk with a PC boot sector", "mbr"),
    LVM("an LVM physical volume", null, "activate it with vgchange -ay and mount what is inside"),
    MD_RAID("a member of a Linux software RAID", null, "assemble it with mdadm and mount what is inside"),
    RAW_CD("a raw CD image with sectors of 2352 bytes (.bin)", null, "convert it to .iso with bchunk"),
    VMDK("a VMware disk image (.vmdk)", null, "convert it with qemu-img convert -O raw"),
    VHD("a Virtual PC disk image (.vhd)", null, "convert it with qemu-img convert -O raw"),
    VHDX("a Hyper-V disk image (.vhdx)", null, "convert it with qemu-img convert -O raw"),
    VDI("a VirtualBox disk image (.vdi)", null, "convert it with qemu-img convert -O raw"),
    QCOW("a QEMU disk image (qcow)", null, "convert it with qemu-img convert -O raw"),
    LUKS("an encrypted LUKS volume", null, "open it with cryptsetup and mount what is inside"),

    CPIO("a cpio archive", "cpio"),
    TAR("a tar archive", null, "make an image of its files with sqfstar"),
    ZIP("a zip archive", null, "unpack it first"),
    SEVEN_ZIP("a 7z archive", null, "unpack it first"),
    RAR("a rar archive", null, "unpack it first"),
    XAR("a xar archive (an installer package of macOS)", null, "unpack it first"),
    AR("an ar archive (such as a Debian package)", null, "unpack it first"),
    WIM("a Windows image (.wim)", null, "unpack it with wimlib-imagex"),
    GZIP("gzip-compressed data"),
    XZ("xz-compressed data"),
    ZSTD("zstd-compressed data"),
    BZIP2("bzip2-compressed data"),
    LZ4("lz4-compressed data"),
    LZMA("data compressed by LZMA"),

    KERNEL("a Linux kernel (bzImage)", null, "its root is elsewhere: an initrd beside it, or a file system"),

    ELF("an ELF program or library"),
    SCRIPT("a script");

    private final String words;
    private final String option;
    private final String advice;

    ImageFormat(String words) {
        this(words, null, null);
    }

    ImageFormat(String words, String option) {
        this(words, option, null);
    }

    /**
     * @param option what people write to have an image read as this; null if it cannot be read
     * @param advice what people do who have one that cannot be read, or null
     */
    ImageFormat(String words, String option, String advice) {
        this.words = words;
        this.option = option;
        this.advice = advice;
    }

    /** What people write to have an image read as this; null if none can be. */
    public String option() {
        return option;
    }

    String advice() {
        return advice;
    }

    /** Whether it is nothing but the bytes of a disk in another form. */
    boolean isDiskImage() {
        return this == UDIF || this == SPARSE_IMAGE;
    }

    /** With its article: "an ISO 9660 image". */
    @Override
    public String toString() {
        return words;
    }
}
