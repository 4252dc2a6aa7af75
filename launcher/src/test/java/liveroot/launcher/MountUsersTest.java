package liveroot.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MountUsersTest {

    private static final Path MOUNT = Path.of("/mnt/root");

    @TempDir
    Path proc;

    private Path process(int pid, String command) throws IOException {
        Path process = Files.createDirectories(proc.resolve(pid + "/fd")).getParent();
        Files.writeString(process.resolve("comm"), command + "\n");
        Files.createSymbolicLink(process.resolve("cwd"), Path.of("/elsewhere"));
        Files.createSymbolicLink(process.resolve("root"), Path.of("/elsewhere"));
        Files.createSymbolicLink(process.resolve("exe"), Path.of("/elsewhere/" + command));
        Files.writeString(process.resolve("maps"), "7f00-7f01 r-xp 00000000 08:01 1   /elsewhere/" + command + "\n");
        return process;
    }

    @Test
    void nobodyUsesItIfNoLinkLeadsIntoIt() throws IOException {
        Path near = process(10, "near");
        Files.delete(near.resolve("cwd"));
        Files.createSymbolicLink(near.resolve("cwd"), Path.of("/mnt/rootless"));
        assertEquals("", MountUsers.of(MOUNT, proc));
    }

    @Test
    void aWorkingDirectoryIsFound() throws IOException {
        Path bash = process(1234, "bash");
        Files.delete(bash.resolve("cwd"));
        Files.createSymbolicLink(bash.resolve("cwd"), Path.of("/mnt/root/var"));
        assertEquals("bash (1234) has its working directory in it", MountUsers.of(MOUNT, proc));
    }

    @Test
    void openAndMappedFilesAreFound() throws IOException {
        Files.createSymbolicLink(process(1, "tail").resolve("fd/3"), Path.of("/mnt/root/log"));
        assertEquals("tail (1) has a file open in it", MountUsers.of(MOUNT, proc));
        Files.delete(proc.resolve("1/fd/3"));
        Files.writeString(proc.resolve("1/maps"), "7f00-7f01 r-xp 00000000 00:40 1   /mnt/root/lib/a b.so\n");
        assertEquals("tail (1) has a file mapped from it", MountUsers.of(MOUNT, proc));
    }

    @Test
    void aMountInAnotherNamespaceIsFoundByItsDevice() throws IOException {
        Path sleep = process(25, "sleep");
        Files.writeString(sleep.resolve("mountinfo"), "40 1 0:53 / /m/var rw - fuse.liveroot liveroot rw\n");
        process(26, "other");
        assertEquals(
                "sleep (25) has it in another mount namespace", MountUsers.elsewhere(Set.of("0:52", "0:53"), proc));
        assertEquals("", MountUsers.elsewhere(Set.of("0:5", ""), proc));
    }

    @Test
    void ofManyOnlyAFewAreNamed() throws IOException {
        for (int pid = 1; pid <= 5; pid++) {
            Files.createSymbolicLink(process(pid, "sh").resolve("fd/0"), MOUNT);
        }
        String users = MountUsers.of(MOUNT, proc);
        assertEquals(3, users.split("has a file open", -1).length - 1, users);
        assertEquals(" and 2 more", users.substring(users.lastIndexOf("it") + 2));
    }

    private void sockets(String... lines) throws IOException {
        Files.createDirectory(proc.resolve("net"));
        Files.writeString(
                proc.resolve("net/unix"),
                "Num       RefCount Protocol Flags    Type St Inode Path\n" + String.join("\n", lines) + "\n");
    }

    private static String socket(int number, String path) {
        return "0000000000000000: 00000002 00000000 00010000 0001 01 " + number + path;
    }

    @Test
    void whoHasASocketBoundThereIsFound() throws IOException {
        sockets(
                socket(70, ""),
                socket(71, " /mnt/rootless/s"),
                socket(72, " /mnt/root/run/a b"),
                socket(73, " @/mnt/root"));
        Files.createSymbolicLink(process(9, "other").resolve("fd/3"), Path.of("socket:[71]"));
        assertEquals("the socket /mnt/root/run/a b is bound in it", MountUsers.of(MOUNT, proc));
        Files.createSymbolicLink(process(10, "server").resolve("fd/3"), Path.of("socket:[72]"));
        assertEquals("server (10) has the socket /mnt/root/run/a b bound in it", MountUsers.of(MOUNT, proc));
        Files.createSymbolicLink(process(11, "tail").resolve("fd/3"), Path.of("/mnt/root/log"));
        assertEquals("tail (11) has a file open in it", MountUsers.of(MOUNT, proc));
    }

    @Test
    void ofSeveralMountsTheUsersOfEachAreNamed() throws IOException {
        Files.createSymbolicLink(process(10, "one").resolve("fd/3"), Path.of("/mnt/root/var/log"));
        Files.createSymbolicLink(process(11, "two").resolve("fd/3"), Path.of("/mnt/root/etc"));
        assertEquals(
                "/mnt/root/var is busy: one (10) has a file open in it; /mnt/root is busy: two (11) has a file open in it",
                MountUsers.busy(List.of(Path.of("/mnt/root/var"), Path.of("/mnt/other"), MOUNT), "busy", proc));
        String unseen = MountUsers.busy(
                List.of(Path.of("/mnt/other"), Path.of("/mnt/root/var")),
                "/mnt/other cannot be unmounted: Device or resource busy",
                proc);
        assertEquals(
                "/mnt/other cannot be unmounted: Device or resource busy (/proc shows nobody: a socket that is bound there by"
                        + " a relative name, a swap file or a loop device may keep it); /mnt/root/var is busy: one (10) has"
                        + " a file open in it",
                unseen);
    }

    @Test
    void aProcessThatEndsMeanwhileDoesNoHarm() throws IOException {
        Files.createDirectory(proc.resolve("77"));
        assertEquals("", MountUsers.of(MOUNT, proc));
    }
}
