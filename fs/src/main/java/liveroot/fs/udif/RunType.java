package liveroot.fs.udif;

/** What a run is. */
enum RunType {
    ZEROS(0, 0, null),
    RAW(1, 1, null),
    /** Free space: reads as zeros, and no checksum counts it. */
    IGNORE(2, 2, null),
    ADC(3, 0x80000004, "ADC"),
    ZLIB(4, 0x80000005, "zlib"),
    BZIP2(5, 0x80000006, "bzip2"),
    LZFSE(6, 0x80000007, "LZFSE"),
    LZMA(7, 0x80000008, "LZMA"),
    COMMENT(8, 0x7ffffffe, null),
    END(9, 0xffffffff, null);

    private static final RunType[] ALL = values();

    private final byte code;
    private final int number;
    private final String codec;

    /**
     * @param code what it is kept as, its place here
     * @param number in a table
     */
    RunType(int code, int number, String codec) {
        this.code = (byte) code;
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

    static RunType byCode(byte code) {
        return ALL[code];
    }

    /** See {@link #byCode}. */
    byte code() {
        return code;
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
