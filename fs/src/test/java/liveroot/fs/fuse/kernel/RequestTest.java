package liveroot.fs.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.MemoryTree;
import liveroot.fs.Name;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Requests that are shorter than their fields say, or say nonsense: EINVAL, and the tree does not hear of them. */
class RequestTest {

    private final ByteBuffer buffer =
            ByteBuffer.allocateDirect(Session.REQUEST_BUFFER).order(ByteOrder.nativeOrder());
    private final Request request = new Request(buffer);
    private final List<String> heard = new ArrayList<>();

    private final MemoryTree tree = new MemoryTree() {
        @Override
        public synchronized void write(long id, long handle, long offset, ByteBuffer data, int flags) {
            heard.add("write " + data.remaining());
        }

        @Override
        public synchronized void setxattr(long id, Name name, byte[] value, int flags) {
            heard.add("setxattr " + name + " " + value.length);
        }

        @Override
        public synchronized void rename(long parent, Name name, long newParent, Name newName, int flags) {
            heard.add("rename " + name + " " + newName);
        }
    };

    private final Backings backings = new Backings(-1);
    private final Held held = new Held(tree, backings);
    private final Grants grants = new Grants(held, backings);
    private final Reply reply = new DeviceReply(-1, Session.LARGEST_TRANSFER);
    private final Operations operations = new Operations(tree, false, held, grants, reply, () -> false);

    /** A request for the root, whose header is followed by {@code ints} and then {@code text}. */
    private void is(int opcode, int[] ints, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int length = Wire.IN_HEADER + 4 * ints.length + bytes.length;
        buffer.clear();
        buffer.putInt(Wire.IN_LENGTH, length).putInt(Wire.IN_OPCODE, opcode).putLong(Wire.IN_NODE, FileTree.ROOT);
        for (int i = 0; i < ints.length; i++) {
            buffer.putInt(Wire.IN_HEADER + 4 * i, ints[i]);
        }
        buffer.put(Wire.IN_HEADER + 4 * ints.length, bytes);
        assertTrue(request.accept(length));
        reply.begin();
        grants.begin();
    }

    private void isInvalid(Executable serving) {
        assertEquals(Errno.EINVAL, assertThrows(FsException.class, serving).errno());
        assertEquals(List.of(), heard);
    }

    private void isInvalid() {
        isInvalid(() -> operations.serve(request));
    }

    @Test
    void aRequestIsAsLongAsItSays() {
        is(Wire.STATFS, new int[0], "");
        assertFalse(request.accept(Wire.IN_HEADER - 1));
        assertFalse(request.accept(Wire.IN_HEADER + 1));
    }

    @Test
    void aWriteOfMoreThanArrivedIsInvalid() throws Exception {
        int[] fields = {0, 0, 0, 0, 5, 0, 0, 0, 0, 0};
        is(Wire.WRITE, fields, "1234");
        isInvalid();
        for (int size : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            fields[4] = size;
            is(Wire.WRITE, fields, "1234");
            isInvalid();
        }
        fields[4] = 4;
        is(Wire.WRITE, fields, "1234");
        operations.serve(request);
        assertEquals(List.of("write 4"), heard);
    }

    @Test
    void anExtendedAttributeOfMoreThanArrivedIsInvalid() throws Exception {
        for (int size : new int[] {4, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            is(Wire.SETXATTR, new int[] {size, 0}, "user.x\000123");
            isInvalid();
        }
        is(Wire.SETXATTR, new int[] {0, 0}, "user.x");
        isInvalid();
        is(Wire.SETXATTR, new int[] {3, 0}, "user.x\000123");
        operations.serve(request);
        assertEquals(List.of("setxattr user.x 3"), heard);
    }

    @Test
    void aNameEndsWithinItsRequest() throws Exception {
        is(Wire.LOOKUP, new int[0], "name");
        isInvalid();
        is(Wire.RENAME, new int[] {1, 0}, "one\000two");
        isInvalid();
        is(Wire.RENAME, new int[] {1, 0}, "one\000");
        isInvalid();
        is(Wire.RENAME, new int[] {1, 0}, "one\000two\000");
        operations.serve(request);
        assertEquals(List.of("rename one two"), heard);
    }

    @Test
    void fieldsThatAreMissingAreInvalid() {
        for (int opcode : new int[] {
            Wire.SETATTR,
            Wire.MKNOD,
            Wire.MKDIR,
            Wire.LINK,
            Wire.OPEN,
            Wire.CREATE,
            Wire.TMPFILE,
            Wire.READ,
            Wire.RELEASE,
            Wire.READDIR,
            Wire.READDIRPLUS,
            Wire.FALLOCATE,
            Wire.LSEEK,
            Wire.RENAME2,
            Wire.SYMLINK
        }) {
            is(opcode, new int[0], "");
            isInvalid();
        }
        is(Wire.GETXATTR, new int[] {0, 0}, "");
        isInvalid();
    }

    @Test
    void transfersHaveALimit() {
        for (int size : new int[] {-1, Integer.MIN_VALUE, Session.LARGEST_TRANSFER + 1, Integer.MAX_VALUE}) {
            for (int opcode : new int[] {Wire.READ, Wire.READDIR, Wire.READDIRPLUS}) {
                is(opcode, new int[] {0, 0, 0, 0, size, 0, 0, 0, 0, 0}, "");
                isInvalid();
            }
        }
    }

    @Test
    void aListingForWhichThereIsNoRoomIsNotTakenForTheEnd() {
        for (int size : new int[] {0, 31}) {
            is(Wire.READDIR, new int[] {0, 0, 0, 0, size, 0, 0, 0, 0, 0}, "");
            isInvalid();
        }
    }

    @Test
    void aBatchNamesNoMoreThanItHolds() throws Exception {
        tree.file("/f", "x");
        long id = tree.lookup(FileTree.ROOT, Name.of("f")).id();
        held.lookup(id);
        is(Wire.BATCH_FORGET, new int[] {Integer.MAX_VALUE, 0, (int) id, 0, 1, 0}, "");
        isInvalid(() -> operations.forget(request));
        assertEquals(0, tree.lookupsHeld(), "what it did name counts");
    }

    @Test
    void noMoreIsForgottenThanWasLookedUp() throws Exception {
        tree.file("/f", "x");
        long id = tree.lookup(FileTree.ROOT, Name.of("f")).id();
        held.lookup(id);
        held.forget(id, Long.MAX_VALUE);
        held.forget(id, 1);
        held.forget(99, 1);
        assertEquals(0, tree.lookupsHeld());
    }

    /** A request through a ring: its header, its struct and what follows lie apart. */
    private boolean ring(int opcode, int length, int[] ints, String text, int payload) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        buffer.clear();
        buffer.putInt(Wire.IN_LENGTH, length).putInt(Wire.IN_OPCODE, opcode).putLong(Wire.IN_NODE, FileTree.ROOT);
        for (int i = 0; i < ints.length; i++) {
            buffer.putInt(RingEntry.STRUCT + 4 * i, ints[i]);
        }
        buffer.put(RingEntry.PAYLOAD, bytes).putInt(RingEntry.PAYLOAD_LENGTH, payload);
        reply.begin();
        grants.begin();
        return request.acceptFromRing();
    }

    @Test
    void throughARingStructAndNamesComeApart() throws Exception {
        int[] fields = {1, 0, 0, 0};
        assertTrue(ring(Wire.RENAME2, Wire.IN_HEADER + 16 + 8, fields, "one\000two\000", 8));
        operations.serve(request);
        assertEquals(List.of("rename one two"), heard);
    }

    @Test
    void throughARingNoMoreIsReadThanHasCome() {
        // A name that goes on behind the payload, and one that would begin in the struct.
        assertTrue(ring(Wire.RENAME2, Wire.IN_HEADER + 16 + 7, new int[] {1, 0, 0, 0}, "one\000two\000", 7));
        isInvalid();
        assertTrue(ring(Wire.RENAME2, Wire.IN_HEADER + 20 + 8, new int[] {1, 0, 0, 0, -1}, "one\000two\000", 8));
        isInvalid();
        // Fields that are partly struct, partly payload.
        assertTrue(ring(Wire.LINK, Wire.IN_HEADER + 4 + 8, new int[] {1}, "one\000two\000", 8));
        isInvalid();
        int[] write = {0, 0, 0, 0, 5, 0, 0, 0, 0, 0};
        assertTrue(ring(Wire.WRITE, Wire.IN_HEADER + 40 + 4, write, "1234", 4));
        isInvalid();
    }

    @Test
    void throughARingLengthsMustAgree() {
        for (int payload : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, buffer.capacity()}) {
            assertFalse(ring(Wire.LOOKUP, Wire.IN_HEADER + payload, new int[0], "name\000", payload), payload + "");
        }
        assertFalse(ring(Wire.LOOKUP, Wire.IN_HEADER, new int[0], "name\000", 5));
        assertFalse(ring(Wire.LOOKUP, Wire.IN_HEADER + 129, new int[0], "", 0));
        assertFalse(ring(Wire.LOOKUP, Integer.MIN_VALUE, new int[0], "", 0));
    }
}
