package liveroot.launcher;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.FileTree;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.jnr.JnrFront;
import liveroot.fs.fuse.kernel.KernelFront;

/** The image formats, the overlay and the fronts that this build has. */
final class Parts {

    private Parts() {}

    static FileTree union(FileTree lower, long directory, Limits limits) throws IOException {
        if (limits.size() > 0) {
            throw new IOException("no overlay yet");
        }
        return lower;
    }

    /**
     * The fronts that {@code --front} allows and that work on this host, the best first.
     *
     * @throws Refusal with what each of them lacks, if there is none
     */
    static List<Front> fronts(String choice) throws Refusal {
        List<Front> fronts = new ArrayList<>();
        StringBuilder obstacles = new StringBuilder();
        switch (choice) {
            case "auto" -> {
                add(new KernelFront(), fronts, obstacles);
                if (fronts.isEmpty()) {
                    // Looking for libfuse takes a while.
                    add(new JnrFront(), fronts, obstacles);
                }
            }
            case "kernel" -> add(new KernelFront(), fronts, obstacles);
            case "jnr-fuse" -> add(new JnrFront(), fronts, obstacles);
            default ->
                throw new Refusal(Refusal.USAGE, "no front '" + choice + "': there are auto, kernel and jnr-fuse");
        }
        if (fronts.isEmpty()) {
            throw new Refusal(Refusal.UNAVAILABLE, obstacles.toString());
        }
        return fronts;
    }

    private static void add(Front front, List<Front> fronts, StringBuilder obstacles) {
        String obstacle = front.obstacle();
        if (obstacle == null) {
            fronts.add(front);
        } else {
            obstacles.append(obstacles.isEmpty() ? "" : "; ").append(obstacle);
        }
    }
}
