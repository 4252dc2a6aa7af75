package liveroot.overlay;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.sys.Libc;

/** The stores that a test of unions runs with: by a system property, as the whole set of tests is run with each. */
enum TestStore {
    MEMORY("this test is for it"),
    TMPFS(null),
    /** Memory whose pages are compressed, also while they are in use. */
    COMPRESSED(null);

    private final String noTmpfs;

    TestStore(String noTmpfs) {
        this.noTmpfs = noTmpfs;
    }

    static TestStore current() {
        return valueOf(System.getProperty("liveroot.test.store", "memory").toUpperCase(java.util.Locale.ROOT));
    }

    Overlay over(FileTree lower, long directory, long bytes, long inodes) throws FsException {
        assumeTrue(this != TMPFS || Libc.geteuid() == 0, "a detached tmpfs is for root");
        Overlay overlay =
                Overlay.over(lower, directory, bytes, inodes, new StoreChoice(noTmpfs, this == COMPRESSED, false));
        if ((this == TMPFS) != overlay.use().store().equals("tmpfs")) {
            throw new AssertionError("no " + this + ": " + overlay.use().noBetter());
        }
        return overlay;
    }

    /** Compresses all pages, where any are. */
    void compress(Overlay overlay) {
        if (this == COMPRESSED) {
            ((MemoryStore) overlay.upper().store).compressAll();
        }
    }
}
