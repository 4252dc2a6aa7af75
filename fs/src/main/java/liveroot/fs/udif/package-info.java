/**
 * Apple's disk images: UDIF (.dmg), one file or segments. {@link liveroot.fs.udif.Udif} is the container; {@link
 * liveroot.fs.udif.Koly} the trailer, {@link liveroot.fs.udif.BlockTable} a partition's list of runs, {@link
 * liveroot.fs.udif.Runs} all of them in one order, {@link liveroot.fs.udif.UdifDisk} the unpacked disk. There is no
 * specification by Apple; facts are from documentation of libmodi and keramics, and from real images.
 *
 * <p>A run is unpacked whole, through the block cache, so memory is bounded by {@link liveroot.fs.udif.Runs#LARGEST}; the lists are
 * bounded by {@link liveroot.fs.udif.TableReader#LARGEST}.
 *
 * <p>Locks: none. All is fixed when the image is open, but for the places of recent readers in {@link
 * liveroot.fs.udif.UdifDisk}, which only steer what is unpacked ahead.
 */
package liveroot.fs.udif;
