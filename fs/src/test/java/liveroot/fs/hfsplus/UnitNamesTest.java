package liveroot.fs.hfsplus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Folding and decomposition of each UTF-16 unit, against checksums of Darwin's own tables. */
final class UnitNamesTest {

    private static void add(CRC32 crc, int value) {
        crc.update(ByteBuffer.allocate(2).putShort((short) value).flip());
    }

    /** gLatinCaseFold and gLowerCaseTable of hfs' core/UCStringCompareData.h, all 65536 values as big-endian u16. */
    @Test
    void unitsFoldAsInDarwin() {
        CRC32 crc = new CRC32();
        for (int c = 0; c < 0x10000; c++) {
            add(crc, CaseFolding.fold((char) c));
        }
        assertEquals(0x46291121L, crc.getValue());
    }

    /**
     * The tables of xnu's bsd/vfs/vfs_utfconvdata.h: for each unit but surrogates and Hangul, which is computed, how many
     * units it becomes and which.
     */
    @Test
    void unitsDecomposeAsInDarwin() {
        CRC32 crc = new CRC32();
        for (int c = 0; c < 0x10000; c++) {
            if ((c < 0xac00 || c >= 0xac00 + 11172) && !Character.isSurrogate((char) c)) {
                String decomposed = UnitNames.decompose(String.valueOf((char) c));
                add(crc, decomposed.length());
                decomposed.chars().forEach(unit -> add(crc, unit));
            }
        }
        assertEquals(0xc1425db8L, crc.getValue());
    }
}
