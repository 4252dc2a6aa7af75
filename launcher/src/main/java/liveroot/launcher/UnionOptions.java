package liveroot.launcher;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The options of a union as they come, from the fourth field of an fstab or from behind the path of {@code --union}. */
final class UnionOptions {

    /** All of them, for help and for those who err. */
    static final String KNOWN =
            "rw, ro, suid, nosuid, dev, nodev, exec, noexec, relatime, noatime, size=, -s= (512-byte"
                    + " sectors), nr_inodes=, mkdir=NAME[:MODE] (0755), mode=, uid=, gid=, compress=on or off";

    /** What is for others, or says what a union is anyway. */
    static final String IGNORED = "union, defaults, auto, noauto, nofail, _netdev and x-...";

    private final String origin;
    private final long memory;
    private final Set<String> given = new HashSet<>();
    private final List<Union.NewDirectory> directories = new ArrayList<>();
    private final EnumSet<Union.Flag> flags = EnumSet.noneOf(Union.Flag.class);
    private long size;
    private long inodes;
    private boolean compress;
    private int mode = -1;
    private int uid = -1;
    private int gid = -1;
    private boolean behindPath;

    /**
     * @param origin for messages
     * @param memory bytes of RAM
     */
    UnionOptions(String origin, long memory) {
        this.origin = origin;
        this.memory = memory;
    }

    /** That these follow a path at commas: one of the path's own may have been taken for such. */
    UnionOptions behindPath() {
        behindPath = true;
        return this;
    }

    void add(String option) throws Refusal {
        if (option.isEmpty()) {
            throw new Refusal(Refusal.USAGE, origin + ": an option is empty: there is a comma too many");
        }
        if (option.startsWith("x-") || option.startsWith("X-")) {
            // Meant for other programs, see mount(8).
            return;
        }
        int equals = option.indexOf('=');
        if (equals < 0) {
            flag(option);
            return;
        }
        String value = option.substring(equals + 1);
        String name = option.substring(0, equals);
        if (!name.equals("mkdir") && !given.add(name.equals("-s") ? "size" : name)) {
            throw new Refusal(Refusal.USAGE, origin + ": '" + option + "' comes after another " + name + "=");
        }
        switch (name) {
            case "size" -> size = Size.parse(origin, value, memory);
            // mount_mfs(8): 512-byte sectors, unless it bears a unit.
            case "-s" -> size = Size.parse(origin, value.matches("[0-9]+") ? value + "s" : value, memory);
            case "nr_inodes" -> inodes = inodes(option, value);
            case "mode" -> mode = number(option, value, 8, 07777);
            case "uid" -> uid = number(option, value, 10, Integer.MAX_VALUE);
            case "gid" -> gid = number(option, value, 10, Integer.MAX_VALUE);
            case "mkdir" -> directories.add(directory(option, value));
            case "compress" -> compress = isOn(option, value);
            default -> throw unknown(option);
        }
    }

    /** The last of a pair counts, as with mount(8). */
    private void flag(String option) throws Refusal {
        switch (option) {
            case "union", "defaults", "auto", "noauto", "nofail", "_netdev" -> {
                // NetBSD's way to say that the directory below shows through, as it always does in a union, and what
                // tells mount -a and the like when to mount.
            }
            case "strictatime" ->
                throw new Refusal(
                        Refusal.USAGE,
                        origin + ": strictatime cannot be had: the kernel reads most of a union without a word to the"
                                + " daemon. Take relatime or noatime");
            default -> {
                Union.Flag flag = Union.Flag.of(option);
                if (flag == null) {
                    throw unknown(option);
                }
                flags.remove(flag.opposite());
                flags.add(flag);
            }
        }
    }

    private Refusal unknown(String option) {
        return new Refusal(
                Refusal.USAGE,
                origin + ": unknown option '" + option + "': known are " + KNOWN + "; " + IGNORED
                        + " say nothing here"
                        + (behindPath ? "; a comma that is the path's own is written \\054" : ""));
    }

    private boolean isOn(String option, String value) throws Refusal {
        if (!value.equals("on") && !value.equals("off")) {
            throw new Refusal(Refusal.USAGE, origin + ": '" + option + "' has to be compress=on or compress=off");
        }
        return value.equals("on");
    }

    /** tmpfs(5) counts in units of 1024, too. */
    private long inodes(String option, String value) throws Refusal {
        int unit = value.isEmpty() ? -1 : "kmg".indexOf(Character.toLowerCase(value.charAt(value.length() - 1)));
        int shift = 10 * (unit + 1);
        String digits = unit < 0 ? value : value.substring(0, value.length() - 1);
        long inodes = (long) number(option, digits, 10, Integer.MAX_VALUE >> shift) << shift;
        if (inodes == 0) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": '" + option
                            + "' is no limit to tmpfs, and there has to be one here: leave it out for one"
                            + " inode per 4 KiB, or give a number");
        }
        return inodes;
    }

    private int number(String option, String value, int radix, int most) throws Refusal {
        try {
            int number = Integer.parseInt(value, radix);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new Refusal(
                Refusal.USAGE,
                origin + ": '" + option + "' needs a number from 0 to " + Integer.toString(most, radix)
                        + (radix == 8 ? " in octal" : ""));
    }

    private Union.NewDirectory directory(String option, String value) throws Refusal {
        int colon = value.lastIndexOf(':');
        String name = UnionsFile.unescape(colon < 0 ? value : value.substring(0, colon));
        int bits = colon < 0 ? 0755 : number(option, value.substring(colon + 1), 8, 07777);
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/")) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": '" + option + "' needs the name of a directory to make in the union,"
                            + " as in mkdir=mds:1777");
        }
        return new Union.NewDirectory(name, bits);
    }

    /** Refuses all but a size and a number of inodes, which alone can change while a union is mounted. */
    void refuseAllButLimits() throws Refusal {
        Set<String> others = new HashSet<>(given);
        others.removeAll(List.of("size", "nr_inodes"));
        flags.forEach(flag -> others.add(flag.name().toLowerCase(Locale.ROOT)));
        if (!others.isEmpty() || !directories.isEmpty()) {
            throw new Refusal(
                    Refusal.USAGE,
                    origin + ": "
                            + (others.isEmpty() ? "mkdir" : others.iterator().next())
                            + " cannot change here, only the size and nr_inodes= can; mount -i -o remount changes ro, nosuid"
                            + " and the like");
        }
    }

    /** @param origin for messages about the union as a whole */
    Union union(String path, String origin) {
        return new Union(
                path,
                size,
                inodes,
                new Union.Options(Set.copyOf(flags), compress),
                List.copyOf(directories),
                new Union.Root(mode, uid, gid),
                origin,
                true);
    }
}
