package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lines of /proc/PID/syscall, with the numbers of x86-64. */
@EnabledIfSystemProperty(named = "os.arch", matches = "amd64")
final class ConnectingCallTest {

    @ParameterizedTest(name = "{2}")
    @CsvSource({
        "42 0x3 0x7ffe 0x6e 0x0 0x0 0x0 0x7ffd 0x7f12, true, connect",
        "44 0x3 0x7ffe 0x6e 0x0 0x7fff 0x10 0x7ffd 0x7f12, true, sendto",
        "257 0xffffff9c 0x7ffe 0x0 0x0 0x0 0x0 0x7ffd 0x7f12, true, openat",
        "257 0xffffff9c 0x7ffe 0x20000 0x0 0x0 0x0 0x7ffd 0x7f12, false, openat with O_NOFOLLOW",
        "257 0xffffff9c 0x7ffe 0x241 0x1b6 0x0 0x0 0x7ffd 0x7f12, true, openat as a shell does it for >",
        "257 0xffffff9c 0x7ffe 0x200000 0x0 0x0 0x0 0x7ffd 0x7f12, false, openat with O_PATH",
        "2 0x7ffe 0x20000 0x0 0x0 0x0 0x0 0x7ffd 0x7f12, false, open with O_NOFOLLOW",
        "437 0x5 0x7ffe 0x1000 0x18 0x0 0x0 0x7ffd 0x7f12, true, openat2",
        "437 0x5 0x7ffe 0x2000 0x18 0x0 0x0 0x7ffd 0x7f12, false, openat2 with O_PATH and O_NOFOLLOW",
        "437 0x5, false, openat2 without arguments",
        "262 0xffffff9c 0x7ffe 0x0 0x0 0x0 0x0 0x7ffd 0x7f12, false, newfstatat",
        "87 0x7ffe 0x0 0x0 0x0 0x0 0x0 0x7ffd 0x7f12, false, unlink",
        "82 0x7ffe 0x7fff 0x0 0x0 0x0 0x0 0x7ffd 0x7f12, false, rename",
        "49 0x3 0x7ffe 0x6e 0x0 0x0 0x0 0x7ffd 0x7f12, false, bind",
        "running, false, a thread that runs",
        "-1 0x7ffd 0x7f12, false, a thread of the kernel",
        "'', false, nothing"
    })
    void isKnownByItsNumber(String line, boolean connecting, String what) throws IOException {
        Map<Long, Long> memory = Map.of(0x1000L, 0x80000L, 0x2000L, 0x2a0000L);
        assertEquals(connecting, ConnectingCall.isIn(line, memory::get), what);
    }

    @Test
    void a_thread_that_is_about_to_sleep_is_waited_for() throws IOException {
        Iterator<String> lines = List.of("running\n", "running\n", "42 0x3 0x7ffe 0x6e 0x0 0x0 0x0 0x7ffd 0x7f12\n")
                .iterator();
        assertTrue(ConnectingCall.isIn(ConnectingCall.onceAsleep(lines::next), address -> 0));
    }

    @Test
    void a_thread_that_never_sleeps_is_not_waited_for_for_ever() throws IOException {
        assertEquals("running", ConnectingCall.onceAsleep(() -> "running"));
    }
}
