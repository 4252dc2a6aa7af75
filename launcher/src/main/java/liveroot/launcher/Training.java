package liveroot.launcher;

import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import liveroot.cache.BlockCache;
import liveroot.fs.BufferSink;
import liveroot.fs.FileTree;
import liveroot.fs.Mode;
import liveroot.fs.image.Choice;
import net.jpountz.lz4.LZ4Factory;

/**
 * What is run once, at build time, so that the JVM learns which classes a mount needs and keeps them, parsed and
 * verified, in an archive. It loads all of liveroot's own, and lives through a mount where the build may make one.
 */
final class Training {

    private static final long PATIENCE = 20_000;

    /** Bytes of one read: two blocks of the image that is read, and less than a file of it. */
    private static final int READ = 8192;

    private Training() {}

    /** @param args the directory of the program */
    public static void main(String[] args) throws Exception {
        Path program = Path.of(args[0]);
        loadOurs(program.resolve("liveroot.jar"));
        try (DirectoryStream<Path> libraries = Files.newDirectoryStream(program.resolve("lib"), "liveroot-*.jar")) {
            for (Path library : libraries) {
                loadOurs(library);
            }
        }
        Path scratch = Files.createTempDirectory("liveroot-training");
        try {
            Path image = scratch.resolve("sample.sqfs");
            Sample.write(image);
            PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
            Liveroot.run(List.of("inspect", image.toString()), nowhere, System.err);
            Liveroot.run(List.of("inspect", image.toString(), "/"), nowhere, System.err);
            Liveroot.run(List.of("status"), nowhere, System.err);
            libraries();
            read(scratch.resolve("training.sqfs"));
            live(image, Files.createDirectory(scratch.resolve("root")).toRealPath(), scratch);
        } finally {
            run(List.of("rm", "-rf", "--one-file-system", scratch.toString()));
        }
        System.exit(0);
    }

    /** A root from end to end: what is read ahead, and pushed to the page cache, takes classes that nothing else does. */
    private static void read(Path image) throws Exception {
        Sample.write("training.sqfs", image);
        try (Image opened = Image.open(image, BlockCache.SMALLEST_BUDGET, Choice.ANY)) {
            FileTree tree = opened.tree();
            tree.fill((id, offset, bytes) -> true);
            List<Long> files = new ArrayList<>();
            tree.readdir(FileTree.ROOT, 0, (name, id, ino, type, next) -> {
                if (type == Mode.S_IFREG) {
                    files.add(id);
                }
                return true;
            });
            ByteBuffer memory = ByteBuffer.allocateDirect(READ);
            for (long id : files) {
                tree.read(id, 0, 0, READ, new BufferSink(memory.clear()));
                // For those who read ahead meanwhile.
                Thread.sleep(1);
            }
        }
    }

    /** Those of the compressors that the sample does not use. */
    private static void libraries() {
        new ZstdDecompressCtx().close();
        LZ4Factory.fastestInstance().safeDecompressor();
    }

    private static void loadOurs(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            file.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.startsWith("liveroot/") && name.endsWith(".class"))
                    .filter(name -> !name.endsWith("package-info.class"))
                    .forEach(name -> load(
                            name.substring(0, name.length() - ".class".length()).replace('/', '.')));
        }
    }

    private static void load(String name) {
        try {
            Class.forName(name, false, Training.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
            System.err.println(name + " is not archived: " + e);
        }
    }

    /** A mount with unions, used and taken down again. */
    private static void live(Path image, Path directory, Path scratch) throws Exception {
        RunDirectory run = new RunDirectory(Files.createDirectory(scratch.resolve("run")));
        long pid = ProcessHandle.current().pid();
        Thread serving = new Thread(() -> {
            try (Closeable claim = run.claim(directory)) {
                MountPoint.prepare(directory, run);
                long memory = HostMemory.total();
                Image opened = Image.open(image, BlockCache.SMALLEST_BUDGET, Choice.ANY);
                new Daemon(opened, Playlists.of(opened, null, null, directory), directory, run)
                        .serve(
                                Preset.RC_CDROM.unions(memory),
                                Limits.Ram.of(null, memory),
                                Fronts.chosen("auto"),
                                claim);
            } catch (Refusal | IOException e) {
                System.err.println("no mount in this training: " + e.getMessage());
            }
        });
        serving.start();
        while (serving.isAlive() && run.entries().isEmpty()) {
            Thread.sleep(10);
        }
        if (serving.isAlive()) {
            run(List.of("ls", "-lR", directory.toString()));
            run(List.of("sh", "-c", "cat '" + directory + "/System/Library/CoreServices/SystemVersion.plist'"));
            run(List.of("sh", "-c", "date > '" + directory + "/private/var/db/date'"));
            DaemonClient.ask(run.socket(pid), "status text", PATIENCE);
            DaemonClient.ask(run.socket(pid), "umount", PATIENCE);
        }
        serving.join(PATIENCE);
    }

    private static void run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!process.waitFor(PATIENCE, TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
        }
    }
}
