package liveroot.fs.fuse.kernel;

import java.nio.ByteBuffer;
import liveroot.fs.DirectorySink;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Name;
import liveroot.fs.Node;

/** The payload of READDIR and READDIRPLUS: as many struct fuse_dirent or fuse_direntplus as the kernel has room for. */
final class Listing implements DirectorySink {

    private final FileTree tree;
    private final Reply reply;
    private final Grants grants;
    private boolean plus;
    private int room;
    private boolean refused;

    Listing(FileTree tree, Reply reply, Grants grants) {
        this.tree = tree;
        this.reply = reply;
        this.grants = grants;
    }

    void fill(long id, long cookie, int size, boolean withAttributes) throws FsException {
        plus = withAttributes;
        room = size;
        refused = false;
        tree.readdir(id, cookie, this);
        if (refused && reply.payload() == 0) {
            throw new FsException(Errno.EINVAL, "no room for an entry in " + size + " bytes");
        }
    }

    @Override
    public boolean entry(Name name, long id, long ino, int type, long next) {
        int head = plus ? Wire.ENTRY_OUT + Wire.DIRENT : Wire.DIRENT;
        int size = (head + name.length() + 7) & -8;
        if (size > room) {
            refused = true;
            return false;
        }
        room -= size;
        int at = reply.reserve(size);
        ByteBuffer fields = reply.fields();
        fields.putLong(at + size - Long.BYTES, 0);
        if (plus) {
            Node node = lookup(name, id);
            if (node == null) {
                reply.clear(at, Wire.ENTRY_OUT);
            } else {
                reply.entryAt(at, node);
            }
            at += Wire.ENTRY_OUT;
        }
        fields.putLong(at, ino)
                .putLong(at + 8, next)
                .putInt(at + 16, name.length())
                .putInt(at + 20, type >> 12)
                .put(at + Wire.DIRENT, name.bytes());
        return true;
    }

    /** The kernel takes no lookup for "." and "..", nor for an entry whose node id is 0. */
    private Node lookup(Name name, long id) {
        if (name.equals(Name.DOT) || name.equals(Name.DOT_DOT)) {
            return null;
        }
        try {
            Node node = tree.reference(id);
            grants.lookup(node.id());
            return node;
        } catch (FsException e) {
            // Gone meanwhile, or damaged: the name is listed, and a lookup will tell.
            return null;
        }
    }
}
