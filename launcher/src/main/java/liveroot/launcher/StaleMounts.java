package liveroot.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import liveroot.fs.Errno;
import liveroot.fs.sys.Libc;
import liveroot.fs.sys.MountTable;
import liveroot.fs.sys.NativeMemory;

/** Mounts whose daemon was killed: the kernel keeps them and answers ENOTCONN to everything. */
final class StaleMounts {

    /** Room for struct statfs of any host. */
    private static final int STATFS = 4096;

    private static final long PATIENCE = 2000;

    private StaleMounts() {}

    /** Whether something of liveroot's, alive or not, is on top at this directory. */
    static boolean isOurs(Path directory) throws IOException {
        MountTable.Entry entry = MountTable.at(directory);
        return entry != null && entry.type().equals(MountedRoot.TYPE);
    }

    /**
     * Whether nobody serves the mount on top at this directory. It is asked by statfs(2), which FUSE never answers from
     * a cache, on a thread that may be left behind if the daemon is alive and does not answer.
     */
    static boolean isDead(Path directory) {
        int[] result = {0};
        Thread asking = new Thread(() -> result[0] = statfs(directory), "statfs");
        asking.setDaemon(true);
        asking.start();
        try {
            asking.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // ECONNABORTED was on its way when the daemon died.
        return !asking.isAlive()
                && (result[0] == -Errno.ENOTCONN.number() || result[0] == -Errno.ECONNABORTED.number());
    }

    private static int statfs(Path directory) {
        byte[] path = (directory + "\0").getBytes(StandardCharsets.UTF_8);
        ByteBuffer memory = NativeMemory.allocate(STATFS + path.length);
        try {
            memory.put(0, path);
            long address = NativeMemory.address(memory);
            return Libc.call("statfs", address, address + path.length);
        } finally {
            NativeMemory.free(memory);
        }
    }

    /** What is to be said of such a mount. */
    static String fault(Path directory) {
        return "its daemon was killed: liveroot umount " + UnionsFile.escape(directory.toString()) + " clears it";
    }

    /** Takes away what a killed daemon left at this directory, and all that is mounted below it. @return whether there was any */
    static boolean clear(Path directory) throws IOException {
        boolean cleared = false;
        while (isOurs(directory) && isDead(directory)) {
            detach(directory);
            cleared = true;
        }
        return cleared;
    }

    /** The same for what is mounted there, or at any directory that the path leads through. */
    static void clearOnTheWay(Path path) throws IOException {
        for (MountTable.Entry entry : MountTable.read()) {
            if (entry.type().equals(MountedRoot.TYPE) && path.startsWith(entry.directory())) {
                clear(entry.directory());
            }
        }
    }

    /**
     * Where killed daemons left root mounts: not below one another.
     *
     * @param silent root mounts whose daemons do not answer, so that asking them takes long
     */
    static List<Path> all(List<Path> silent) throws IOException {
        List<Path> dead = new ArrayList<>();
        for (MountTable.Entry entry : MountTable.read()) {
            Path directory = entry.directory();
            if (entry.type().equals(MountedRoot.TYPE)
                    && dead.stream().noneMatch(directory::startsWith)
                    && silent.stream().noneMatch(directory::startsWith)
                    && isDead(directory)) {
                dead.add(directory);
            }
        }
        return dead;
    }

    /** umount2(2) with MNT_DETACH takes the mounts below along. Without the right to it, fusermount3(1) does the same. */
    private static void detach(Path directory) throws IOException {
        int result = Libc.umount(directory.toString(), Libc.MNT_DETACH);
        if (result == 0) {
            return;
        }
        if (fusermount("fusermount3", directory) || fusermount("fusermount", directory)) {
            return;
        }
        throw new IOException(
                directory + ": a mount whose daemon was killed cannot be taken away: " + Libc.error(-result));
    }

    private static boolean fusermount(String program, Path directory) {
        try {
            Process process = new ProcessBuilder(program, "-u", "-z", directory.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
