package liveroot.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A file by which a system covers directories when it boots.
 *
 * @param path absolute on that system
 * @param mode permission bits
 * @param content of the file, or the target if it is a symlink
 */
record BootFile(String path, int mode, String content, boolean symlink) {

    /** What starts things on that system. */
    enum Init {
        SYSTEMD("systemd") {
            @Override
            void declare(Files to) throws IOException {
                to.file("/etc/systemd/system/liveroot-cover.service", 0644, "systemd.service");
                to.symlink(
                        "/etc/systemd/system/local-fs.target.wants/liveroot-cover.service",
                        "../liveroot-cover.service");
                to.file("/sbin/mount.fuse.liveroot", 0755, "mount.fuse.liveroot");
            }
        },
        LAUNCHD("launchd") {
            @Override
            void declare(Files to) throws IOException {
                to.file("/System/Library/LaunchDaemons/liveroot.cover.plist", 0644, "launchd.plist");
                to.file("/etc/rc.cdrom.liveroot", 0644, "rc.cdrom.sh");
            }
        },
        RC_D("rc.d") {
            @Override
            void declare(Files to) throws IOException {
                to.file("/etc/rc.d/liveroot_cover", 0755, "rc.d.sh");
            }
        },
        SYSV("sysv") {
            @Override
            void declare(Files to) throws IOException {
                to.file("/etc/init.d/liveroot-cover", 0755, "sysv.sh");
                to.symlink("/etc/rcS.d/S03liveroot-cover", "../init.d/liveroot-cover");
                to.file("/sbin/mount.fuse.liveroot", 0755, "mount.fuse.liveroot");
            }
        };

        private final String word;

        Init(String word) {
            this.word = word;
        }

        abstract void declare(Files to) throws IOException;

        String word() {
            return word;
        }

        static Init of(String word) throws Refusal {
            for (Init init : values()) {
                if (init.word.equals(word)) {
                    return init;
                }
            }
            throw new Refusal(Refusal.USAGE, "no init '" + word + "': there are " + String.join(", ", words()));
        }

        static List<String> words() {
            return List.of(values()).stream().map(init -> init.word).toList();
        }

        /**
         * @param liveroot path of the command there
         * @param java path of the JVM there
         * @param preset what is to be covered
         * @param directories of the preset
         */
        List<BootFile> files(String liveroot, String java, String preset, List<String> directories) throws IOException {
            Files files = new Files(liveroot, java, List.of("--preset", preset), directories);
            declare(files);
            return files.all;
        }
    }

    /** Takes down what an init declares. */
    static final class Files {

        private final String liveroot;
        private final String java;
        private final List<String> arguments;
        private final List<String> directories;
        private final List<BootFile> all = new ArrayList<>();

        private Files(String liveroot, String java, List<String> arguments, List<String> directories) {
            this.liveroot = liveroot;
            this.java = java;
            this.arguments = arguments;
            this.directories = directories;
        }

        private void file(String path, int mode, String template) throws IOException {
            String text;
            try (InputStream in = BootFile.class.getResourceAsStream("boot/" + template)) {
                text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
            String array = arguments.stream()
                    .map(argument -> "\t\t<string>" + argument + "</string>")
                    .collect(Collectors.joining("\n"));
            all.add(new BootFile(
                    path,
                    mode,
                    text.replace("@LIVEROOT@", liveroot)
                            .replace("@JAVA@", java)
                            .replace("@ARGUMENTS@", String.join(" ", arguments))
                            .replace("@DIRECTORIES@", String.join(" ", directories))
                            .replace("@ARRAY@", array),
                    false));
        }

        private void symlink(String path, String target) {
            all.add(new BootFile(path, 0777, target, true));
        }
    }
}
