package liveroot.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@link BootFile}s at their places in a tree. They are written together, all or none. */
final class BootFiles {

    private final Map<Path, BootFile> places = new LinkedHashMap<>();

    /** What has been made, in that order: directories, drafts, files. */
    private final List<Path> made = new ArrayList<>();

    /** @throws Refusal if a place cannot be told */
    BootFiles(List<BootFile> files, SystemRoot root) throws Refusal {
        for (BootFile file : files) {
            Path path = Path.of(file.path());
            places.put(root.resolve(path.getParent().toString()).resolve(path.getFileName()), file);
        }
    }

    /** In the order in which they are declared. */
    List<Path> places() {
        return List.copyOf(places.keySet());
    }

    /**
     * Whether it is there as it is to be.
     *
     * @throws Refusal if something else is
     */
    boolean isThere(Path place) throws Refusal {
        BootFile file = places.get(place);
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            if (file.symlink() == Files.isSymbolicLink(place)
                    && content(place, file).equals(file.content())) {
                // One that has lost its mode is written again.
                return file.symlink() || Files.getPosixFilePermissions(place).equals(permissions(file.mode()));
            }
        } catch (IOException e) {
            // Something else altogether.
        }
        throw new Refusal(
                Refusal.CANNOT_CREATE,
                place + " is there already with another content: remove it first, nothing has been written");
    }

    private static String content(Path place, BootFile file) throws IOException {
        return file.symlink()
                ? Files.readSymbolicLink(place).toString()
                : Files.readString(place, StandardCharsets.UTF_8);
    }

    /** Each is whole or not there at any time: the system may boot from it next. */
    void write(List<Path> which) throws Refusal {
        Path at = null;
        try {
            for (Path place : which) {
                at = place;
                draft(place, places.get(place));
            }
            for (Path place : which) {
                at = place;
                boolean isNew = !Files.exists(place, LinkOption.NOFOLLOW_LINKS);
                Files.move(draft(place), place, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
                if (isNew) {
                    made.add(place);
                }
            }
        } catch (IOException e) {
            takeBack();
            throw new Refusal(
                    IoErrors.isForbidden(e) ? Refusal.PERMISSION : Refusal.CANNOT_CREATE,
                    at + " cannot be written: " + IoErrors.describe(e) + "; nothing has been written");
        }
    }

    private static Path draft(Path place) {
        return place.resolveSibling("." + place.getFileName() + ".draft");
    }

    private void draft(Path place, BootFile file) throws IOException {
        makeDirectory(place.getParent());
        Path draft = draft(place);
        Files.deleteIfExists(draft);
        made.add(draft);
        if (file.symlink()) {
            Files.createSymbolicLink(draft, Path.of(file.content()));
        } else {
            Files.writeString(draft, file.content(), StandardCharsets.UTF_8);
            Files.setPosixFilePermissions(draft, permissions(file.mode()));
        }
    }

    private void makeDirectory(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            makeDirectory(directory.getParent());
            Files.createDirectory(directory);
            made.add(directory);
        }
    }

    private void takeBack() {
        for (int i = made.size() - 1; i >= 0; i--) {
            try {
                Files.deleteIfExists(made.get(i));
            } catch (IOException e) {
                // Somebody else has put something there, or it is gone with its medium.
            }
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values();
        for (int i = 0; i < all.length; i++) {
            // From owner-read on, as the bits of a mode from 0400 on.
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(all[i]);
            }
        }
        return permissions;
    }
}
