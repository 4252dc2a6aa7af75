package liveroot.launcher;

import com.github.luben.zstd.util.ZstdVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * The last step of the build: completes the directory of the program with what each start would otherwise have to do
 * again, and with what is generated from the commands.
 *
 * <ul>
 *   <li>{@code native}: the shared libraries of this host, which their jars would unpack into a temporary directory;
 *   <li>{@code share}: shell completion and man pages;
 *   <li>{@code liveroot.jsa}: the class data archive of the JVM that builds;
 *   <li>{@code complete}: says that nothing is missing.
 * </ul>
 */
final class Assemble {

    private static final long LONGEST_MINUTES = 3;

    private Assemble() {}

    /** @param args the directory, which holds liveroot.jar and lib */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path program = Path.of(args[0]);
        Files.deleteIfExists(program.resolve("complete"));
        natives(Files.createDirectories(program.resolve("native")));
        documents(program.resolve("share"));
        archive(program);
        Files.writeString(program.resolve("complete"), Liveroot.version() + "\n");
    }

    private static void natives(Path directory) throws IOException {
        String arch = System.getProperty("os.arch");
        boolean darwin = System.getProperty("os.name").startsWith("Mac");
        String system = darwin ? "darwin" : System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String x86 = arch.equals("amd64") ? "x86_64" : arch;
        String extension = darwin ? ".dylib" : ".so";
        // Each library looks for its own name in java.library.path (jffi: in jffi.boot.library.path) before it unpacks.
        unpack(
                directory,
                "jni/" + (darwin ? "Darwin" : x86 + "-Linux"),
                darwin ? "libjffi-1.2.jnilib" : "libjffi-1.2.so");
        unpack(directory, system + "/" + (darwin ? x86 : arch), "libzstd-jni-" + ZstdVersion.VERSION + extension);
        unpack(directory, "net/jpountz/util/" + system + "/" + arch, "liblz4-java" + extension);
    }

    /** What a jar does not have for this host is left to its own devices. */
    private static void unpack(Path directory, String folder, String name) throws IOException {
        try (InputStream library = Assemble.class.getClassLoader().getResourceAsStream(folder + "/" + name)) {
            if (library != null) {
                Files.copy(library, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void documents(Path share) throws IOException {
        Path completions = Files.createDirectories(share.resolve("bash-completion/completions"));
        Files.writeString(
                completions.resolve("liveroot"), AutoComplete.bash("liveroot", new CommandLine(Picocli.model())));
        Path manual = Files.createDirectories(share.resolve("man/man1"));
        Files.writeString(manual.resolve("liveroot.1"), ManPage.ofAll(Command.all()));
        for (Command command : Command.all()) {
            Grammar grammar = command.grammar();
            Files.writeString(manual.resolve("liveroot-" + grammar.name() + ".1"), ManPage.of(grammar));
        }
    }

    /** A start without an archive works too, so a JVM that cannot make one does not fail the build. */
    private static void archive(Path program) throws IOException, InterruptedException {
        Path classes = program.resolve("classes");
        Path archive = program.resolve("liveroot.jsa");
        Files.deleteIfExists(classes);
        Files.deleteIfExists(archive);
        String natives = program.resolve("native").toString();
        String jar = program.resolve("liveroot.jar").toString();
        java(
                program.resolve("training.log"),
                "-XX:+UseSerialGC",
                "-XX:DumpLoadedClassList=" + classes,
                "-Djava.library.path=" + natives,
                "-Djffi.boot.library.path=" + natives,
                "-cp",
                jar,
                Training.class.getName(),
                program.toString());
        // Only G1 can write objects of the heap to an archive; the serial collector reads them.
        java(
                program.resolve("archive.log"),
                "-XX:+UseG1GC",
                "-Xshare:dump",
                "-XX:SharedClassListFile=" + classes,
                "-XX:SharedArchiveFile=" + archive,
                "-cp",
                jar);
        if (!Files.exists(archive)) {
            System.out.println("no class data archive was made, so starts will be slower: see "
                    + program.resolve("training.log") + " and " + program.resolve("archive.log"));
        }
    }

    private static void java(Path log, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
    }
}
