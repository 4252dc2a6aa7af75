package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StackTest {

    private static Client stack(PlainTree... layers) throws FsException {
        return new Client(new Stack(List.of(layers)));
    }

    private static Set<String> names(Client client, String path) throws FsException {
        Set<String> names = new TreeSet<>(client.names(path));
        names.removeAll(Set.of(".", ".."));
        return names;
    }

    private static Errno error(Client client, String path) {
        return assertThrows(FsException.class, () -> client.stat(path)).errno();
    }

    private static PlainTree lower() {
        return new PlainTree()
                .dir("etc")
                .file("etc/passwd", "lower passwd")
                .file("etc/group", "lower group")
                .dir("etc/conf")
                .file("etc/conf/a", "lower a")
                .file("etc/conf/b", "lower b")
                .file("motd", "lower motd");
    }

    @Test
    void theUpperLayerIsSeenWhereBothHaveAName() throws FsException {
        Client client = stack(
                new PlainTree().dir("etc").file("etc/passwd", "upper passwd").file("new", "n"), lower());
        assertEquals("upper passwd", client.text("etc/passwd"));
        assertEquals("lower group", client.text("etc/group"));
        assertEquals("lower motd", client.text("motd"));
        assertEquals(Set.of("etc", "motd", "new"), names(client, ""));
        assertEquals(Set.of("passwd", "group", "conf"), names(client, "etc"));
        assertEquals(Set.of("a", "b"), names(client, "etc/conf"));
    }

    @Test
    void aWhiteoutOfOverlayfsHidesANameAndItself() throws FsException {
        Client client = stack(new PlainTree().dir("etc").device("etc/passwd", 0).device("motd", 0), lower());
        assertEquals(Errno.ENOENT, error(client, "etc/passwd"));
        assertEquals(Errno.ENOENT, error(client, "motd"));
        assertEquals(Set.of("etc"), names(client, ""));
        assertEquals(Set.of("group", "conf"), names(client, "etc"));
    }

    @Test
    void anotherDeviceIsNoWhiteout() throws FsException {
        Client client = stack(new PlainTree().device("null", 0x103), lower());
        assertEquals(0x103, client.stat("null").rdev());
        assertEquals(Set.of("etc", "motd", "null"), names(client, ""));
    }

    @Test
    void aWhiteoutOfAufsHidesANameAndItself() throws FsException {
        Client client = stack(
                new PlainTree()
                        .dir("etc")
                        .file("etc/.wh.passwd", "")
                        .file(".wh.motd", "")
                        .dir(".wh..wh.plnk"),
                lower());
        assertEquals(Errno.ENOENT, error(client, "etc/passwd"));
        assertEquals(Errno.ENOENT, error(client, "etc/.wh.passwd"));
        assertEquals(Set.of("etc"), names(client, ""));
        assertEquals(Set.of("group", "conf"), names(client, "etc"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"trusted.overlay.opaque", "user.overlay.opaque", "aufs"})
    void anOpaqueDirectoryHidesAllBelow(String how) throws FsException {
        PlainTree upper = new PlainTree().dir("etc").dir("etc/conf").file("etc/conf/c", "upper c");
        if (how.equals("aufs")) {
            upper.file("etc/.wh..wh..opq", "");
        } else {
            upper.xattr("etc", how, "y");
        }
        Client client = stack(upper, lower());
        assertEquals(Set.of("conf"), names(client, "etc"));
        assertEquals(Set.of("c"), names(client, "etc/conf"));
        assertEquals(Errno.ENOENT, error(client, "etc/passwd"));
        assertEquals(Errno.ENOENT, error(client, "etc/conf/a"));
        assertEquals("lower motd", client.text("motd"));
    }

    @Test
    void whatMarksADirectoryOpaqueIsNotShown() throws FsException {
        Client client = stack(
                new PlainTree()
                        .dir("etc")
                        .xattr("etc", "trusted.overlay.opaque", "y")
                        .xattr("etc", "user.x", "1"),
                lower());
        List<String> names = new ArrayList<>();
        client.at("etc", client.tree::listxattr).forEach(name -> names.add(name.toString()));
        assertEquals(List.of("user.x"), names);
        assertEquals(
                Errno.ENODATA,
                assertThrows(FsException.class, () -> client.getxattr("etc", "trusted.overlay.opaque"))
                        .errno());
    }

    @Test
    void aFileAboveADirectoryHidesItAndADirectoryAboveAFileHasNothingOfIt() throws FsException {
        Client client =
                stack(new PlainTree().file("etc", "now a file").dir("motd").file("motd/x", "x"), lower());
        assertEquals("now a file", client.text("etc"));
        assertEquals(Set.of("x"), names(client, "motd"));
    }

    @Test
    void aLayerBetweenHidesWhatIsBelowItAndNotWhatIsAbove() throws FsException {
        PlainTree top = new PlainTree().dir("etc").file("etc/passwd", "top");
        PlainTree middle = new PlainTree().device("etc", 0);
        Client client = stack(top, middle, lower());
        assertEquals(Set.of("passwd"), names(client, "etc"));
        assertEquals("top", client.text("etc/passwd"));
        assertEquals(Errno.ENOENT, error(client, "etc/group"));
    }

    @Test
    void aListingGoesOnFromAnyCookieAndNamesInodesThatCanBeHad() throws FsException {
        PlainTree upper = new PlainTree().dir("d");
        PlainTree below = new PlainTree().dir("d");
        for (int i = 0; i < 100; i++) {
            upper.file("d/u" + i, "u");
            below.file("d/l" + i, "l").dir("d/both" + i);
            upper.dir("d/both" + i);
        }
        Client client = stack(upper, below);
        Set<String> seen = new TreeSet<>();
        for (Client.Entry entry : client.entries("d", 7)) {
            seen.add(entry.name());
            if (entry.id() != 0) {
                assertEquals(
                        entry.ino(),
                        client.tree.reference(entry.id()).attributes().ino(),
                        entry.name());
            }
        }
        assertEquals(302, seen.size());
    }

    @Test
    void whatIsListedAgainIsWhatTheLastCookieHasNotSeen() throws FsException {
        PlainTree top = new PlainTree().dir("d").file("d/a", "").file("d/b", "").device("d/c", 0);
        PlainTree middle =
                new PlainTree().dir("d").file("d/b", "").file("d/c", "").file("d/.wh.e", "");
        PlainTree bottom = new PlainTree()
                .dir("d")
                .file("d/a", "")
                .file("d/c", "")
                .file("d/d", "")
                .file("d/e", "")
                .file("d/f", "");
        Client client = stack(top, middle, bottom);
        List<Client.Entry> all = client.entries("d", 100);
        assertEquals(
                List.of(".", "..", "a", "b", "d", "f"),
                all.stream().map(Client.Entry::name).toList());
        for (int i = 0; i < all.size(); i++) {
            long cookie = all.get(i).next();
            assertEquals(all.subList(i + 1, all.size()), client.at("d", id -> client.entries(id, cookie, 100)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 100_001})
    void aListingLooksAtEachEntryOnceOrTwiceHoweverManyRequestsItTakes(int each) throws FsException {
        PlainTree upper = new PlainTree().dir("d");
        PlainTree below = new PlainTree().dir("d");
        for (int i = 0; i < each; i++) {
            upper.file("d/" + i, "");
            below.file("d/" + (i + each / 2), "");
        }
        Client client = stack(upper, below);
        int atOnce = each / 10;
        List<String> names =
                client.entries("d", atOnce).stream().map(Client.Entry::name).toList();
        assertEquals(2 + each + each / 2, names.size());
        assertEquals(names.size(), Set.copyOf(names).size());
        // Twice, and what did not fit any more of each request.
        assertTrue(upper.listed.get() <= 2 * each + 100, () -> upper.listed + " entries of the upper layer");
        assertTrue(below.listed.get() <= each + 100, () -> below.listed + " entries of the lower layer");
    }

    @Test
    void inodesOfDifferentLayersHaveDifferentNumbers() throws FsException {
        Client client = stack(new PlainTree().file("a", "upper"), new PlainTree().file("b", "lower"));
        Set<Long> numbers = Set.of(
                client.stat("a").ino(), client.stat("b").ino(), client.stat("").ino());
        assertEquals(3, numbers.size());
        assertEquals(
                Errno.ESTALE,
                assertThrows(FsException.class, () -> client.tree.getattr(0)).errno());
        assertEquals(
                Errno.ESTALE,
                assertThrows(FsException.class, () -> client.tree.getattr(31)).errno());
    }

    @Test
    void whatALayerPutsIntoThePageCacheHasTheIdOfTheStack() throws FsException {
        PlainTree upper = new PlainTree().file("a", "upper");
        PlainTree lower = new PlainTree().file("b", "lower");
        Client client = stack(upper, lower);
        List<Long> stored = new ArrayList<>();
        client.tree.fill((id, offset, bytes) -> stored.add(id));
        ByteBuffer bytes = ByteBuffer.allocate(0);
        upper.pages.store(upper.lookup(FileTree.ROOT, Name.of("a")).id(), 0, bytes);
        lower.pages.store(lower.lookup(FileTree.ROOT, Name.of("b")).id(), 0, bytes);
        assertEquals(List.of(client.at("a", id -> id), client.at("b", id -> id)), stored);
    }

    @Test
    void moreNamesThanAreKeptAreRefused() throws FsException {
        PlainTree upper = new PlainTree().dir("d");
        for (int i = 0; i <= FirstParts.MOST_NAMES; i++) {
            upper.file("d/" + i, "");
        }
        Client client = stack(upper, new PlainTree().dir("d").file("d/below", ""));
        assertEquals(
                Errno.ENOMEM,
                assertThrows(FsException.class, () -> client.entries("d", 100)).errno());
        assertEquals(2, client.stat("d/below").nlink() + client.stat("d/0").nlink());
    }

    /** As its names are the same, a layer between is not listed again for each request. */
    @Test
    void layersThatHaveNothingOfTheirOwnAreListedOnce() throws FsException {
        PlainTree[] layers = new PlainTree[Stack.MOST_LAYERS];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = new PlainTree().dir("d");
            for (int j = 0; j < 1000; j++) {
                layers[i].file("d/" + j, "");
            }
        }
        assertEquals(1002, stack(layers).entries("d", 100).size());
        for (int i = 1; i < layers.length - 1; i++) {
            assertEquals(1000, layers[i].listed.get());
        }
    }
}
