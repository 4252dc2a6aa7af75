package liveroot.fs.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.sys.HostDirectory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Directories of a tree that is only names; a reader goes through it by itself or with the walk's help. */
final class WalkTest {

    private final Map<String, List<String>> tree = new TreeMap<>();
    private final List<String> listedAhead = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch mayList = new CountDownLatch(1);
    private final Ahead ahead = new Ahead("walk");
    private final Walk walk = new Walk(this::list, ahead);

    /** Directories that the reader had to list by itself. */
    private final List<String> listedByReader = new ArrayList<>();

    @AfterEach
    void close() {
        mayList.countDown();
        ahead.close();
    }

    private static byte[] bytes(String path) {
        return path.getBytes(StandardCharsets.UTF_8);
    }

    private static HostDirectory.Stat directory() {
        return new HostDirectory.Stat(1, Mode.S_IFDIR, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    private List<Walk.Entry> list(byte[] path, int most) {
        try {
            mayList.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        String text = new String(path, StandardCharsets.UTF_8);
        listedAhead.add(text);
        List<String> names = tree.get(text);
        return names.size() > most
                ? null
                : names.stream()
                        .map(name -> new Walk.Entry(Name.of(name), directory()))
                        .toList();
    }

    /** A tree of directories, {@code width} in each, {@code depth} levels of them. */
    private void grow(String path, int width, int depth) {
        List<String> names = new ArrayList<>();
        for (int i = 0; depth > 0 && i < width; i++) {
            names.add("d" + i);
            grow(below(path, "d" + i), width, depth - 1);
        }
        tree.put(path, names);
    }

    private static String below(String path, String name) {
        return path.isEmpty() ? name : path + "/" + name;
    }

    private void visit(String path) {
        List<Walk.Entry> entries = walk.reached(bytes(path));
        List<String> names = tree.get(path);
        if (entries == null) {
            listedByReader.add(path);
            walk.listed(bytes(path), names.stream().map(Name::of).toList());
        } else {
            assertEquals(names, entries.stream().map(e -> e.name().toString()).toList(), path);
        }
    }

    private void visitAll(String path) {
        visit(path);
        for (String name : tree.get(path)) {
            visitAll(below(path, name));
        }
    }

    @Test
    void a_walk_through_all_directories_is_listed_ahead_from_the_third_on() {
        mayList.countDown();
        grow("", 5, 4);
        visitAll("");
        assertEquals(List.of("", "d0", "d0/d0"), listedByReader);
        assertEquals(tree.size() - 3, listedAhead.size());
    }

    @Test
    void the_second_walk_is_as_the_first() {
        mayList.countDown();
        grow("", 3, 3);
        visitAll("");
        listedByReader.clear();
        visitAll("");
        assertEquals(List.of("", "d0", "d0/d0"), listedByReader);
    }

    @Test
    void directories_that_follow_no_order_have_nothing_listed_ahead() {
        mayList.countDown();
        grow("", 5, 3);
        for (String path : List.of("", "d3", "d1", "d4/d2", "d0", "d2/d2", "d2")) {
            visit(path);
        }
        ahead.close();
        assertTrue(listedAhead.isEmpty(), listedAhead::toString);
    }

    @Test
    void who_goes_elsewhere_lists_by_himself_and_what_is_ahead_has_an_end() {
        mayList.countDown();
        grow("", 5, 5);
        visit("");
        visit("d0");
        visit("d0/d0");
        visit("d4");
        visit("d4/d0");
        assertNull(walk.reached(bytes("d2/d1")));
        ahead.close();
        assertTrue(listedAhead.size() < tree.size() / 2, () -> listedAhead.size() + " of " + tree.size());
    }

    @Test
    void a_directory_that_is_listed_twice_in_a_row_is_one_step() {
        mayList.countDown();
        grow("", 5, 2);
        for (String path : List.of("", "", "d0", "d0", "d0/d0", "d0/d1")) {
            visit(path);
        }
        assertEquals(List.of("", "", "d0", "d0", "d0/d0"), listedByReader);
    }

    @Test
    void who_comes_to_a_directory_that_is_being_listed_waits_for_it() throws Exception {
        grow("", 3, 2);
        visit("");
        visit("d0");
        visit("d0/d0");
        Thread reader = new Thread(() -> visit("d0/d1"));
        reader.start();
        reader.join(100);
        assertTrue(reader.isAlive());
        mayList.countDown();
        reader.join();
        assertEquals(List.of("", "d0", "d0/d0"), listedByReader);
    }

    @Test
    void a_walk_that_fails_leaves_its_reader_alone() {
        Walk failing = new Walk(
                (path, most) -> {
                    throw new IllegalStateException("no memory, say");
                },
                ahead);
        failing.listed(bytes(""), List.of(Name.of("a")));
        failing.listed(bytes("a"), List.of(Name.of("b")));
        failing.listed(bytes("a/b"), List.of(Name.of("c")));
        assertNull(failing.reached(bytes("a/b/c")));
    }

    @Test
    void a_walk_goes_on_below_what_is_too_deep_to_be_remembered() {
        mayList.countDown();
        grow("", 2, 2);
        String deep = "d1";
        for (int i = 0; i < 300; i++) {
            tree.put(deep, List.of("e"));
            deep = below(deep, "e");
        }
        tree.put(deep, List.of());
        visitAll("");
        visitAll("");
        assertTrue(listedByReader.size() < tree.size() / 4, () -> listedByReader.size() + " of " + tree.size());
    }

    @Test
    void a_directory_with_too_many_names_is_left_to_the_reader_and_ends_nothing() {
        mayList.countDown();
        grow("", 3, 2);
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            many.add("f" + i);
        }
        tree.put("d1/d1", many);
        for (String path : List.of("", "d0", "d0/d0", "d0/d1", "d0/d2", "d1", "d1/d0", "d1/d1", "d1/d2", "d2")) {
            visit(path);
        }
        assertEquals(List.of("", "d0", "d0/d0", "d1/d1"), listedByReader);
    }
}
