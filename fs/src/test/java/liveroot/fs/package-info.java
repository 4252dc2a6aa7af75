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
 * kind (made by the format's own tools, without checksums where the format lets one leave them out; a target makes those good
 * that are always there), and every input that ever found a fault. The build only runs the targets on that, in a JVM of their
 * own.
 *
 * <p>To search, for the duration that is set at each target: {@code JAZZER_FUZZ=1 mvn -pl fs -am test -Dtest='XFuzzTest#x'
 * -Dsurefire.failIfNoSpecifiedTests=false -DargLine='-Xmx256m -XX:MaxDirectMemorySize=128m'}. These are the bounds: a target
 * that takes more memory ends with an OutOfMemoryError, and one whose thread works for more than a second on one input fails
 * ({@link liveroot.fs.DamagedBytes}). Inputs that are found lie in {@code .cifuzz-corpus}, faults beside the kept corpus.
 * docs/fuzzing.md has what was searched so far.
 */
package liveroot.fs;
