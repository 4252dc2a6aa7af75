package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import liveroot.fs.MemoryTree;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.FrontTest;
import liveroot.fs.fuse.Mount;
import liveroot.fs.fuse.MountOptions;
import liveroot.fs.fuse.Shell;
import liveroot.fs.sys.Fusermount;
import liveroot.fs.sys.MountTable;
import org.junit.jupiter.api.Test;

/**
 * Mounts as the user "nobody", by fusermount3. It happens in a mount namespace of its own, in which /dev/fuse is a node that
 * everyone may open, as on most hosts.
 */
class MountAsUserTest extends FrontTest {

    @Override
    protected Front front() {
        return new KernelFront();
    }

    /** What the user runs: mounts, looks, unmounts, and says what came of it. */
    public static final class User {

        private User() {}

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            KernelFront front = new KernelFront();
            System.out.println("obstacle: " + front.obstacle());
            MemoryTree tree = new MemoryTree().file("/f", "x");
            Mount mount = front.mount(tree, directory, new MountOptions("a,b\\c d", true, true, true, true, false, 2));
            try {
                MountTable.Entry entry = MountTable.at(directory);
                System.out.println(entry.type() + " " + entry.source());
                System.out.println(Shell.run(directory, "cat f; echo; findmnt -n -o OPTIONS .")
                        .text());
                Process user = new ProcessBuilder("sh", "-c", "exec 3< \"$0\"; echo; read x", directory + "/f").start();
                user.getInputStream().read();
                try {
                    mount.unmount(false);
                } catch (IOException busy) {
                    System.out.println(busy.getMessage());
                }
                user.destroy();
                user.waitFor();
            } finally {
                mount.unmount(false);
                mount.awaitEnd();
            }
            System.out.println("left: " + MountTable.at(directory));
            try {
                front.mount(tree, Path.of("/usr"), new MountOptions("x", true, true, true, true, false, 1));
            } catch (IOException refused) {
                System.out.println(refused.getMessage());
            }
        }
    }

    @Test
    void aUserMountsByFusermount() throws Exception {
        skipIf(Fusermount.program() == null ? "fusermount3 is not installed" : null);
        Path device = Files.createTempDirectory("liveroot-device");
        Path out = Files.createTempFile("liveroot-user", ".out");
        // The user may read everything, as the classes may lie where "nobody" may not look.
        String script = "mount -t tmpfs -o mode=755 none " + device + " && mknod -m 666 " + device + "/fuse c 10 229"
                + " && mount --bind " + device + "/fuse /dev/fuse && chown 65534:65534 " + directory
                + " && exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+dac_read_search"
                + " --ambient-caps=+dac_read_search \"$0\" -cp \"$1\" '" + User.class.getName() + "' " + directory;
        try {
            Process process = new ProcessBuilder(
                            "timeout",
                            "-k",
                            "5",
                            "60",
                            "unshare",
                            "-m",
                            "sh",
                            "-c",
                            script,
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            System.getProperty("java.class.path"))
                    .directory(Path.of("/").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            assertTrue(process.waitFor(70, TimeUnit.SECONDS));
            String said = Files.readString(out);
            assertTrue(said.contains("obstacle: null\nfuse.liveroot a,b\\c d\nx\n"), said);
            assertTrue(said.contains("ro,nosuid,nodev,noexec,relatime,user_id=65534,group_id=65534"), said);
            assertTrue(said.contains(directory + " cannot be unmounted: Device or resource busy\n"), said);
            assertTrue(said.contains("left: null\n"), said);
            assertTrue(said.contains("fusermount3: user has no write access to mountpoint /usr"), said);
            assertEquals(0, process.exitValue(), said);
        } finally {
            Files.delete(out);
            Files.delete(device);
        }
    }
}
