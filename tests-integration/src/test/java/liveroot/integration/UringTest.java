package liveroot.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code --front uring}, from the command to the bytes. What a killed daemon leaves is in {@link CrashTest}. */
@InNamespace
class UringTest {

    @Test
    void an_image_and_a_union_are_served_through_rings() {
        try (Mounted mounted = Mounted.of(Images.of(SquashfsRecipe.ZSTD), Front.URING, "--union", "/var=64m")) {
            assertEquals("uring", mounted.status().get("front").asText());
            String sums = "find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -z | sha256sum";
            assertEquals(
                    Command.bash(sums).in(Images.sourceTree()).ok(),
                    Command.bash(sums).in(mounted.directory()).ok());
            // Cores take turns, and each has a queue of its own.
            Command.bash(
                            """
                            for core in $(seq 0 $(($(nproc) - 1))); do
                              taskset -c $core bash -c 'mkdir d; cd d
                                for i in {1..200}; do echo $i > $i; done; rm *[1-9]; ls | wc -l; cat * | sha1sum
                                head -c 3000000 /dev/urandom > large; cp large copy; cmp large copy || echo $PPID; cd ..; rm -r d'
                            done | sort | uniq -c | awk '{ print $1 }' | uniq | wc -l | grep -x 1
                            """)
                    .in(mounted.directory("var"))
                    .ok();
            long open = descriptors(mounted);
            Command.bash("for i in {1..300}; do echo $i > f$i; done; cat f* > /dev/null; rm f*")
                    .in(mounted.directory("var"))
                    .ok();
            assertTrue(descriptors(mounted) <= open, "what was open is closed");
        }
    }

    /** There RELEASE and FORGET come by other queues than what follows them. */
    @Test
    void space_of_a_deleted_file_is_there_at_once() {
        Host.needs(Served.PYTHON);
        Path image = Images.of(SquashfsRecipe.LZ4, Images.tree("union-cases.sh"));
        try (Mounted mounted = Mounted.of(image, Front.URING, "--union", "/empty=512k")) {
            assertEquals("0 failed\n", UnionLimitTest.python(mounted, "empty", UnionLimitTest.FULL_AND_DELETED));
        }
    }

    private static long descriptors(Mounted mounted) {
        // The last RELEASE may be under way: nobody waits for it.
        return Long.parseLong(Command.bash("sleep 0.3; ls /proc/" + mounted.daemon() + "/fd | wc -l")
                .ok()
                .strip());
    }

    @Test
    void where_rings_are_switched_off_the_refusal_says_what_to_do() {
        Host.needsRoot("to have a switch of its own");
        Host.needsUring();
        Command.Result result = Command.bash(
                        """
                        echo N > off
                        exec unshare -m bash -c 'mount --bind off "$1"; exec "$2" mount "$3" "$4" --front uring' bash "$@"
                        """,
                        Host.URING,
                        Liveroot.SCRIPT,
                        Images.of(SquashfsRecipe.ZSTD),
                        Workspace.directory("mount"))
                .in(Workspace.directory("uring"))
                .within(Duration.ofSeconds(30))
                .run();
        assertEquals(69, result.status(), result::toString);
        assertTrue(
                result.err().contains("echo Y > /sys/module/fuse/parameters/enable_uring, or use --front kernel"),
                result::toString);
    }
}
