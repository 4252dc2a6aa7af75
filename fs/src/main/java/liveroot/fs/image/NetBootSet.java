package liveroot.fs.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import liveroot.cache.Block;
import liveroot.cache.BlockCache;
import liveroot.cache.BlockSource;
import liveroot.fs.BadImageException;
import liveroot.fs.PropertyList;

/**
 * A folder X.nbi that a NetBoot server hands out.
 *
 * @param rootPath of the disk image, relative to the folder, without ".."
 */
public record NetBootSet(String rootPath) {

    /** The file that describes the set, an XML or binary property list. */
    public static final String INFO = "NBImageInfo.plist";

    private static final int LARGEST = 1 << 20;

    /**
     * Reads the description.
     *
     * @param plist the bytes of {@link #INFO}
     * @throws BadImageException if it is none, or names no image within its folder
     */
    public static NetBootSet read(BlockSource plist, BlockCache cache) throws IOException {
        if (plist.size() > LARGEST) {
            throw new BadImageException(
                    plist.name(), 0, "a property list of " + plist.size() + " bytes, more than " + LARGEST);
        }
        byte[] bytes = new byte[(int) plist.size()];
        Block memory = cache.take(Math.max(1, bytes.length));
        try {
            ByteBuffer content = memory.slice(0, bytes.length);
            plist.read(0, content);
            memory.slice(0, bytes.length).get(bytes);
        } finally {
            memory.release();
        }
        String path = PropertyList.read(bytes, plist.name()).string("RootPath");
        if (path == null) {
            throw new BadImageException(
                    plist.name(), 0, "a NetBoot set's description names its disk image by RootPath; there is none");
        }
        for (String name : path.split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf(0) >= 0) {
                throw new BadImageException(
                        plist.name(), 0, "RootPath is to be a path within the set's folder, found '" + path + "'");
            }
        }
        return new NetBootSet(path);
    }
}
