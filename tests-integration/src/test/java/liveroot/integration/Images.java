package liveroot.integration;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Source trees and the images of them, each made once. */
final class Images {

    private static final Map<String, Path> MADE = new ConcurrentHashMap<>();

    private Images() {}

    /** A tree with everything that SquashFS can hold. */
    static Path sourceTree() {
        Host.needs("setfattr", "perl");
        return tree("source-tree.sh");
    }

    /** A directory filled by a script of the test resources. */
    static Path tree(String script) {
        return tree(script, "");
    }

    /** @param argument the script's $2 */
    static Path tree(String script, String argument) {
        return MADE.computeIfAbsent(script + " " + argument, s -> {
            Path directory = Workspace.path(script.replace(".sh", ""));
            Command.of("bash", "-c", resource(script), script, directory.toString(), argument)
                    .within(Duration.ofMinutes(2))
                    .ok();
            return directory;
        });
    }

    /** The image of {@link #sourceTree} by a recipe. */
    static Path of(SquashfsRecipe recipe) {
        return of(recipe, sourceTree());
    }

    static Path of(SquashfsRecipe recipe, Path tree) {
        Host.needs(recipe.program());
        return MADE.computeIfAbsent(recipe.name() + " of " + tree, n -> {
            Path image = Workspace.path(recipe.name() + ".sqfs");
            Command.bash(recipe.command())
                    .with("SRC", tree.toString())
                    .with("OUT", image.toString())
                    .within(Duration.ofMinutes(5))
                    .ok();
            return image;
        });
    }

    static String sha256(Path file) {
        return Command.of("sha256sum", "-b", "--", file.toString()).ok().substring(0, 64);
    }

    /** A resource as a file of that name, in a directory of its own. */
    static Path file(String resource) {
        return MADE.computeIfAbsent("file " + resource, n -> {
            Path file = Workspace.directory("file").resolve(resource);
            try {
                return Files.writeString(file, resource(resource));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static String resource(String name) {
        try (InputStream in = Images.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
