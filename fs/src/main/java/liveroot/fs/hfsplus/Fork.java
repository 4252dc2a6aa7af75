package liveroot.fs.hfsplus;

import java.io.IOException;

/**
 * A fork with the extents that did not fit into its record.
 *
 * @param name for messages
 */
record Fork(String name, ForkRecord record, Overflow overflow) {

    /** A fork that has no more extents than its record. */
    static Fork alone(String name, ForkRecord record) {
        return new Fork(name, record, index -> null);
    }

    long size() {
        return record.size();
    }

    /** Eight extents, of which the first begins with block {@code first} of the fork. */
    record More(long first, Extents extents) {}

    /** Where the further extents are. */
    @FunctionalInterface
    interface Overflow {
        /** The record that has block {@code index} of the fork if any has, or null. */
        More containing(long index) throws IOException;
    }
}
