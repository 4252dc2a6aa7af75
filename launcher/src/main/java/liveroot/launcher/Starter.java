package liveroot.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.NativeMemory;

/**
 * The script that started this process and waits for "exit CODE" on a descriptor (the property
 * {@code liveroot.status}), if it does. It hears one word: the first.
 */
final class Starter {

    private static final int DESCRIPTOR = Integer.getInteger("liveroot.status", -1);

    private static boolean told;

    private Starter() {}

    /** Whether this process is to leave its terminal once it serves. */
    static boolean waits() {
        return DESCRIPTOR >= 0;
    }

    /** The descriptor on which it waits. */
    static int descriptor() {
        return DESCRIPTOR;
    }

    /** Lets it exit with 0. @throws IOException if it has gone */
    static synchronized void serving() throws IOException {
        tell(0);
    }

    /** Lets it exit with {@code code}, if it still waits. */
    static synchronized void ended(int code) {
        try {
            tell(code);
        } catch (IOException e) {
            // Nobody is there to be told.
        }
    }

    private static void tell(int code) throws IOException {
        if (waits() && !told) {
            told = true;
            // Where /dev is bare its names of descriptors are missing too.
            byte[] word = ("exit " + code + "\n").getBytes(StandardCharsets.US_ASCII);
            ByteBuffer memory = NativeMemory.allocate(word.length);
            try {
                memory.put(0, word);
                long written = Libc.write(DESCRIPTOR, NativeMemory.address(memory), word.length);
                if (written < 0) {
                    throw new IOException("the script that started this: " + Libc.error((int) -written));
                }
            } finally {
                NativeMemory.free(memory);
            }
        }
    }
}
