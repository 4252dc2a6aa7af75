package liveroot.integration;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The ways in which unions are served: a front, and where the data lies. */
enum Served {
    KERNEL_TMPFS(Front.KERNEL, "tmpfs"),
    KERNEL_MEMORY(Front.KERNEL, "memory"),
    JNR_FUSE(Front.JNR_FUSE, "memory"),
    /** Unions over directories of a root that the kernel has mounted. */
    COVER(Front.COVER, "tmpfs");

    /** Debian's own: a version manager's, which may come first on the PATH, takes longer to start than a test. */
    static final String PYTHON = "/usr/bin/python3";

    private final Front front;
    private final String store;

    Served(Front front, String store) {
        this.front = front;
        this.store = store;
    }

    boolean isKernel() {
        return front != Front.JNR_FUSE;
    }

    boolean isCover() {
        return front == Front.COVER;
    }

    /** Mounts an image with unions over directories that {@code options} name; all of them have this store. */
    Mounted mount(Path image, String... options) {
        // What this kernel gives the kernel front is tmpfs, if anything: so memory is had on a kernel without it.
        boolean poorer = this == KERNEL_MEMORY;
        if (poorer) {
            Host.needs(PYTHON);
        }
        Mounted mounted = Mounted.of(image, front, poorer ? javaWithoutTmpfs() : null, options);
        // A cover's daemon is found by what it covers.
        Path at =
                isCover() ? mounted.directory(options[1].replaceFirst("=.*", "").substring(1)) : mounted.directory();
        for (JsonNode union : mounted.status(at).get("unions")) {
            if (!union.get("store").asText().equals(store)) {
                String why = union.get("no_better_store").asText();
                mounted.close();
                Host.skip("no store in " + store + ": " + why);
            }
        }
        return mounted;
    }

    /** A program that is a JVM, on a kernel that has no detached tmpfs. */
    private static String javaWithoutTmpfs() {
        Path program = Images.file("without-tmpfs.py").resolveSibling("java-without-tmpfs");
        if (!Files.exists(program)) {
            try {
                Files.writeString(
                        program,
                        """
                        #!/bin/sh
                        exec %s %s "${JAVA_HOME:+$JAVA_HOME/bin/}java" "$@"
                        """
                                .formatted(PYTHON, Images.file("without-tmpfs.py")));
                if (!program.toFile().setExecutable(true)) {
                    throw new AssertionError("cannot be made executable: " + program);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return program.toString();
    }

    @Override
    public String toString() {
        return front + " front, " + store + " store";
    }
}
