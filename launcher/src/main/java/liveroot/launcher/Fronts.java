package liveroot.launcher;

import java.util.ArrayList;
import java.util.List;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.jnr.JnrFront;
import liveroot.fs.fuse.kernel.KernelFront;

/** The fronts that this build has. */
final class Fronts {

    private Fronts() {}

    /**
     * The fronts that {@code --front} allows and that work on this host, the best first.
     *
     * @throws Refusal with what each of them lacks, if there is none
     */
    static List<Front> chosen(String choice) throws Refusal {
        List<Front> fronts = new ArrayList<>();
        StringBuilder obstacles = new StringBuilder();
        switch (choice) {
            case "auto" -> {
                KernelFront rings = KernelFront.overRings();
                if (rings.obstacle() == null) {
                    fronts.add(rings);
                }
                add(new KernelFront(), fronts, obstacles);
                if (fronts.isEmpty()) {
                    // Looking for libfuse takes a while.
                    add(new JnrFront(), fronts, obstacles);
                }
            }
            case "kernel" -> add(new KernelFront(), fronts, obstacles);
            case "uring" -> add(KernelFront.overRings(), fronts, obstacles);
            case "jnr-fuse" -> add(new JnrFront(), fronts, obstacles);
            default ->
                throw new Refusal(
                        Refusal.USAGE, "no front '" + choice + "': there are auto, kernel, uring and jnr-fuse");
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
        } else if (obstacles.indexOf(obstacle) < 0) {
            obstacles.append(obstacles.isEmpty() ? "" : "; ").append(obstacle);
        }
    }
}
