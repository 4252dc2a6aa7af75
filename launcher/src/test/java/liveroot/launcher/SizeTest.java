package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SizeTest {

    private static final long RAM = 1L << 30;

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "4096, 4096",
        "512k, 524288",
        "512K, 524288",
        "64m, 67108864",
        "2g, 2147483648",
        "1024s, 524288",
        "25%, 268435456",
        "100%, 1073741824",
        "007k, 7168"
    })
    void sizesAreReadInEveryForm(String text, long bytes) throws Refusal {
        assertEquals(bytes, Size.parse("--cache", text, RAM));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "k",
                "%",
                "12q",
                "-1",
                "+1",
                "1.5g",
                "1 k",
                " 1",
                "0x10",
                "١",
                "12kb",
                "1e9",
                "999999999999999999999"
            })
    void whatIsNoSizeIsRefusedByItsText(String text) {
        Refusal refusal = assertThrows(Refusal.class, () -> Size.parse("--cache", text, RAM));
        assertEquals(Refusal.USAGE, refusal.code());
        assertTrue(refusal.getMessage().startsWith("--cache: size '" + text + "'"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(Size.FORMS), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0k", "0%", "101%", "99999999999999999g", "100000000000000000s"})
    void nothingAndTooMuchAreRefused(String text) {
        assertThrows(Refusal.class, () -> Size.parse("--cache", text, RAM));
    }

    @Test
    void sizesAreShownWithTheUnitThatSuitsThem() {
        assertEquals("0 B", Size.show(0));
        assertEquals("1023 B", Size.show(1023));
        assertEquals("512 KiB", Size.show(512 << 10));
        assertEquals("1.5 GiB", Size.show(3L << 29));
        assertEquals("2048 TiB", Size.show(1L << 51));
    }
}
