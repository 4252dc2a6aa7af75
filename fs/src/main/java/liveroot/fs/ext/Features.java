package liveroot.fs.ext;

import java.util.ArrayList;
import java.util.List;

/**
 * The superblock's three words of features ("s_feature_*" of the kernel's documentation): of the second, all must be known;
 * the others do not concern a reader who does not know them.
 */
record Features(int compatible, int incompatible, int readOnlyCompatible) {

    private static final int HAS_JOURNAL = 0x4;
    private static final int DIR_INDEX = 0x20;
    private static final int SPARSE_SUPER2 = 0x200;

    private static final int COMPRESSION = 0x1;
    private static final int FILE_TYPE = 0x2;
    private static final int RECOVER = 0x4;
    private static final int JOURNAL_DEVICE = 0x8;
    private static final int META_BG = 0x10;
    private static final int EXTENTS = 0x40;
    private static final int BITS_64 = 0x80;
    private static final int FLEX_BG = 0x200;
    private static final int EA_INODE = 0x400;
    private static final int DIR_DATA = 0x1000;
    private static final int CHECKSUM_SEED = 0x2000;
    private static final int LARGE_DIR = 0x4000;
    private static final int INLINE_DATA = 0x8000;

    private static final int SPARSE_SUPER = 0x1;
    private static final int HUGE_FILE = 0x8;
    private static final int GDT_CSUM = 0x10;
    private static final int EXTRA_ISIZE = 0x40;
    private static final int BIGALLOC = 0x200;
    private static final int METADATA_CSUM = 0x400;

    /** By bit, as mke2fs calls them. */
    private static final String[] COMPATIBLE = {
        "dir_prealloc",
        "imagic_inodes",
        "has_journal",
        "ext_attr",
        "resize_inode",
        "dir_index",
        null,
        null,
        "exclude_bitmap",
        "sparse_super2",
        "fast_commit",
        "stable_inodes",
        "orphan_file"
    };

    private static final String[] INCOMPATIBLE = {
        "compression",
        "filetype",
        "needs_recovery",
        "journal_dev",
        "meta_bg",
        null,
        "extents",
        "64bit",
        "mmp",
        "flex_bg",
        "ea_inode",
        null,
        "dirdata",
        "metadata_csum_seed",
        "large_dir",
        "inline_data",
        "encrypt",
        "casefold"
    };

    private static final String[] READ_ONLY_COMPATIBLE = {
        "sparse_super",
        "large_file",
        null,
        "huge_file",
        "uninit_bg",
        "dir_nlink",
        "extra_isize",
        null,
        "quota",
        "bigalloc",
        "metadata_csum",
        null,
        "read-only",
        "project",
        "shared_blocks",
        "verity",
        "orphan_present"
    };

    /** Why such a file system cannot be read, or null. */
    String refusal() {
        if (has(JOURNAL_DEVICE)) {
            return "an external journal of an ext file system, not a file system";
        }
        if (has(COMPRESSION) || has(DIR_DATA)) {
            return "an ext file system with the feature " + (has(COMPRESSION) ? "compression" : "dirdata")
                    + ", which Linux does not read either";
        }
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            if (has(1 << bit) && name(INCOMPATIBLE, bit) == null) {
                return "an ext4 file system with the unknown feature 0x" + Integer.toHexString(1 << bit);
            }
        }
        return null;
    }

    /** "ext2", "ext3" or "ext4", by what a driver of that name could read. */
    String generation() {
        int newer = EXTENTS | BITS_64 | FLEX_BG | EA_INODE | CHECKSUM_SEED | INLINE_DATA;
        int newerToWrite = HUGE_FILE | EXTRA_ISIZE | BIGALLOC | METADATA_CSUM;
        if (has(newer) || (readOnlyCompatible & newerToWrite) != 0) {
            return "ext4";
        }
        return hasJournal() ? "ext3" : "ext2";
    }

    /** All of them, as mke2fs calls them. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (int bit = 0; bit < Integer.SIZE; bit++) {
            add(names, "compatible", COMPATIBLE, compatible, bit);
            add(names, "incompatible", INCOMPATIBLE, incompatible, bit);
            add(names, "read-only compatible", READ_ONLY_COMPATIBLE, readOnlyCompatible, bit);
        }
        return names;
    }

    private static void add(List<String> names, String kind, String[] known, int word, int bit) {
        if ((word & (1 << bit)) != 0) {
            String name = name(known, bit);
            names.add(name != null ? name : kind + " 0x" + Integer.toHexString(1 << bit));
        }
    }

    private static String name(String[] names, int bit) {
        return bit < names.length ? names[bit] : null;
    }

    private boolean has(int bit) {
        return (incompatible & bit) != 0;
    }

    boolean hasJournal() {
        return (compatible & HAS_JOURNAL) != 0;
    }

    boolean hasIndexedDirectories() {
        return (compatible & DIR_INDEX) != 0;
    }

    boolean hasTwoBackups() {
        return (compatible & SPARSE_SUPER2) != 0;
    }

    /** Whether directory entries tell the types of their inodes. */
    boolean hasFileTypes() {
        return has(FILE_TYPE);
    }

    boolean needsRecovery() {
        return has(RECOVER);
    }

    /** Whether indexes of directories may have a level more. */
    boolean hasLargeDirectories() {
        return has(LARGE_DIR);
    }

    boolean hasMetaGroups() {
        return has(META_BG);
    }

    boolean is64Bit() {
        return has(BITS_64);
    }

    boolean hasXattrInodes() {
        return has(EA_INODE);
    }

    boolean hasChecksumSeed() {
        return has(CHECKSUM_SEED);
    }

    boolean hasFewBackups() {
        return (readOnlyCompatible & SPARSE_SUPER) != 0;
    }

    boolean hasHugeFiles() {
        return (readOnlyCompatible & HUGE_FILE) != 0;
    }

    boolean hasClusters() {
        return (readOnlyCompatible & BIGALLOC) != 0;
    }

    /** Those of before {@link #hasChecksums}, which says the same of more. */
    boolean hasDescriptorChecksums() {
        return (readOnlyCompatible & GDT_CSUM) != 0;
    }

    boolean hasChecksums() {
        return (readOnlyCompatible & METADATA_CSUM) != 0;
    }
}
