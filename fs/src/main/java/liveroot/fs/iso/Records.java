package liveroot.fs.iso;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The records of a directory, one file after the other, each with all of its extents. */
final class Records {

    /** Extents of one file: at almost 4 GiB each, more than any medium has. */
    private static final int MOST_EXTENTS = 4096;

    private final Volume volume;
    private final long end;
    private long at;
    private ByteBuffer sector;
    private long sectorStart = -1;

    /**
     * @param start of a record, or where one may be
     * @param end of the directory
     */
    Records(Volume volume, long start, long end) {
        this.volume = volume;
        this.at = start;
        this.end = end;
    }

    /** Where the next record may be. */
    long position() {
        return at;
    }

    /** The records of the next file; null at the end. */
    List<DirectoryRecord> next() throws IOException {
        DirectoryRecord first = record();
        if (first == null || !first.hasMoreExtents()) {
            return first == null ? null : List.of(first);
        }
        List<DirectoryRecord> all = new ArrayList<>();
        all.add(first);
        for (DirectoryRecord last = first; last.hasMoreExtents(); all.add(last)) {
            last = record();
            if (last == null || !last.name().equals(first.name())) {
                throw volume.sectors()
                        .damage(first.position(), "a file in several extents whose last has no directory record");
            }
            if (all.size() == MOST_EXTENTS) {
                throw volume.sectors().damage(first.position(), "a file in more than " + MOST_EXTENTS + " extents");
            }
        }
        return all;
    }

    private DirectoryRecord record() throws IOException {
        while (at < end) {
            long start = at - at % Sectors.SIZE;
            if (start != sectorStart) {
                int length = (int) Math.min(Sectors.SIZE, end - start);
                sector = volume.sectors().bytes(start, length, "a sector of a directory");
                sectorStart = start;
            }
            DirectoryRecord record = DirectoryRecord.parse(volume.sectors(), sector, (int) (at - start), start);
            if (record != null) {
                at += record.length();
                return record;
            }
            at = start + Sectors.SIZE;
        }
        return null;
    }
}
