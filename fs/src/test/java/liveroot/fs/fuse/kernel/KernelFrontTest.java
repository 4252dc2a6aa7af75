package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import liveroot.fs.AttributeChange;
import liveroot.fs.Attributes;
import liveroot.fs.Caller;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.Mode;
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
        Map<String, Long> requests = requestsButStatfs();
        assertEquals(first, sh(work));
        assertEquals(requests, requestsButStatfs());
    }

    /** find(1) asks for the type of file system, and no kernel keeps that answer. */
    private Map<String, Long> requestsButStatfs() {
        Map<String, Long> requests = new TreeMap<>(mount.requests());
        requests.remove("STATFS");
        return requests;
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
