package liveroot.integration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A child process with a time limit. Its output goes to files, not through pipes, so that a daemon which it leaves behind
 * cannot keep the test waiting.
 */
final class Command {

    /** Bytes in, bytes out: names in file trees need not be UTF-8. */
    static final Charset BYTES = StandardCharsets.ISO_8859_1;

    private static final int SHOWN = 4000;
    private static final int SHOWN_OF_COMMAND = 600;

    private final List<String> words;
    private final Map<String, String> environment = new TreeMap<>();
    private Duration limit = Duration.ofSeconds(60);
    private Path directory = Workspace.root();

    private Command(List<String> words) {
        this.words = List.copyOf(words);
    }

    static Command of(String... words) {
        return new Command(List.of(words));
    }

    static Command of(List<String> words) {
        return new Command(words);
    }

    /** xorriso 1.5.4 crashes once in some hundred runs, whatever it is asked for; then it is asked again. */
    private static final String XORRISO =
            """
            xorriso() {
                local said=$(mktemp) status attempt
                for attempt in 1 2 3; do
                    command xorriso "$@" 2> "$said" && status=0 || status=$?
                    grep -q '^UNIX-SIGNAL: *SIGSEGV' "$said" || break
                done
                cat "$said" >&2
                rm "$said"
                return $status
            }
            """;

    /** A bash script that stops at its first error; {@code arguments} are its $1, $2 ... */
    static Command bash(String script, Object... arguments) {
        String whole = script.contains("xorriso -") ? XORRISO + script : script;
        List<String> words = new ArrayList<>(List.of("bash", "-euo", "pipefail", "-c", whole, "bash"));
        for (Object argument : arguments) {
            words.add(argument.toString());
        }
        return new Command(words);
    }

    /** For a script that is to run it. */
    Object[] words() {
        return words.toArray();
    }

    Command within(Duration time) {
        limit = time;
        return this;
    }

    Command in(Path workingDirectory) {
        directory = workingDirectory;
        return this;
    }

    Command with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Starts it and does not wait. */
    Running start() {
        try {
            Path out = Files.createTempFile(Workspace.root(), "out", "");
            Path err = Files.createTempFile(Workspace.root(), "err", "");
            // The child changes directory itself: the JVM must not look at a directory that may be on a mount.
            List<String> all = new ArrayList<>(List.of("env", "-C", directory.toString()));
            all.addAll(words);
            ProcessBuilder builder = new ProcessBuilder(all)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().putAll(environment);
            builder.environment().put("LC_ALL", environment.getOrDefault("LC_ALL", "C.UTF-8"));
            return new Running(this, builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + this, e);
        }
    }

    /** Runs it to its end, whatever its exit status. */
    Result run() {
        return start().await();
    }

    /** Runs it and insists on success. @return its standard output */
    String ok() {
        Result result = run();
        if (result.status() != 0) {
            throw new AssertionError(result.toString());
        }
        return result.out();
    }

    /** Runs it and looks only whether it succeeds. */
    boolean succeeds() {
        return run().status() == 0;
    }

    @Override
    public String toString() {
        String line = String.join(" ", words);
        return line.length() > SHOWN_OF_COMMAND ? line.substring(0, SHOWN_OF_COMMAND) + " ..." : line;
    }

    /** A process under way. */
    static final class Running implements AutoCloseable {

        private final Command command;
        private final Process process;
        private final Path out;
        private final Path err;
        private final long deadline;

        private Running(Command command, Process process, Path out, Path err) {
            this.command = command;
            this.process = process;
            this.out = out;
            this.err = err;
            this.deadline = System.nanoTime() + command.limit.toNanos();
        }

        long pid() {
            return process.pid();
        }

        boolean isAlive() {
            return process.isAlive();
        }

        /** Waits for its end; what is not over at its time limit is killed, which is an error. */
        Result await() {
            try {
                if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    kill();
                    throw new AssertionError("not over after " + command.limit.toSeconds() + " s: " + command + "\n"
                            + shown(read(out)) + shown(read(err)));
                }
                return new Result(command.toString(), process.exitValue(), read(out), read(err));
            } catch (InterruptedException e) {
                kill();
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted: " + command, e);
            } finally {
                remove();
            }
        }

        /** Kills it and its children. One that hangs in the kernel is waited for a short time only. */
        void kill() {
            List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
            all.add(process.toHandle());
            all.forEach(ProcessHandle::destroyForcibly);
            try {
                process.waitFor(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            if (process.isAlive()) {
                kill();
            }
            remove();
        }

        private void remove() {
            try {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String read(Path file) {
            try {
                return Files.readString(file, BYTES);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static String shown(String output) {
        return output.length() > SHOWN ? output.substring(0, SHOWN) + "...\n" : output;
    }

    /** How a command ended. The output is the bytes that it wrote, one char each. */
    record Result(String command, int status, String out, String err) {

        /** Standard output and standard error as text. */
        String text() {
            return new String((out + err).getBytes(BYTES), StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return "exit status " + status + " of: " + command + "\n" + shown(out) + shown(err);
        }
    }
}
