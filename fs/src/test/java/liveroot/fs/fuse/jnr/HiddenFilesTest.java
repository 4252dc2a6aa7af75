package liveroot.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.Name;
import org.junit.jupiter.api.Test;

final class HiddenFilesTest {

    private static final Name HIDDEN = Name.of(".fuse_hidden0000000100000001");

    private final MemoryTree tree = new MemoryTree();
    private final OpenFiles open = new OpenFiles();
    private final HiddenFiles hidden = new HiddenFiles(open);

    private Inode found() throws FsException {
        return new Inode(tree, tree.lookup(FileTree.ROOT, Name.of("file")));
    }

    @Test
    void aHiddenFileIsThereUntilItsLastRelease() throws FsException {
        tree.file("/file", "");
        long number = open.add(new OpenFiles.OpenFile(found(), 1, false));
        hidden.hide(HIDDEN, found());
        try (Inode inode = hidden.find(HIDDEN)) {
            assertNotNull(inode);
        }
        try (Inode inode = open.remove(number).inode()) {
            hidden.released(inode.id());
        }
        assertNull(hidden.find(HIDDEN));
        assertEquals(0, tree.lookupsHeld());
    }

    /** libfuse has seen it open, and its release came before it was hidden. */
    @Test
    void whatWasReleasedMeanwhileIsLetGoOf() throws FsException {
        tree.file("/file", "");
        hidden.hide(HIDDEN, found());
        assertNull(hidden.find(HIDDEN));
        assertEquals(0, tree.lookupsHeld());
    }
}
