/**
 * ISO 9660 (ECMA-119), levels 1 to 3, with Rock Ridge (IEEE P1282, RRIP), Joliet, zisofs and AAIP. {@link liveroot.fs.iso.Iso}
 * is the tree, {@link liveroot.fs.iso.Volume} says where its parts are. {@link liveroot.fs.iso.DirectoryRecord} knows the byte
 * offsets of records, {@link liveroot.fs.iso.SystemUse} those of the entries behind them.
 *
 * <p>An inode has no place of its own: it is known by the position of its directory record, a directory by that of its "."
 * record, as the Linux kernel does it. Both are below 2 to the 44th. Names of one file (hard links) have several records;
 * {@link liveroot.fs.iso.HardLinks} has one of them stand for all.
 *
 * <p>Locks: none. What is kept is unchangeable, or in Caffeine's and the JDK's concurrent maps.
 */
package liveroot.fs.iso;
