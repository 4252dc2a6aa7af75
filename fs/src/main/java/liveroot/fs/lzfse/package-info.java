/**
 * Unpacks LZFSE and LZVN, Apple's codecs of disk images and compressed files, from direct memory into direct memory. No
 * Java library that can be had does. Facts of the formats are from Apple's reference implementation (github.com/lzfse/lzfse,
 * BSD) and from docs/formats/src/{lzfse,lzvn}.md of keramics.
 *
 * <p>No locks: nothing is shared but constant tables.
 */
package liveroot.fs.lzfse;
