package liveroot.fs.fuse;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Other people's programs, each with a time limit: what touches a mount must not be the process that serves it. */
public final class Shell {

    /** What a script wrote, on either stream, and its exit status: 124 if it took too long. */
    public record Said(int status, String text) {}

    private Shell() {}

    public static Said run(Path directory, String script) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        List.of("timeout", "-k", "5", "60", "sh", "-c", "cd \"$0\" && " + script, directory.toString()))
                .directory(new File("/"))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        return new Said(process.waitFor(), text.strip());
    }
}
