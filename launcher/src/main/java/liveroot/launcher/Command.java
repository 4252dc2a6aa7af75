package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** A word that may follow {@code liveroot}. */
interface Command {

    Grammar grammar();

    /** @return exit status */
    int run(Arguments arguments, PrintStream out) throws Refusal, IOException;

    /** In the order in which {@code --help} lists them. */
    static List<Command> all() {
        return List.of(
                new MountCommand(),
                new CoverCommand(),
                new ResizeCommand(),
                new UmountCommand(),
                new StatusCommand(),
                new InspectCommand(),
                new PlaylistCommand(),
                new InstallBootCommand(),
                new DemoCommand());
    }

    /** The command of that name, or null. */
    static Command named(String name) {
        return switch (name) {
            case "mount" -> new MountCommand();
            case "cover" -> new CoverCommand();
            case "resize" -> new ResizeCommand();
            case "umount" -> new UmountCommand();
            case "status" -> new StatusCommand();
            case "inspect" -> new InspectCommand();
            case "install-boot" -> new InstallBootCommand();
            case "playlist" -> new PlaylistCommand();
            case "demo" -> new DemoCommand();
            default -> null;
        };
    }
}
