package liveroot.fs.image;

import java.nio.ByteBuffer;

/**
 * Bytes by which a format is recognised.
 *
 * @param offset of them from the start; if negative, from the end
 * @param bytes one char for each; {@link #ANY} fits whatever is there
 */
record Signature(ImageFormat format, int offset, String bytes) {

    private static final char ANY = '\uffff';

    /**
     * In the order in which they are tried: the first that fits decides. What wraps other formats, or shares its places
     * with them, comes first: a .dmg may look like the volume in it, an ISO 9660 image may carry partition maps.
     */
    static final Signature[] ALL = {
        new Signature(ImageFormat.SQUASHFS, 0, "hsqs"),
        new Signature(ImageFormat.SQUASHFS_OTHER, 0, "sqsh"),
        new Signature(ImageFormat.SQUASHFS_OTHER, 0, "shsq"),
        new Signature(ImageFormat.SQUASHFS_OTHER, 0, "qshs"),
        new Signature(ImageFormat.UDIF, -512, "koly"),
        new Signature(ImageFormat.UDIF, 0, "koly"),
        new Signature(ImageFormat.ENCRYPTED_DMG, 0, "encrcdsa"),
        new Signature(ImageFormat.ENCRYPTED_DMG, -8, "cdsaencr"),
        new Signature(ImageFormat.SPARSE_IMAGE, 0, "sprs"),
        new Signature(ImageFormat.LUKS, 0, "LUKS\u00ba\u00be"),
        new Signature(ImageFormat.CPIO, 0, "070701"),
        new Signature(ImageFormat.CPIO, 0, "070702"),
        new Signature(ImageFormat.CPIO, 0, "070707"),
        new Signature(ImageFormat.CPIO, 0, "\u00c7q"),
        new Signature(ImageFormat.CPIO, 0, "q\u00c7"),
        new Signature(ImageFormat.GZIP, 0, "\u001f\u008b"),
        new Signature(ImageFormat.XZ, 0, "\u00fd7zXZ\0"),
        new Signature(ImageFormat.ZSTD, 0, "(\u00b5/\u00fd"),
        new Signature(ImageFormat.BZIP2, 0, "BZh"),
        new Signature(ImageFormat.LZ4, 0, "\u0004\"M\u0018"),
        new Signature(ImageFormat.LZ4, 0, "\u0002!L\u0018"),
        // As the Linux kernel tells it (lib/decompress.c), with the dictionary's size in the form that encoders write.
        new Signature(ImageFormat.LZMA, 0, "]\0\0"),
        new Signature(ImageFormat.ELF, 0, "\u007fELF"),
        new Signature(ImageFormat.CLOOP, 0, "#!/bin/sh\n#V2.0 Format\n"),
        new Signature(ImageFormat.CLOOP, 0, "#!/bin/sh\n#V3.0 Format\n"),
        new Signature(ImageFormat.CLOOP, 0, "#!/bin/sh\n#V4.0 Format\n"),
        new Signature(ImageFormat.SCRIPT, 0, "#!"),
        new Signature(ImageFormat.ZIP, 0, "PK\u0003\u0004"),
        new Signature(ImageFormat.SEVEN_ZIP, 0, "7z\u00bc\u00af'\u001c"),
        new Signature(ImageFormat.RAR, 0, "Rar!\u001a\u0007"),
        new Signature(ImageFormat.XAR, 0, "xar!"),
        new Signature(ImageFormat.AR, 0, "!<arch>\n"),
        new Signature(ImageFormat.WIM, 0, "MSWIM\0\0\0"),
        new Signature(ImageFormat.QCOW, 0, "QFI\u00fb"),
        new Signature(ImageFormat.VMDK, 0, "KDMV"),
        new Signature(ImageFormat.VHD, 0, "conectix"),
        new Signature(ImageFormat.VHDX, 0, "vhdxfile"),
        new Signature(ImageFormat.VDI, 64, "\u007f\u0010\u00da\u00be"),
        new Signature(ImageFormat.RAW_CD, 0, "\0\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\0"),
        new Signature(ImageFormat.UBI, 0, "UBI#"),
        // The nodes that a JFFS2 image may begin with, in either order: clean marker, inode, directory entry.
        new Signature(ImageFormat.JFFS2, 0, "\u0085\u0019\u0003 "),
        new Signature(ImageFormat.JFFS2, 0, "\u0085\u0019\u0002\u00e0"),
        new Signature(ImageFormat.JFFS2, 0, "\u0085\u0019\u0001\u00e0"),
        new Signature(ImageFormat.JFFS2, 0, "\u0019\u0085 \u0003"),
        new Signature(ImageFormat.JFFS2, 0, "\u0019\u0085\u00e0\u0002"),
        new Signature(ImageFormat.JFFS2, 0, "\u0019\u0085\u00e0\u0001"),
        new Signature(ImageFormat.CRAMFS, 0, "E=\u00cd("),
        new Signature(ImageFormat.CRAMFS, 0, "(\u00cd=E"),
        // A cramfs may have 512 bytes for a boot loader in front.
        new Signature(ImageFormat.CRAMFS, 512, "E=\u00cd("),
        new Signature(ImageFormat.XFS, 0, "XFSB"),
        new Signature(ImageFormat.APFS, 32, "NXSB"),
        new Signature(ImageFormat.ISO_9660, 32769, "CD001"),
        new Signature(ImageFormat.UDF, 32769, "BEA01"),
        new Signature(ImageFormat.APPLE_PARTITION_MAP, 512, "PM"),
        new Signature(ImageFormat.APPLE_PARTITION_MAP, 2048, "PM"),
        // What is at 4096 is data of many formats: pmSig, pmSigPad, and a map of less than 65,536 entries.
        new Signature(ImageFormat.APPLE_PARTITION_MAP, 4096, "PM\0\0\0\0"),
        new Signature(ImageFormat.GPT, 512, "EFI PART"),
        new Signature(ImageFormat.GPT, 2048, "EFI PART"),
        new Signature(ImageFormat.GPT, 4096, "EFI PART"),
        // With the version, as ext has its number of inodes there.
        new Signature(ImageFormat.HFS_PLUS, 1024, "H+\0\u0004"),
        new Signature(ImageFormat.HFS_PLUS, 1024, "HX\0\u0005"),
        new Signature(ImageFormat.EROFS, 1024, "\u00e2\u00e1\u00f5\u00e0"),
        new Signature(ImageFormat.EXT, 1080, "S\u00ef"),
        // An HFS wrapper names what is embedded in it: drEmbedSigWord of its master directory block.
        new Signature(ImageFormat.HFS_PLUS, 1024, "BD" + String.valueOf(ANY).repeat(0x7a) + "H+"),
        new Signature(ImageFormat.HFS, 1024, "BD"),
        new Signature(ImageFormat.BTRFS, 65600, "_BHRfS_M"),
        new Signature(ImageFormat.F2FS, 1024, "\u0010 \u00f5\u00f2"),
        new Signature(ImageFormat.REISERFS, 65536 + 52, "ReIsErFs"),
        new Signature(ImageFormat.REISERFS, 65536 + 52, "ReIsEr2Fs"),
        new Signature(ImageFormat.REISERFS, 65536 + 52, "ReIsEr3Fs"),
        new Signature(ImageFormat.REISERFS, 8192 + 52, "ReIsErFs"),
        new Signature(ImageFormat.JFS, 32768, "JFS1"),
        // BCACHE_MAGIC and BCHFS_MAGIC of the superblock, which begins in sector 8.
        new Signature(
                ImageFormat.BCACHEFS, 4096 + 24, "\u00c6\u0085s\u00f6N\u001aE\u00ca\u0082e\u00f5\u007fH\u00bam\u0081"),
        new Signature(
                ImageFormat.BCACHEFS,
                4096 + 24,
                "\u00c6\u0085s\u00f6f\u00ce\u0090\u00a9\u00d9j`\u00cf\u0080=\u00f7\u00ef"),
        new Signature(ImageFormat.LVM, 512, "LABELONE"),
        new Signature(ImageFormat.MD_RAID, 4096, "\u00fcN+\u00a9\u0001\0\0\0"),
        new Signature(ImageFormat.EXFAT, 3, "EXFAT   "),
        new Signature(ImageFormat.SWAP, 4086, "SWAPSPACE2"),
        new Signature(ImageFormat.NTFS, 3, "NTFS    "),
        new Signature(ImageFormat.BITLOCKER, 3, "-FVE-FS-"),
        // On removable disks it looks like FAT32 but for its GUID, 4967d63b-2e29-4ad8-8399-f6a339e3d001.
        new Signature(ImageFormat.BITLOCKER, 424, ";\u00d6gI).\u00d8J\u0083\u0099\u00f6\u00a39\u00e3\u00d0\u0001"),
        new Signature(ImageFormat.FAT, 54, "FAT1"),
        new Signature(ImageFormat.FAT, 82, "FAT32   "),
        // fs_magic, 1372 bytes into the superblock of UFS1 at 8 KiB and UFS2 at 64 or 256 KiB, in either order.
        new Signature(ImageFormat.UFS, 8192 + 1372, "\0\u0001\u0019T"),
        new Signature(ImageFormat.UFS, 8192 + 1372, "T\u0019\u0001\0"),
        new Signature(ImageFormat.UFS, 65536 + 1372, "\u0019T\u0001\u0019"),
        new Signature(ImageFormat.UFS, 65536 + 1372, "\u0019\u0001T\u0019"),
        new Signature(ImageFormat.UFS, 262144 + 1372, "\u0019T\u0001\u0019"),
        new Signature(ImageFormat.UFS, 262144 + 1372, "\u0019\u0001T\u0019"),
        new Signature(ImageFormat.TAR, 257, "ustar"),
        new Signature(ImageFormat.KERNEL, 514, "HdrS"),
        new Signature(ImageFormat.MBR, 510, "U\u00aa"),
    };

    /** Where in an image of {@code size} bytes this would stand. */
    long position(long size) {
        return offset < 0 ? size + offset : offset;
    }

    boolean matches(ByteBuffer memory, int at) {
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.charAt(i) != ANY && (byte) bytes.charAt(i) != memory.get(at + i)) {
                return false;
            }
        }
        return true;
    }
}
