package liveroot.fs;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import liveroot.fs.squashfs.Commands;

/** Programs that tests make images with, and look at them with. */
public final class Tools {

    private Tools() {}

    /** Skips the calling test where one of the programs is missing. */
    public static void need(String debianPackages, String... programs) throws IOException {
        for (String program : programs) {
            assumeTrue(Commands.has(program), program + " is missing (Debian: " + debianPackages + ")");
        }
    }

    /** The same for the user being root. */
    public static void needRoot(String why) throws IOException {
        assumeTrue(Commands.sh(Path.of("/"), "id -u").trim().equals("0"), "only root can " + why);
    }
}
