/**
 * The file-system contract: {@link liveroot.fs.FileTree} and the values that pass through it. Image formats implement it,
 * fronts mount it, and neither knows the other.
 */
package liveroot.fs;
