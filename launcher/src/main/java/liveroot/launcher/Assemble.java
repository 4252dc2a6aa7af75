package liveroot.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The last step of the build. */
final class Assemble {
    public static void main(String[] args) throws IOException {
        Files.writeString(Path.of(args[0], "complete"), "");
    }
}
