package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Sixteen clients on the smallest cache. The long form is for people: LIVEROOT_CLIENTS_SECONDS=300 in the environment says
 * how long they are to read; without it they read for six seconds.
 */
class SmallCacheTest {

    private static final int CLIENTS = 16;
    private static final long BUDGET = 8 << 20;

    /** Memory that a daemon may come to take beyond what it had when all clients had been at work for a while. */
    private static final long GROWTH_KIB = 16 << 10;

    @Test
    void sixteen_clients_get_the_right_bytes_and_the_daemon_does_not_grow() {
        Host.needs("perl", "mksquashfs");
        String given = System.getenv("LIVEROOT_CLIENTS_SECONDS");
        int seconds = given == null ? 6 : Integer.parseInt(given);
        Path tree = Workspace.directory("clients");
        Path sums = Workspace.path("sums");
        Path image = Workspace.path("clients.sqfs");
        Command.bash(
                        """
                        perl -e 'srand 1; chdir shift; for $i (1..500) { open F, ">", $i or die $!;
                            print F map { pack "N", rand 1 << 20 } 1..2000 + rand 60000 }' "$1"
                        (cd "$1" && sha256sum -b *) > "$2"
                        mksquashfs "$1" "$3" -comp gzip -no-progress > /dev/null
                        """,
                        tree,
                        sums,
                        image)
                .within(Duration.ofMinutes(2))
                .ok();
        try (Mounted mounted = Mounted.of(image, Front.KERNEL, "--cache", "8m")) {
            read(mounted, sums, 3);
            long early = residentKib(mounted);
            read(mounted, sums, seconds);
            long late = residentKib(mounted);
            JsonNode cache = mounted.status().get("cache");
            System.out.println("16 clients for " + seconds + " s on 8 MiB: resident " + early + " KiB, then " + late
                    + " KiB; " + cache);
            assertEquals(BUDGET, cache.get("budget").asLong());
            assertTrue(cache.get("most_used").asLong() <= BUDGET, cache.toString());
            assertTrue(cache.get("evictions").asLong() > 100, "the cache is to be too small: " + cache);
            assertEquals(0, cache.get("failures").asLong());
            assertTrue(late < early + GROWTH_KIB, "resident " + early + " KiB, then " + late);
        }
    }

    /** Each client checks files in an order of its own, and has the kernel forget them so that they are asked for again. */
    private static void read(Mounted mounted, Path sums, int seconds) {
        List<Command.Running> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Command.bash(
                            """
                            cd "$1"; end=$((SECONDS + $3))
                            while [ $SECONDS -lt $end ]; do
                                list=$(shuf -n 20 "$2")
                                sha256sum --strict --quiet -c - <<< "$list"
                                for file in $(cut -d'*' -f2 <<< "$list"); do
                                    dd if="$file" iflag=nocache count=0 status=none
                                done
                            done
                            """,
                            mounted.directory(),
                            sums,
                            seconds)
                    .within(Duration.ofSeconds(seconds + 60))
                    .start());
        }
        for (Command.Running client : clients) {
            Command.Result result = client.await();
            assertEquals(0, result.status(), result.toString());
        }
    }

    private static long residentKib(Mounted mounted) {
        return Long.parseLong(Command.bash("awk '/^VmRSS/ { print $2 }' /proc/$1/status", mounted.daemon())
                .ok()
                .strip());
    }
}
