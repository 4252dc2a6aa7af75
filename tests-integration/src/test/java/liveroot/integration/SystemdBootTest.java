package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A boot and a shutdown by real systemd, with the unit that {@code install-boot} writes, in namespaces of this machine:
 * {@code systemd-boot.sh} says how. It takes some seconds on a quiet machine, a minute or two on another, so it is run where {@code -Dliveroot.test.systemd=true}
 * asks for it:
 *
 * <pre>tests-integration/run verify -Dliveroot.test.systemd=true -Dtest=SystemdBootTest -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
@InNamespace
class SystemdBootTest {

    private static final int CANNOT = 77;

    @Test
    void covers_are_there_before_anything_writes_and_served_until_all_else_is_dead() {
        if (!Boolean.getBoolean("liveroot.test.systemd")) {
            Host.skip(
                    "a boot by real systemd takes too long for every run: ask for it by -Dliveroot.test.systemd=true");
        }
        Front.COVER.need();
        Host.needs("systemd-analyze", "setfattr", "setpriv", "chroot");
        Path directory = Workspace.directory("systemd");
        Command.Result boot = Command.bash(
                        "exec unshare -m --propagation private bash \"$@\"",
                        Images.file("systemd-boot.sh"),
                        Liveroot.PROJECT,
                        directory)
                .within(Duration.ofMinutes(6))
                .run();
        if (boot.status() == CANNOT) {
            Host.skip("a boot by real systemd: " + boot.out().strip());
        }
        assertEquals(0, boot.status(), boot::toString);
        String[] later = boot.out().split("up: began later: ?", 2);
        assertTrue(later[1].contains("local-fs.target systemd-tmpfiles-setup.service"), boot::toString);
        assertEquals(
                """
                up: active active\s
                up: /etc /home /root /tmp /var\s
                up: it has notified: serving [/etc, /home, /root, /tmp, /var]
                up: of fstab /var/log is mounted as tmpfs, /home as fuse.liveroot
                up: main process @
                up: /usr is read-only
                up: /etc can be written to
                up: /home can be written to
                up: /root can be written to
                up: /var can be written to
                end: poweroff
                end: processes with an @: 1
                end: /etc holds what was written
                after: status 0
                """,
                (later[0] + later[1].replaceFirst(".*\n", "")).replaceAll("end: /(home|root|var) holds what.*\n", ""));
        assertEquals(
                "",
                Command.bash("grep -F -e \"$1\" /proc/self/mountinfo || true", directory)
                        .ok(),
                "left mounted");
        assertEquals(
                "",
                Command.bash("grep -lF -e \"$1\" /proc/[0-9]*/mountinfo 2> /dev/null || true", directory)
                        .ok(),
                "another process has mounts of it");
    }
}
