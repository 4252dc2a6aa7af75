package liveroot.overlay;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;

/** A file system as simple as can be, to compare a union with: everything is copied, nothing is shared. */
final class Model {

    static final class File {
        final char type; // 'f', 'd', 'l', 'p'
        int mode;
        int uid;
        int gid;
        int nlink;
        byte[] content = {};
        final Map<String, File> children = new TreeMap<>();
        final Map<String, String> xattrs = new TreeMap<>();
        /** The union's inode number, to see that it stays. */
        long ino;

        File(char type, int mode) {
            this.type = type;
            this.mode = mode;
            this.nlink = type == 'd' ? 2 : 0;
        }

        boolean isDirectory() {
            return type == 'd';
        }
    }

    final File root = new File('d', 0755);

    static FsException fail(Errno errno) {
        return new FsException(errno);
    }

    File find(String path) throws FsException {
        File file = root;
        for (String name : path.split("/", -1)) {
            if (!name.isEmpty()) {
                file = child(file, name);
                if (file == null) {
                    throw fail(Errno.ENOENT);
                }
            }
        }
        return file;
    }

    private static File child(File directory, String name) throws FsException {
        if (!directory.isDirectory()) {
            throw fail(Errno.ENOTDIR);
        }
        return directory.children.get(name);
    }

    private File parent(String path) throws FsException {
        return find(path.substring(0, Math.max(0, path.lastIndexOf('/'))));
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    File make(String path, char type, int mode) throws FsException {
        File parent = parent(path);
        if (child(parent, name(path)) != null) {
            throw fail(Errno.EEXIST);
        }
        File file = new File(type, mode);
        file.gid = (parent.mode & 02000) != 0 ? parent.gid : 0;
        if (type == 'd') {
            file.mode |= parent.mode & 02000;
            parent.nlink++;
        } else {
            file.nlink = 1;
        }
        parent.children.put(name(path), file);
        return file;
    }

    void link(String existing, String path) throws FsException {
        File file = find(existing);
        File parent = parent(path);
        if (child(parent, name(path)) != null) {
            throw fail(Errno.EEXIST);
        }
        if (file.isDirectory()) {
            throw fail(Errno.EPERM);
        }
        file.nlink++;
        parent.children.put(name(path), file);
    }

    void unlink(String path) throws FsException {
        File file = existing(path);
        if (file.isDirectory()) {
            throw fail(Errno.EISDIR);
        }
        parent(path).children.remove(name(path));
        file.nlink--;
    }

    private File existing(String path) throws FsException {
        File file = child(parent(path), name(path));
        if (file == null) {
            throw fail(Errno.ENOENT);
        }
        return file;
    }

    void rmdir(String path) throws FsException {
        File file = existing(path);
        if (!file.isDirectory()) {
            throw fail(Errno.ENOTDIR);
        }
        if (!file.children.isEmpty()) {
            throw fail(Errno.ENOTEMPTY);
        }
        File parent = parent(path);
        parent.children.remove(name(path));
        parent.nlink--;
        file.nlink = 0;
    }

    void rename(String from, String to, int flags) throws FsException {
        File source = parent(from);
        File target = parent(to);
        File file = existing(from);
        File old = child(target, name(to));
        if (flags == FileTree.RENAME_EXCHANGE) {
            if (old == null) {
                throw fail(Errno.ENOENT);
            }
            source.children.put(name(from), old);
            target.children.put(name(to), file);
            count(file, source, target);
            count(old, target, source);
            return;
        }
        if (old != null) {
            if ((flags & FileTree.RENAME_NOREPLACE) != 0) {
                throw fail(Errno.EEXIST);
            }
            if (old == file) {
                return;
            }
            if (file.isDirectory() != old.isDirectory()) {
                throw fail(file.isDirectory() ? Errno.ENOTDIR : Errno.EISDIR);
            }
            if (!old.children.isEmpty()) {
                throw fail(Errno.ENOTEMPTY);
            }
            if (old.isDirectory()) {
                target.nlink--;
                old.nlink = 0;
            } else {
                old.nlink--;
            }
        }
        source.children.remove(name(from));
        target.children.put(name(to), file);
        count(file, source, target);
        if ((flags & FileTree.RENAME_WHITEOUT) != 0) {
            File device = new File('c', 0);
            device.gid = (source.mode & 02000) != 0 ? source.gid : 0;
            device.nlink = 1;
            device.gid = (source.mode & Mode.S_ISGID) != 0 ? source.gid : 0;
            source.children.put(name(from), device);
        }
    }

    private static void count(File moved, File from, File to) {
        if (moved.isDirectory()) {
            from.nlink--;
            to.nlink++;
        }
    }

    static void write(File file, int offset, byte[] bytes) {
        int size = Math.max(file.content.length, offset + bytes.length);
        file.content = Arrays.copyOf(file.content, size);
        System.arraycopy(bytes, 0, file.content, offset, bytes.length);
    }

    static void truncate(File file, int size) {
        file.content = Arrays.copyOf(file.content, size);
    }

    static void fallocate(File file, int offset, int length, int mode) {
        int end = offset + length;
        if ((mode & FileData.KEEP_SIZE) == 0 && end > file.content.length) {
            file.content = Arrays.copyOf(file.content, end);
        }
        if ((mode & (FileData.PUNCH_HOLE | FileData.ZERO_RANGE)) != 0 && offset < file.content.length) {
            Arrays.fill(file.content, offset, Math.min(end, file.content.length), (byte) 0);
        }
    }
}
