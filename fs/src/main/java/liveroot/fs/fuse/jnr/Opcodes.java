package liveroot.fs.fuse.jnr;

/** Requests that callbacks tell apart: enum fuse_opcode of linux/fuse.h. */
final class Opcodes {

    static final int LOOKUP = 1;
    static final int GETATTR = 3;
    static final int UNLINK = 10;
    static final int RELEASE = 18;

    private Opcodes() {}
}
