package liveroot.fs;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Says on screen which tests are skipped, and why. JUnit finds it by META-INF/services. */
public final class SkippedTests implements TestExecutionListener {

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        say(test, reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            say(test, result.getThrowable().map(Throwable::getMessage).orElse("it was given up"));
        }
    }

    private static void say(TestIdentifier test, String reason) {
        String parent = test.getSource()
                .map(source -> source instanceof MethodSource method
                        ? method.getJavaClass().getSimpleName() + ": "
                        : "")
                .orElse("");
        System.out.println("SKIPPED: " + parent + test.getDisplayName() + ": " + reason);
    }
}
