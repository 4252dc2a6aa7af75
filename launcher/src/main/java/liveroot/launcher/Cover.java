package liveroot.launcher;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import liveroot.fs.Errno;
import liveroot.fs.FileTree;
import liveroot.fs.FsException;
import liveroot.fs.image.ImagePath;

/**
 * A union and the directory of the image that it is to cover.
 *
 * @param path without symlinks
 */
record Cover(Union union, ImagePath path) {

    /** The covers, and a sentence for each union that was left out. */
    record Plan(List<Cover> covers, List<String> notes) {}

    /**
     * Finds each union's directory in the image.
     *
     * @return parents before what lies below them
     * @throws Refusal if one that is required is not there, or two are the same
     */
    static Plan plan(FileTree image, List<Union> unions) throws Refusal {
        List<String> notes = new ArrayList<>();
        Map<Long, Cover> byDirectory = new LinkedHashMap<>();
        for (Union union : unions) {
            ImagePath path;
            try {
                path = ImagePath.resolve(image, union.path(), true);
                if (!path.node().attributes().isDirectory()) {
                    throw new FsException(Errno.ENOTDIR);
                }
            } catch (FsException e) {
                String fault = union.origin() + ": " + fault(union.path(), e);
                if (union.required()) {
                    throw new Refusal(Refusal.NO_INPUT, fault);
                }
                notes.add(fault + ", left out");
                continue;
            }
            Cover other = byDirectory.putIfAbsent(path.node().id(), new Cover(union, path));
            if (other != null && !union.required()) {
                byDirectory.put(path.node().id(), new Cover(other.union().withDirectoriesOf(union), other.path()));
            }
            if (other != null && union.required() && other.union().required()) {
                throw new Refusal(
                        Refusal.USAGE,
                        union.origin() + ": " + union.path() + " and "
                                + other.union().path() + " are the same directory of the image: name it once");
            } else if (other != null) {
                notes.add(union.origin() + ": " + union.path() + " is the same directory of the image as "
                        + other.union().path() + ", left out");
            }
        }
        List<Cover> covers = new ArrayList<>(byDirectory.values());
        covers.sort((a, b) ->
                Integer.compare(a.path().names().size(), b.path().names().size()));
        return new Plan(covers, notes);
    }

    private static String fault(String path, FsException e) {
        return switch (e.errno()) {
            case ENOENT -> "the image has no directory " + path;
            case ENOTDIR -> path + " is not a directory in the image";
            case ELOOP -> path + " leads through too many symlinks in the image";
            case ENAMETOOLONG -> path + " has a name of more than 255 bytes";
            default -> path + " cannot be looked up in the image: " + e.getMessage();
        };
    }
}
