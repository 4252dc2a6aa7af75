package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.PageCache;
import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.FrontConformance;
import org.junit.jupiter.api.Test;

class KernelFrontTest extends FrontConformance {

    @Override
    protected Front front() {
        return new KernelFront();
    }

    @Test
    void warmWorkOnAReadOnlyTreeMakesNoRequest() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            tree.file("/d" + i % 7 + "/file-" + i, "x".repeat(i)).symlink("/d" + i % 7 + "/link-" + i, "file-" + i);
        }
        mountReadOnly();
        String work = "find . -ls | wc -l; cat d*/* | wc -c; cat d1/none";
        String first = sh(work);
        Map<String, Long> requests;
        // A host that is short of memory may take pages of symlinks and files back at any time; not three times.
        int rounds = 0;
        do {
            requests = requestsButStatfs();
            assertEquals(first, sh(work));
        } while (!requests.equals(requestsButStatfs()) && ++rounds < 3);
        assertEquals(requests, requestsButStatfs());
    }

    /** find(1) asks for the type of file system, and no kernel keeps that answer. */
    private Map<String, Long> requestsButStatfs() {
        Map<String, Long> requests = new TreeMap<>(mount.requests());
        requests.remove("STATFS");
        return requests;
    }

    @Test
    void whatIsStoredInThePageCacheIsReadWithoutARequest() throws Exception {
        PageCache[] pages = new PageCache[1];
        tree = new MemoryTree() {
            @Override
            public void fill(PageCache ofMount) {
                pages[0] = ofMount;
            }
        };
        tree.file("/d/stored", "?".repeat(5000)).file("/d/other", "read");
        mountReadOnly();
        sh("ls -l d");
        long id = tree.lookup(tree.lookup(FileTree.ROOT, Name.of("d")).id(), Name.of("stored"))
                .id();
        try (BlockCache cache = new BlockCache(BlockCache.SMALLEST_BUDGET)) {
            Block block = cache.take(6000);
            for (int i = 0; i < 6000; i++) {
                block.memory().put(i, (byte) (i < 1000 ? 'n' : 'y'));
            }
            assertTrue(pages[0].store(id, 0, block.slice(1000, 5000)));
            assertFalse(pages[0].store(id + 1_000_000, 0, block.slice(1000, 5000)), "of an inode that nobody knows");
            assertEquals("y".repeat(5000), sh("cat d/stored"));
            assertEquals(0, mount.requests().getOrDefault("READ", 0L));
            assertEquals("read", sh("cat d/other"));
            assertEquals(1, mount.requests().get("READ"));
            mount.unmount(false);
            mount.awaitEnd();
            assertFalse(pages[0].store(id, 0, block.slice(1000, 5000)), "after the end of the mount");
            block.release();
        }
    }

    @Test
    void anOpenThatFailsAfterTheTreeHasOpenedIsReleased() throws Exception {
        tree = new MemoryTree() {
            @Override
            public synchronized Attributes setattr(long id, long handle, AttributeChange change, Caller caller)
                    throws FsException {
                throw new IllegalStateException("by the test");
            }
        };
        tree.device("/f", Mode.S_IFREG | 0777, 0);
        mount(false);
        assertTrue(sh("setpriv --reuid 65534 sh -c '> f'").contains("Input/output error"));
        nothingIsHeld();
    }

    @Test
    void whatTheKernelForgetsIsGivenBack() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            tree.file("/d/file-" + i, "x");
        }
        mount(false);
        sh("ls -l d; cat d/*; rm d/file-1*");
        assertTrue(tree.lookupsHeld() >= 800, "the kernel knows the files: " + tree.lookupsHeld());
        nothingIsHeld();
    }
}
