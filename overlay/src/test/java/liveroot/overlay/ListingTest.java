package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import liveroot.fs.Caller;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import org.junit.jupiter.api.Test;

/** Cookies stay good while entries come and go, and large directories cost no more than their size. */
class ListingTest {

    private final PlainTree lower = new PlainTree();

    private Overlay overlay() throws FsException {
        return TestStore.current().over(lower, FileTree.ROOT, 1 << 20, 1_000_000);
    }

    @Test
    void whatIsThereAllTheTimeIsListedOnceWhateverComesAndGoes() throws FsException {
        for (int i = 0; i < 100; i++) {
            lower.file("below" + i, "x");
        }
        Client client = new Client(overlay());
        for (int i = 0; i < 100; i++) {
            client.create("above" + i);
            client.create("stays" + i);
        }
        Set<String> seen = new HashSet<>();
        long cookie = 0;
        for (int round = 0; ; round++) {
            List<Client.Entry> some = client.entries(FileTree.ROOT, cookie, 3);
            if (some.isEmpty()) {
                break;
            }
            for (Client.Entry entry : some) {
                boolean first = seen.add(entry.name());
                // A name that went and came back is another entry.
                assertTrue(first || entry.name().startsWith("above"), entry.name() + " is listed twice");
                cookie = entry.next();
            }
            if (round % 2 == 1 && round < 100) {
                // Odd numbers go, in the part that has been listed and in the other; a name that goes may come again.
                client.unlink("below" + round);
                client.unlink("above" + round);
                client.rename("above" + (round - 1), "below" + (round - 1));
                client.create("above" + (round - 1));
                client.create("new" + round);
                client.unlink("new" + round);
            }
        }
        for (int i = 0; i < 100; i++) {
            assertTrue(seen.contains("stays" + i), "stays" + i);
        }
        for (int i = 0; i < 100; i += 2) {
            assertTrue(seen.contains("below" + i), "below" + i);
        }
    }

    @Test
    void aProgramThatRenamesWhateverItIsToldOfComesToAnEnd() throws FsException {
        for (int i = 0; i < 10; i++) {
            lower.file("below" + i, "x");
        }
        Client client = new Client(overlay());
        for (int i = 0; i < 10; i++) {
            client.create("above" + i);
        }
        int renamed = 0;
        long cookie = 0;
        for (; ; ) {
            List<Client.Entry> one = client.entries(FileTree.ROOT, cookie, 1);
            if (one.isEmpty()) {
                break;
            }
            cookie = one.get(0).next();
            if (one.get(0).type() == Mode.S_IFREG) {
                client.rename(one.get(0).name(), one.get(0).name() + "+", 0);
                renamed++;
                assertTrue(renamed <= 30, "still listed: " + one);
            }
        }
        assertTrue(renamed >= 20, "renamed " + renamed);
    }

    @Test
    void twoHundredThousandEntriesAreMadeListedAndRemoved() throws FsException {
        Overlay overlay = overlay();
        Client client = new Client(overlay);
        client.mkdir("d");
        client.at("d", d -> {
            for (int i = 0; i < 200_000; i++) {
                overlay.forget(
                        overlay.mknod(d, Name.of("file" + i), Mode.S_IFREG, 0, Caller.ROOT)
                                .id(),
                        1);
            }
            return null;
        });
        List<Client.Entry> entries = client.entries("d", 100);
        assertEquals(200_002, entries.size());
        client.at("d", d -> {
            for (Client.Entry entry : entries.subList(2, entries.size())) {
                overlay.unlink(d, Name.of(entry.name()));
            }
            return null;
        });
        client.rmdir("d");
        assertEquals(1, overlay.use().inodes());
        Invariants.check(overlay);
    }
}
