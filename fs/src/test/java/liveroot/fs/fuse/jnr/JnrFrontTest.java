package liveroot.fs.fuse.jnr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import liveroot.fs.fuse.Front;
import liveroot.fs.fuse.FrontConformance;
import org.junit.jupiter.api.Test;

class JnrFrontTest extends FrontConformance {

    @Override
    protected Front front() {
        return new JnrFront();
    }

    @Override
    protected String cannot(Feature feature) {
        return switch (feature) {
            case RENAME_FLAGS -> "libfuse 2 speaks FUSE 7.19, which has no RENAME2";
            case TMPFILE -> "libfuse 2 speaks FUSE 7.19, which has no TMPFILE";
            case HOLES -> "libfuse 2 speaks FUSE 7.19, which has no LSEEK";
            case ONE_INODE_FOR_ALL_NAMES -> "to libfuse 2 each name is a file of its own";
            case READDIRPLUS -> "libfuse 2 speaks FUSE 7.19, which has no READDIRPLUS";
        };
    }

    @Test
    void renameWithFlagsIsRefused() throws Exception {
        tree.file("/a", "a").file("/b", "b");
        mount(false);
        assertEquals("EINVAL", python("said(c.renameat2(-100, b'a', -100, b'b', 2))"));
        assertEquals("ab", sh("cat a b"));
    }
}
