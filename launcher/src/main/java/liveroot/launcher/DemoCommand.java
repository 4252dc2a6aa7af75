package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import liveroot.fs.sys.Libc;

/**
 * {@code liveroot demo}. Each step is a command line that a user could type, run by sh; its output is shown as it is, and
 * judged.
 */
final class DemoCommand implements Command {

    private static final long PATIENCE = 60;

    @Override
    public Grammar grammar() {
        return new Grammar(
                "demo",
                List.of("Mounts a small Darwin-shaped sample root with the rc.cdrom preset in a temporary directory,"
                        + " shows what can be written to and what not, fills a union, unmounts, and shows that the image"
                        + " is unchanged."),
                List.of(),
                List.of(),
                List.of("Exit status: 0 if every step went as it should, 70 if not."));
    }

    @Override
    public int run(Arguments arguments, PrintStream out) throws Refusal, IOException {
        if (Libc.geteuid() != 0) {
            return inNamespace(out);
        }
        Path scratch = Files.createTempDirectory("liveroot-demo").toRealPath();
        try {
            Sample.write(scratch.resolve("sample.sqfs"));
            Files.createDirectory(scratch.resolve("root"));
            new Steps(scratch, out).all();
            out.println();
            out.println("Every step went as it should.");
            return 0;
        } finally {
            new Steps(scratch, out).cleanUp();
        }
    }

    /** Union mounts over directories that belong to root need root, or a user namespace in which one is. */
    private static int inNamespace(PrintStream out) throws Refusal, IOException {
        Path runtime = Files.createTempDirectory("liveroot-demo");
        try {
            out.println("Not root, so this runs in namespaces of its own: unshare -Urm liveroot demo");
            out.flush();
            ProcessBuilder builder =
                    new ProcessBuilder("unshare", "-Urm", System.getProperty("liveroot.command"), "demo").inheritIO();
            builder.environment().put("XDG_RUNTIME_DIR", runtime.toString());
            return builder.start().waitFor();
        } catch (IOException e) {
            throw new Refusal(
                    Refusal.PERMISSION, "the demo mounts: run it as root, or install unshare (Debian: util-linux)");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Refusal.SOFTWARE;
        } finally {
            remove(runtime);
        }
    }

    private static void remove(Path directory) throws IOException {
        try {
            new ProcessBuilder("rm", "-rf", "--one-file-system", directory.toString())
                    .inheritIO()
                    .start()
                    .waitFor(PATIENCE, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Steps {

        private final Path scratch;
        private final PrintStream out;

        Steps(Path scratch, PrintStream out) {
            this.scratch = scratch;
            this.out = out;
        }

        void all() throws Refusal, IOException {
            say("A root image, compressed, as a live CD would carry it:");
            works("ls -l sample.sqfs");
            String before = works("sha256sum sample.sqfs");

            say("Mounted, with the RAM disks that Darwin's rc.cdrom would have made:");
            works("liveroot mount sample.sqfs root --preset rc.cdrom");
            works("ls root");
            contains(
                    works("df -h root root/Volumes root/private/var/db"),
                    "512K",
                    "a union of 512 KiB is not in df's table");

            say("/var/db can be written to, and what the image has there is still there:");
            works("echo 'hello' > root/var/db/greeting");
            contains(
                    works("cat root/var/db/greeting root/var/db/installed"),
                    "kept below",
                    "the image's file is not seen");

            say("Everything outside the unions is read-only:");
            fails("echo 'no' > root/etc/motd", "Read-only file system");
            fails("touch root/Applications/new", "Read-only file system");

            say("A union is as large as it says, and stays usable when it is full:");
            fails("cat /dev/zero > root/Volumes/zeros", "No space left on device");
            works("ls -l root/Volumes");
            contains(works("liveroot status root"), "/Volumes", "status does not know the union");
            works("rm root/Volumes/zeros && echo 'room again' > root/Volumes/note && cat root/Volumes/note");

            say("Unmounted, nothing is left, and the image is what it was:");
            works("liveroot umount root");
            contains(works("ls -A root | wc -l"), "0", "something is left in the mount point");
            String after = works("sha256sum sample.sqfs");
            if (!after.equals(before)) {
                throw new Refusal(Refusal.SOFTWARE, "the image has changed");
            }
        }

        private void say(String text) {
            out.println();
            out.println(text);
        }

        private static void contains(String output, String text, String otherwise) throws Refusal {
            if (!output.contains(text)) {
                throw new Refusal(Refusal.SOFTWARE, "demo: " + otherwise);
            }
        }

        private String works(String line) throws Refusal, IOException {
            return run(line, true);
        }

        private void fails(String line, String reason) throws Refusal, IOException {
            String output = run(line, false);
            contains(output, reason, "'" + line + "' should have failed with '" + reason + "'");
        }

        private String run(String line, boolean succeeds) throws Refusal, IOException {
            out.println("  $ " + line);
            Path output = scratch.resolve("output");
            int code = sh(line, output);
            String text = Files.readString(output, StandardCharsets.UTF_8);
            text.lines().forEach(each -> out.println("  " + each));
            out.flush();
            if ((code == 0) != succeeds) {
                throw new Refusal(
                        Refusal.SOFTWARE,
                        "demo: '" + line + "' "
                                + (succeeds ? "failed with exit status " + code : "should have failed"));
            }
            return text;
        }

        private int sh(String line, Path output) throws Refusal, IOException {
            String liveroot = System.getProperty("liveroot.command");
            ProcessBuilder builder = new ProcessBuilder("sh", "-c", "liveroot() { \"$LIVEROOT\" \"$@\"; }; " + line);
            builder.environment().put("LIVEROOT", liveroot);
            builder.environment().put("LC_ALL", "C");
            Process process = builder.directory(scratch.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                if (process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
                    return process.exitValue();
                }
                process.destroyForcibly();
                throw new Refusal(Refusal.SOFTWARE, "demo: '" + line + "' did not end within " + PATIENCE + " s");
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
                throw new Refusal(Refusal.SOFTWARE, "demo: interrupted");
            }
        }

        void cleanUp() throws Refusal, IOException {
            if (StaleMounts.isOurs(scratch.resolve("root"))) {
                sh("liveroot umount root || umount -l root", scratch.resolve("output"));
            }
            remove(scratch);
        }
    }
}
