package liveroot.launcher;

import java.io.IOException;
import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/**
 * A word that may follow {@code liveroot}. Its options are declared by calls, not by annotations: reading annotations
 * costs a tenth of a second at each start.
 */
interface Command {

    /** A new model of its options and parameters. */
    CommandSpec spec();

    /** @return exit status */
    int run(ParseResult arguments, PrintStream out) throws Refusal, IOException;
}
