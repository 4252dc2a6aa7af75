package liveroot.fs.image;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.Mode;
import liveroot.fs.Name;
import liveroot.fs.Node;

/**
 * A path inside an image, resolved there: symlinks and ".." are followed as a process would whose root the image is, so
 * they lead nowhere outside.
 *
 * @param names from the root on, without symlinks; none for the root itself
 * @param node what it leads to. It lives in a read-only tree, which counts no lookups
 */
public record ImagePath(List<Name> names, Node node) {

    /** As path_resolution(7): more symlinks than that are ELOOP. */
    private static final int MOST_SYMLINKS = 40;

    /**
     * @param path '/' between names; one in front is not needed
     * @param last whether a symlink at the very end is followed too
     * @throws FsException ENOENT, ENOTDIR, ELOOP, or what the tree answers
     */
    public static ImagePath resolve(FileTree tree, String path, boolean last) throws FsException {
        ArrayDeque<Name> ahead = new ArrayDeque<>(split(path.getBytes(StandardCharsets.UTF_8)));
        List<Name> names = new ArrayList<>();
        List<Node> nodes = new ArrayList<>();
        nodes.add(new Node(FileTree.ROOT, tree.getattr(FileTree.ROOT)));
        int symlinks = 0;
        while (!ahead.isEmpty()) {
            Name name = ahead.poll();
            Node here = nodes.get(nodes.size() - 1);
            if (!here.attributes().isDirectory()) {
                throw new FsException(Errno.ENOTDIR);
            }
            if (name.equals(Name.DOT_DOT)) {
                if (!names.isEmpty()) {
                    names.remove(names.size() - 1);
                    nodes.remove(nodes.size() - 1);
                }
                continue;
            }
            Node next = tree.lookup(here.id(), name);
            if (Mode.isSymlink(next.attributes().mode()) && (last || !ahead.isEmpty())) {
                if (++symlinks > MOST_SYMLINKS) {
                    throw new FsException(Errno.ELOOP);
                }
                byte[] target = tree.readlink(next.id());
                List<Name> inserted = split(target);
                for (int i = inserted.size() - 1; i >= 0; i--) {
                    ahead.addFirst(inserted.get(i));
                }
                if (target.length > 0 && target[0] == '/') {
                    names.clear();
                    nodes.subList(1, nodes.size()).clear();
                }
                continue;
            }
            names.add(name);
            nodes.add(next);
        }
        return new ImagePath(List.copyOf(names), nodes.get(nodes.size() - 1));
    }

    private static List<Name> split(byte[] path) {
        List<Name> names = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= path.length; i++) {
            if (i == path.length || path[i] == '/') {
                if (i > start && !(i == start + 1 && path[start] == '.')) {
                    byte[] name = new byte[i - start];
                    System.arraycopy(path, start, name, 0, name.length);
                    names.add(Name.of(name));
                }
                start = i + 1;
            }
        }
        return names;
    }

    /** With '/' in front of each name; "/" for the root. */
    @Override
    public String toString() {
        if (names.isEmpty()) {
            return "/";
        }
        StringBuilder text = new StringBuilder();
        for (Name name : names) {
            text.append('/').append(name);
        }
        return text.toString();
    }
}
