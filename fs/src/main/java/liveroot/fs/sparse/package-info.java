/**
 * Apple's sparse disk images: one file ({@link liveroot.fs.sparse.SparseImage}) or a folder with a file for each band
 * ({@link liveroot.fs.sparse.SparseBundle}). Facts are from the documentation of libmodi. Bands that were never written are
 * zeros. Nothing is locked: all is fixed when the image is open.
 */
package liveroot.fs.sparse;
