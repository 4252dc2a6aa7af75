package liveroot.launcher;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The values of a command line, by the names of options and the labels of parameters. */
final class Arguments {

    private final Map<String, List<String>> values = new HashMap<>();

    void add(String name, String value) {
        values.computeIfAbsent(name, none -> new ArrayList<>()).add(value);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    /** The value, or {@code otherwise} if there is none. */
    String get(String name, String otherwise) {
        List<String> all = values.get(name);
        return all == null ? otherwise : all.get(0);
    }

    /** All values, in their order. */
    List<String> all(String name) {
        return values.getOrDefault(name, List.of());
    }
}
