package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlSocketTest {

    private static final long PATIENCE = 20_000;

    @TempDir
    Path directory;

    private Path path;
    private ControlSocket socket;

    @BeforeEach
    void listen() throws IOException {
        path = directory.resolve("socket");
        socket = ControlSocket.listen(path, request -> switch (request) {
            case "echo" -> "as you said\nindeed";
            case "large" -> "x".repeat(1 << 20);
            case "refuse" -> throw new Refusal(75, "busy: somebody");
            case "fault" -> throw new IllegalStateException("a fault in a service");
            default -> throw new Refusal(64, "no such request");
        });
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    private void stillAnswers() throws Refusal {
        assertEquals("as you said\nindeed", DaemonClient.ask(path, "echo", PATIENCE));
    }

    @Test
    void onlyItsOwnerMayConnect() throws IOException {
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    }

    @Test
    void aRefusalArrivesWithItsCode() throws Refusal {
        Refusal refusal = assertThrows(Refusal.class, () -> DaemonClient.ask(path, "refuse", PATIENCE));
        assertEquals(75, refusal.code());
        assertEquals("busy: somebody", refusal.getMessage());
        stillAnswers();
    }

    @Test
    void aLargeAnswerArrivesWhole() throws Refusal {
        assertEquals(1 << 20, DaemonClient.ask(path, "large", PATIENCE).length());
    }

    @Test
    void anUnknownRequestIsRefused() {
        assertEquals(
                64,
                assertThrows(Refusal.class, () -> DaemonClient.ask(path, "reboot", PATIENCE))
                        .code());
    }

    @Test
    void aFaultOfTheServiceEndsTheConnectionAndNoMore() throws Refusal {
        assertThrows(Refusal.class, () -> DaemonClient.ask(path, "fault", PATIENCE));
        stillAnswers();
    }

    @Test
    void aClientThatSaysNothingDoesNotKeepOthersWaitingForever() throws Exception {
        try (SocketChannel silent = connect()) {
            assertTrue(silent.isConnected());
            stillAnswers();
        }
    }

    @Test
    void aClientThatLeavesAtOnceDoesNoHarm() throws Exception {
        for (int i = 0; i < 50; i++) {
            connect().close();
        }
        try (SocketChannel half = connect()) {
            half.write(ByteBuffer.wrap("ech".getBytes(StandardCharsets.US_ASCII)));
        }
        stillAnswers();
    }

    @Test
    void aClientThatDoesNotReadItsAnswerLosesIt() throws Exception {
        try (SocketChannel deaf = connect()) {
            deaf.write(ByteBuffer.wrap("large\n".getBytes(StandardCharsets.US_ASCII)));
            stillAnswers();
        }
    }

    @Test
    void nonsenseOfAnyLengthIsSurvived() throws Exception {
        Random random = new Random(1);
        for (int i = 0; i < 100; i++) {
            byte[] nonsense = new byte[1 + random.nextInt(1000)];
            random.nextBytes(nonsense);
            try (SocketChannel client = connect()) {
                client.write(ByteBuffer.wrap(nonsense));
                client.shutdownOutput();
            } catch (IOException e) {
                // The daemon had heard enough.
            }
        }
        stillAnswers();
    }

    @Test
    void afterItsEndNobodyAnswers() throws IOException {
        assertTrue(DaemonClient.answers(path));
        socket.close();
        assertFalse(DaemonClient.answers(path));
        assertFalse(Files.exists(path));
    }

    @Test
    void aDeadDaemonsEntryIsForgotten() throws Exception {
        RunDirectory run = new RunDirectory(directory);
        run.add(new RunDirectory.Entry(1_999_999_999, Path.of("/mnt"), ""));
        Files.writeString(run.log(1_999_999_999), "");
        assertEquals(1, run.entries().size());
        assertEquals(0, Daemons.alive(run).size());
        assertEquals(0, run.entries().size());
        assertFalse(Files.exists(run.log(1_999_999_999)));
    }

    @Test
    void ofDaemonsThatAreGoneTheLastFewLogsAreKept() throws Exception {
        RunDirectory run = new RunDirectory(directory);
        run.add(new RunDirectory.Entry(1, Path.of("/mnt"), "36 0:50"));
        for (int pid = 1; pid <= 20; pid++) {
            Files.writeString(run.log(pid), "said");
            Files.setLastModifiedTime(run.log(pid), FileTime.fromMillis(pid * 1000L));
        }
        run.dropOldLogs();
        assertTrue(Files.exists(run.log(1)), "of a daemon that lives");
        assertFalse(Files.exists(run.log(12)));
        for (int pid = 13; pid <= 20; pid++) {
            assertTrue(Files.exists(run.log(pid)));
        }
    }
}
