package liveroot.launcher;

import java.util.HashMap;
import java.util.Map;
import liveroot.fs.Errno;
import liveroot.fs.FsException;
import liveroot.fs.Name;

/** The symlinks that {@link Passages} shows in place of sockets and fifos, as long as the kernel knows them. */
final class PassageLinks {

    /**
     * What a link says.
     *
     * @param socket id of the socket or fifo that it leads to
     * @param depth of the directory that holds the name: how many steps up lead to the union's root
     * @param owner of that directory
     * @param name that it is found by there
     * @param generation see {@link #renew}
     */
    record Link(long socket, int depth, int owner, Name name, long generation) {}

    private static final class Known {
        final Link link;
        long lookups;

        Known(Link link) {
            this.link = link;
        }
    }

    private final long first;
    private final Map<Long, Known> known = new HashMap<>();
    private final Map<Link, Long> ids = new HashMap<>();
    private long made;
    private long generation;

    /** @param first id; the others count from there */
    PassageLinks(long first) {
        this.first = first;
    }

    /** The id of a link, which counts as one lookup of it. */
    synchronized long lookup(long socket, int depth, int owner, Name name) {
        Link link = new Link(socket, depth, owner, name, generation);
        long id = ids.computeIfAbsent(link, isNew -> first + made++);
        known.computeIfAbsent(id, isNew -> new Known(link)).lookups++;
        return id;
    }

    /** @throws FsException ESTALE if there is none of that id */
    synchronized Link get(long id) throws FsException {
        Known one = known.get(id);
        if (one == null) {
            throw new FsException(Errno.ESTALE);
        }
        return one.link;
    }

    /** The kernel keeps what a symlink has said once: the next lookup gets another one. */
    synchronized void spend(long id) {
        Known one = known.get(id);
        if (one != null) {
            ids.remove(one.link, id);
        }
    }

    /** Gives lookups back. */
    synchronized void forget(long id, long lookups) {
        Known one = known.get(id);
        if (one != null) {
            one.lookups -= lookups;
            if (one.lookups <= 0) {
                known.remove(id);
                ids.remove(one.link, id);
            }
        }
    }

    /** The kernel keeps the targets of symlinks: once they have led to nothing there must be others. */
    synchronized void renew() {
        generation++;
    }
}
