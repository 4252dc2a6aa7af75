package liveroot.launcher;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.LoggerFactory;

/**
 * Where a daemon answers the other commands. A client sends one line and gets everything until the end of the stream as
 * the answer, whose first line is "ok" or "refused CODE". Requests are served one after the other by one thread; a
 * client that is slow, says too much or says nonsense loses its connection and no more.
 */
final class ControlSocket implements Closeable {

    /** What a request is answered with. */
    @FunctionalInterface
    interface Service {
        /** @return the answer's text, without its first line */
        String answer(String request) throws Refusal;
    }

    private static final int LONGEST_REQUEST = 16 << 10;
    private static final long PATIENCE = 2000;

    private final Path path;
    private final ServerSocketChannel server;
    private final Service service;
    private final Thread thread;

    private ControlSocket(Path path, ServerSocketChannel server, Service service) {
        this.path = path;
        this.server = server;
        this.service = service;
        this.thread = new Thread(this::serve, "control");
        this.thread.setDaemon(true);
    }

    /** Listens at {@code path}; what was there, a dead daemon's, is replaced. */
    static ControlSocket listen(Path path, Service service) throws IOException {
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            server.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        ControlSocket socket = new ControlSocket(path, server, service);
        socket.thread.start();
        return socket;
    }

    private void serve() {
        while (server.isOpen()) {
            SocketChannel client;
            try {
                client = server.accept();
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException | Error e) {
                complain("the control socket cannot accept a connection", e);
                pause();
                continue;
            }
            try (client) {
                serve(client);
            } catch (IOException e) {
                // The client has gone; that is its own affair.
            } catch (RuntimeException | Error e) {
                complain("a request on the control socket failed", e);
            }
        }
    }

    /** The thread lives on, even if there is no memory to log. */
    private static void complain(String what, Throwable e) {
        try {
            LoggerFactory.getLogger(ControlSocket.class).warn(what, e);
        } catch (RuntimeException | Error noMemory) {
            // The next time may be better.
        }
    }

    /** So that an error that stays (no descriptors left) does not fill the log. */
    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel client) throws IOException {
        client.configureBlocking(false);
        String request = readLine(client);
        if (request == null) {
            return;
        }
        String answer;
        try {
            answer = "ok\n" + service.answer(request);
        } catch (Refusal e) {
            answer = "refused " + e.code() + "\n" + e.getMessage();
        }
        write(client, ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
    }

    /** The line, or null if the client did not send one of a sensible length in time. */
    private static String readLine(SocketChannel client) throws IOException {
        ByteBuffer line = ByteBuffer.allocate(LONGEST_REQUEST);
        long deadline = System.nanoTime() + PATIENCE * 1_000_000;
        try (Selector selector = Selector.open()) {
            client.register(selector, SelectionKey.OP_READ);
            while (line.hasRemaining()) {
                int start = line.position();
                int n = client.read(line);
                if (n < 0) {
                    return null;
                }
                for (int i = start; i < line.position(); i++) {
                    if (line.get(i) == '\n') {
                        return new String(line.array(), 0, i, StandardCharsets.UTF_8);
                    }
                }
                if (n == 0 && !waitUntil(selector, deadline)) {
                    return null;
                }
            }
        }
        return null;
    }

    private static void write(SocketChannel client, ByteBuffer answer) throws IOException {
        long deadline = System.nanoTime() + PATIENCE * 1_000_000;
        try (Selector selector = Selector.open()) {
            client.register(selector, SelectionKey.OP_WRITE);
            while (answer.hasRemaining()) {
                if (client.write(answer) == 0 && !waitUntil(selector, deadline)) {
                    return;
                }
            }
        }
    }

    private static boolean waitUntil(Selector selector, long deadline) throws IOException {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
            return false;
        }
        selector.select(left);
        selector.selectedKeys().clear();
        return true;
    }

    /** Stops listening, after the answer that is under way. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
        server.close();
        try {
            thread.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
