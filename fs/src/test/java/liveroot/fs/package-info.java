/**
 * What the tests of all formats share. {@link liveroot.fs.MemoryTree} is a tree to put things on; {@code SharedImages} finds
 * real images that are not part of the project.
 *
 * <p><b>Hostile bytes.</b> {@link liveroot.fs.DamagedBytes} opens bytes, walks what they hold and reads all of it, and insists
 * that whatever goes wrong is refused with the place in the message and that no memory is lost. A format has two uses for it:
 * a test {@code DamagedXTest} that calls {@code DamagedBytes.cutAndFlip(image, cuts, flips, DamagedBytes.tree(X::open))}, with
 * the places of tables if most of an image is data; and a fuzz target in a class {@code XFuzzTest} of its package:
 *
 * <pre>
 *   &#64;FuzzTest(maxDuration = "1h")
 *   void x(byte[] image) {
 *       DamagedBytes.read(image, DamagedBytes.tree(X::open));
 *   }
 * </pre>
 *
 * Its corpus is the files in {@code src/test/resources}, in {@code liveroot/fs/.../XFuzzTestInputs/x/}: a small image of each
 * kind (a few KiB), and every input that ever found a fault. The build only runs the targets on that, in a JVM of their own.
 * To search, for the duration that is set at each target: {@code JAZZER_FUZZ=1 mvn -pl fs -am test -Dtest='XFuzzTest#x'
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
package liveroot.fs;
