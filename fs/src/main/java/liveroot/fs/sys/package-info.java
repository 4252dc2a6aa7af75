/**
 * The only native calls of the house: libc by jffi, jnr-ffi's own lower layer. jnr-ffi proper generates a class for each
 * interface at run time, which takes longer than all the rest of a start.
 *
 * <p>Numbers and struct layouts are those of 64-bit little-endian Linux (x86-64 and arm64 agree in all that is used
 * here).
 */
package liveroot.fs.sys;
