package liveroot.fs;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** Real images that are not part of the project: {@code ../shared/images} beside the checkout, where that is there. */
public final class SharedImages {

    /** Tests run in the directory of their module. */
    private static final Path DIRECTORY = Path.of("../../shared/images").toAbsolutePath();

    private SharedImages() {}

    /** The file {@code name}; the test is skipped, and says so, if it is not there. */
    public static Path file(String name) {
        Path file = DIRECTORY.resolve(name);
        assumeTrue(Files.exists(file), "there is no " + file.normalize() + ": that real image is not tested");
        return file;
    }

    /** Bytes of the file {@code name}, unpacked if it ends in ".gz". */
    public static byte[] bytes(String name) throws IOException {
        try (InputStream in = Files.newInputStream(file(name));
                InputStream plain = name.endsWith(".gz") ? new GZIPInputStream(in) : in) {
            return plain.readAllBytes();
        }
    }
}
