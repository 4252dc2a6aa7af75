package liveroot.launcher;

import java.util.ArrayList;
import java.util.List;

/** Sets of unions that live systems are known to need. */
enum Preset {
    /** The RAM disks of Darwin's rc.cdrom: hdik ram://N counts 512-byte sectors. */
    RC_CDROM("rc.cdrom") {
        @Override
        void declare(Declarations to) throws Refusal {
            to.union("/Volumes", "1024s");
            to.union("/var/tmp", "1024s");
            to.union("/var/run", "1024s");
            to.union("/var/db", "1024s", new Union.NewDirectory("mds", 01777));
            to.union("/Library/Preferences", "1024s");
            to.union("/Library/ColorSync/Profiles/Displays", "2048s");
        }
    },
    /** The mfs lines of a NetBSD live CD's fstab, whose -s counts 512-byte sectors. */
    NETBSD("netbsd") {
        @Override
        void declare(Declarations to) throws Refusal {
            to.union("/tmp", "262144s");
            to.union("/home", "262144s");
            to.union("/var", "262144s");
            to.union("/root", "262144s");
            to.union("/etc", "1m");
        }
    },
    /** What a Debian live root writes to: 47 % of RAM in all. */
    LINUX("linux") {
        @Override
        void declare(Declarations to) throws Refusal {
            to.union("/etc", "2%");
            to.union("/home", "10%");
            to.union("/root", "5%");
            to.union("/run", "5%");
            to.union("/tmp", "10%");
            to.union("/var", "15%");
        }
    };

    private final String word;

    Preset(String word) {
        this.word = word;
    }

    abstract void declare(Declarations to) throws Refusal;

    /** The preset that {@code --preset} names. */
    static Preset of(String word) throws Refusal {
        for (Preset preset : values()) {
            if (preset.word.equals(word)) {
                return preset;
            }
        }
        throw new Refusal(Refusal.USAGE, "no preset '" + word + "': there are " + String.join(", ", words()));
    }

    static List<String> words() {
        List<String> words = new ArrayList<>();
        for (Preset preset : values()) {
            words.add(preset.word);
        }
        return words;
    }

    /** @param memory bytes of RAM */
    List<Union> unions(long memory) throws Refusal {
        Declarations declarations = new Declarations("preset " + word, memory);
        declare(declarations);
        return declarations.unions;
    }

    /** Takes down what a preset declares. */
    static final class Declarations {

        private final String origin;
        private final long memory;
        private final List<Union> unions = new ArrayList<>();

        private Declarations(String origin, long memory) {
            this.origin = origin;
            this.memory = memory;
        }

        private void union(String path, String size, Union.NewDirectory... directories) throws Refusal {
            unions.add(new Union(
                    path,
                    Size.parse(origin, size, memory),
                    0,
                    Union.Options.NONE,
                    List.of(directories),
                    Union.Root.COVERED,
                    origin,
                    false));
        }
    }
}
