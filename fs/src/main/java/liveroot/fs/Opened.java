package liveroot.fs;

/**
 * An open file.
 *
 * @param handle by which the tree knows this open file
 * @param backing a file descriptor that holds the file's whole data and may be handed to the kernel for passthrough
 *     (it stays the tree's, valid until release), or -1 if reads and writes must come to the tree
 */
public record Opened(long handle, int backing) {}
