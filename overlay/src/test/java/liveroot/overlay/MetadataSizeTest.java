package liveroot.overlay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.Caller;
import liveroot.fs.Created;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import org.junit.jupiter.api.Test;

/**
 * What a union keeps of a file, apart from its data: below 340 bytes of heap on average, its name, its place in tables
 * and a lookup that the kernel holds included; so that with the front's part and the heap's garbage it is below 400 of the
 * whole process. Their number is set by the property liveroot.test.files, 50,000 otherwise;
 * docs/benchmarks.md has the figures.
 */
class MetadataSizeTest {

    private static final int FILES = Integer.getInteger("liveroot.test.files", 50_000);
    private static final int IN_A_DIRECTORY = 500;
    private static final int O_RDWR = 2;

    /** As the collection left it: what threads have reserved since is no object. */
    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed())
                .sum();
    }

    @Test
    void aFileTakesLessThan340BytesOfHeap() throws FsException {
        Overlay overlay = TestStore.current().over(new PlainTree(), FileTree.ROOT, 1L << 30, 2L * FILES);
        Client client = new Client(overlay);
        ByteBuffer data = Client.direct(new byte[512]);
        List<Long> directories = new ArrayList<>();
        for (int i = 0; i < FILES / IN_A_DIRECTORY; i++) {
            client.mkdir("d" + i);
            directories.add(client.lookup("d" + i).id());
        }
        long before = heap();
        for (int i = 0; i < FILES; i++) {
            Created created = overlay.create(
                    directories.get(i / IN_A_DIRECTORY), Name.of("file-" + i), 0644, O_RDWR, Caller.ROOT);
            long id = created.node().id();
            overlay.write(id, created.opened().handle(), 0, data.clear(), 0);
            overlay.release(id, created.opened().handle());
        }
        long each = (heap() - before) / FILES;
        System.out.println(TestStore.current() + ": " + each + " bytes of heap for each of " + FILES + " files");
        assertTrue(each > 50 && each < 340, each + " bytes each");
        overlay.close();
    }
}
