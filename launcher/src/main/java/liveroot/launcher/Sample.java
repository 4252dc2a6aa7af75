package liveroot.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The root that the demo mounts: Darwin-shaped, of our own making (launcher/src/main/sample/make). */
final class Sample {

    private Sample() {}

    /** Writes the image to {@code file}. */
    static void write(Path file) throws IOException {
        write("sample.sqfs", file);
    }

    /** Writes another image of this program to {@code file}. */
    static void write(String name, Path file) throws IOException {
        try (InputStream image = Sample.class.getResourceAsStream(name)) {
            if (image == null) {
                throw new IOException(name + " is missing from the program");
            }
            Files.copy(image, file);
        }
    }
}
