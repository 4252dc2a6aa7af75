package liveroot.launcher;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The asking side of a {@link ControlSocket}. */
final class DaemonClient {

    private static final int LONGEST_ANSWER = 16 << 20;

    private DaemonClient() {}

    /** Whether a daemon listens there. */
    static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Sends a request and waits for the answer.
     *
     * @param patience milliseconds
     * @throws Refusal that the daemon gave, or because it gave no answer
     */
    static String ask(Path socket, String request, long patience) throws Refusal {
        long deadline = System.nanoTime() + patience * 1_000_000;
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                Selector selector = Selector.open()) {
            channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            ByteBuffer piece = ByteBuffer.allocate(8192);
            while (channel.read(piece) >= 0) {
                if (piece.position() == 0) {
                    long left = (deadline - System.nanoTime()) / 1_000_000;
                    if (left <= 0) {
                        throw new Refusal(
                                Refusal.OS, "no answer from the daemon at " + socket + " in " + patience / 1000 + " s");
                    }
                    selector.select(left);
                    selector.selectedKeys().clear();
                }
                answer.write(piece.array(), 0, piece.position());
                piece.clear();
                if (answer.size() > LONGEST_ANSWER) {
                    throw new Refusal(Refusal.SOFTWARE, "the daemon at " + socket + " does not stop talking");
                }
            }
        } catch (IOException e) {
            throw new Refusal(Refusal.OS, "the daemon at " + socket + " cannot be asked: " + IoErrors.describe(e));
        }
        return judge(answer.toString(StandardCharsets.UTF_8), socket);
    }

    private static String judge(String answer, Path socket) throws Refusal {
        int end = answer.indexOf('\n');
        String first = end < 0 ? answer : answer.substring(0, end);
        String rest = answer.substring(end + 1);
        if (first.equals("ok")) {
            return rest;
        } else if (first.matches("refused [0-9]{1,3}")) {
            throw new Refusal(Integer.parseInt(first.substring("refused ".length())), rest);
        }
        throw new Refusal(Refusal.SOFTWARE, "the daemon at " + socket + " ended before it answered");
    }

    /**
     * Waits until a process has ended and its files are closed: a zombie has, once no thread of it is left.
     *
     * @return whether it did within {@code patience} milliseconds
     */
    static boolean awaitEnd(long pid, long patience) {
        long deadline = System.nanoTime() + patience * 1_000_000;
        while (isAlive(pid)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private static boolean isAlive(long pid) {
        Path process = Path.of("/proc/" + pid);
        try (Stream<Path> threads = Files.list(process.resolve("task"))) {
            String stat = Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1);
            char state = stat.charAt(stat.lastIndexOf(')') + 2);
            // The first thread may be a zombie while others still hold the image open.
            return (state != 'Z' && state != 'X') || threads.count() > 1;
        } catch (IOException | UncheckedIOException e) {
            // It ends just now, or there is no /proc.
            return Files.exists(process)
                    || (!Files.exists(Path.of("/proc/self"))
                            && ProcessHandle.of(pid).isPresent());
        }
    }
}
