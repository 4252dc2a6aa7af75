package liveroot.integration;

/** Ways in which SquashFS images are made in the field: each compressor, block size and option that changes the format. */
enum SquashfsRecipe {
    GZIP("mksquashfs $SRC $OUT -comp gzip"),
    LZMA("mksquashfs $SRC $OUT -comp lzma", Judge.UNSQUASHFS),
    LZO("mksquashfs $SRC $OUT -comp lzo"),
    XZ("mksquashfs $SRC $OUT -comp xz"),
    LZ4("mksquashfs $SRC $OUT -comp lz4"),
    ZSTD("mksquashfs $SRC $OUT -comp zstd"),
    GZIP_4K_WITHOUT_FRAGMENTS_AND_EXPORTS("mksquashfs $SRC $OUT -b 4096 -no-fragments -no-exports"),
    GZIP_NOTHING_COMPRESSED("mksquashfs $SRC $OUT -noI -noD -noF -noX -noId"),
    XZ_1M_BCJ_FILTERS("mksquashfs $SRC $OUT -comp xz -Xbcj x86,arm -b 1M -Xdict-size 50%"),
    LZ4_HC("mksquashfs $SRC $OUT -comp lz4 -Xhc"),
    ZSTD_TAIL_ENDS_WITHOUT_XATTRS("mksquashfs $SRC $OUT -comp zstd -tailends -no-xattrs -no-duplicates"),
    ZSTD_1M("mksquashfs $SRC $OUT -comp zstd -b 1M -Xcompression-level 3"),
    LZ4_4K("mksquashfs $SRC $OUT -comp lz4 -b 4096"),
    GZIP_UNPADDED("mksquashfs $SRC $OUT -nopad -Xcompression-level 1 -Xwindow-size 12 -Xstrategy default,filtered"),
    GENSQUASHFS_ZSTD("gensquashfs -D $SRC -c zstd -q $OUT"),
    GENSQUASHFS_LZMA("gensquashfs -D $SRC -c lzma -q $OUT", Judge.UNSQUASHFS),
    GENSQUASHFS_LZO("gensquashfs -D $SRC -c lzo -q $OUT"),
    GENSQUASHFS_GZIP_WITH_XATTRS_AND_EXPORTS("gensquashfs -D $SRC -c gzip -x -e -q $OUT"),
    SQFSTAR_ZSTD("tar --xattrs --xattrs-include='*' -C $SRC -cf - . | sqfstar -comp zstd $OUT"),
    TAR2SQFS_PART_OF_A_TREE("tar -C $SRC -cf - etc | tar2sqfs -q $OUT");

    /** Whose word on the image's content counts. */
    enum Judge {
        KERNEL,
        /** For lzma, which the kernel refuses. */
        UNSQUASHFS
    }

    private final String command;
    private final Judge judge;

    SquashfsRecipe(String command) {
        this(command, Judge.KERNEL);
    }

    SquashfsRecipe(String command, Judge judge) {
        this.command = command;
        this.judge = judge;
    }

    Judge judge() {
        return judge;
    }

    String program() {
        return command.contains("| ") ? command.replaceAll(".*\\| (\\S+).*", "$1") : command.replaceAll(" .*", "");
    }

    /** As bash runs it, with SRC and OUT set. */
    String command() {
        String quiet = program().equals("mksquashfs") || program().equals("sqfstar")
                ? " -quiet -no-progress -mkfs-time 1000000000"
                : "";
        return program().equals("sqfstar") ? command.replace("sqfstar", "sqfstar" + quiet) : command + quiet;
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
    }
}
