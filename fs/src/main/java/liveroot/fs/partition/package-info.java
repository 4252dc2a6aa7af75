/**
 * Partition maps of disks: Apple's ({@link liveroot.fs.partition.ApplePartitionMap}), GUID partition tables ({@link
 * liveroot.fs.partition.GuidPartitionTable}), PC boot records ({@link liveroot.fs.partition.BootRecord}). A partition is a
 * slice of the disk; one that the disk ends before is cut off there, as its file system says best what is missing.
 *
 * <p>Nothing is locked: a map is read once and does not change.
 */
package liveroot.fs.partition;
