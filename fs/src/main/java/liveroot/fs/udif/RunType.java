package liveroot.fs.udif;

/** What a run is. */
enum RunType {
    ZEROS(0, null),
    RAW(1, null),
    /** Free space: reads as zeros, and no checksum counts it. */
    IGNORE(2, null),
    ADC(0x80000004, "ADC"),
    ZLIB(0x80000005, "zlib"),
    BZIP2(0x80000006, "bzip2"),
    LZFSE(0x80000007, "LZFSE"),
    LZMA(0x80000008, "LZMA"),
    COMMENT(0x7ffffffe, null),
    END(0xffffffff, null);

    private static final RunType[] ALL = values();

    private final int number;
    private final String codec;

    RunType(int number, String codec) {
        this.number = number;
        this.codec = codec;
    }

    /** The one with this number in a table, or null. */
    static RunType of(int number) {
        for (RunType type : ALL) {
            if (type.number == number) {
                return type;
            }
        }
        return null;
    }

    static RunType byOrdinal(int ordinal) {
        return ALL[ordinal];
    }

    /** In words for people; null if it is not packed. */
    String codec() {
        return codec;
    }

    boolean isPacked() {
        return codec != null;
    }

    /** Whether it has bytes in the data fork. */
    boolean isStored() {
        return this == RAW || isPacked();
    }
}
