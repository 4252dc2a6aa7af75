package liveroot.launcher;

import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.slf4j.LoggerFactory;

/**
 * Sends what libraries log by {@link System.Logger} to the same place as all else. Caffeine asks for such a logger when
 * it is loaded; if this service were not found, java.util.logging would be set up then, which takes longer than mounting.
 */
public final class SystemLog extends System.LoggerFinder {

    @Override
    public System.Logger getLogger(String name, Module module) {
        return new Forwarding(name);
    }

    /** Wakes SLF4J when there is something to say. */
    private record Forwarding(String name) implements System.Logger {

        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean isLoggable(Level level) {
            return level.compareTo(Level.INFO) >= 0;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            if (isLoggable(level)) {
                LoggerFactory.getLogger(name)
                        .atLevel(to(level))
                        .setCause(thrown)
                        .log(message);
            }
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... values) {
            if (isLoggable(level)) {
                String message = values == null || values.length == 0 ? format : MessageFormat.format(format, values);
                LoggerFactory.getLogger(name).atLevel(to(level)).log(message);
            }
        }

        private static org.slf4j.event.Level to(Level level) {
            return switch (level) {
                case ERROR -> org.slf4j.event.Level.ERROR;
                case WARNING -> org.slf4j.event.Level.WARN;
                default -> org.slf4j.event.Level.INFO;
            };
        }
    }
}
