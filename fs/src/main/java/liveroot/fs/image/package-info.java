/**
 * Tells images apart by their bytes and opens them. The order in which signatures are tried is that of {@link
 * liveroot.fs.image.Signature#ALL}; a format that can be read gets its case in {@link liveroot.fs.image.Images#open}.
 */
package liveroot.fs.image;
