package liveroot.fs.fuse.jnr;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.util.Arrays;
import java.util.List;

/**
 * The functions of libfuse 2.9 that a mount needs (fuse.h and fuse_lowlevel.h of 2.9.9), called by address. They are
 * called one by one rather than through fuse_main because that takes over the process' signal handlers, serves one mount
 * a process, and starts threads that Java does not know.
 */
final class LibFuse2 {

    static final boolean LINUX = System.getProperty("os.name").equals("Linux");
    static final boolean DARWIN = System.getProperty("os.name").startsWith("Mac");

    /** By the names that only libfuse 2 has: libfuse 3's calls have the same names and other arguments. */
    private static final List<String> NAMES = DARWIN
            ? List.of("/usr/local/lib/libfuse.2.dylib", "libfuse.2.dylib", "/usr/local/lib/libosxfuse.2.dylib")
            : List.of("libfuse.so.2");

    private static final Invoker INVOKER = Invoker.getInstance();

    /** Each argument and the result as one 64-bit word: so integers and pointers are passed on LP64 hosts. */
    private static final CallContext[] WORDS = new CallContext[6];

    static {
        for (int n = 0; n < WORDS.length; n++) {
            Type[] parameters = new Type[n];
            Arrays.fill(parameters, Type.SINT64);
            WORDS[n] = CallContext.getCallContext(Type.SINT64, parameters, CallingConvention.DEFAULT, true);
        }
    }

    private static final int RTLD_NOW = 2;

    private final Library library;
    private final long mount;
    private final long channelOf;
    private final long unmount;
    private final long create;
    private final long destroy;
    private final long session;
    private final long nextChannel;
    private final long bufferSize;
    private final long exited;
    private final long receive;
    private final long process;
    private final long context;
    private final long freeArguments;

    private LibFuse2(Library library) {
        this.library = library;
        mount = symbol("fuse_mount", "FUSE_2.6");
        channelOf = symbol("fuse_kern_chan_new");
        unmount = symbol("fuse_unmount", "FUSE_2.6");
        create = symbol("fuse_new", "FUSE_2.6");
        destroy = symbol("fuse_destroy");
        session = symbol("fuse_get_session");
        nextChannel = symbol("fuse_session_next_chan");
        bufferSize = symbol("fuse_chan_bufsize");
        exited = symbol("fuse_session_exited");
        receive = symbol("fuse_session_receive_buf");
        process = symbol("fuse_session_process_buf");
        context = symbol("fuse_get_context", "FUSE_2.8");
        freeArguments = symbol("fuse_opt_free_args");
    }

    /** @throws UnsatisfiedLinkError if there is no usable libfuse 2; the message says what to do */
    static LibFuse2 load() {
        Library library = null;
        for (String name : NAMES) {
            library = Library.getCachedInstance(name, Library.NOW | Library.LOCAL);
            if (library != null) {
                break;
            }
        }
        if (library == null) {
            throw new UnsatisfiedLinkError(
                    DARWIN
                            ? "libfuse 2 was not found (" + NAMES + "): install macFUSE"
                            : "libfuse 2 was not found (libfuse.so.2): install it (Debian and Ubuntu: libfuse2;"
                                    + " Fedora: fuse-libs; Arch and Alpine: fuse2 or fuse); libfuse 3 does not serve");
        }
        long version = library.getSymbolAddress("fuse_version");
        int found = version == 0 ? 0 : (int) INVOKER.invokeL0(WORDS[0], version);
        if (found != 29) {
            throw new UnsatisfiedLinkError("libfuse says that its version is " + found / 10 + "." + found % 10
                    + "; this front needs 2.9: install libfuse2 2.9");
        }
        return new LibFuse2(library);
    }

    private long symbol(String name) {
        long address = library.getSymbolAddress(name);
        if (address == 0) {
            throw new UnsatisfiedLinkError("libfuse 2 has no " + name + ": install libfuse2 2.9");
        }
        return address;
    }

    /**
     * A function that libfuse has in several versions (fuse_versionscript). dlsym may find an old one, of other arguments,
     * as it does for fuse_new; only glibc can be asked for one of them.
     */
    private long symbol(String name, String version) {
        long versioned = Library.getDefault().getSymbolAddress("dlvsym");
        if (DARWIN || versioned == 0) {
            return symbol(name);
        }
        long handle = call("dlopen", NAMES.get(0), RTLD_NOW);
        try (NativeArguments strings = new NativeArguments()) {
            long address = INVOKER.invokeL3(WORDS[3], versioned, handle, strings.string(name), strings.string(version));
            if (address == 0) {
                throw new UnsatisfiedLinkError(
                        "libfuse 2 has no " + name + " of version " + version + ": install libfuse2 2.9");
            }
            return address;
        }
    }

    private static long call(String function, String text, int number) {
        try (NativeArguments strings = new NativeArguments()) {
            long address = Library.getDefault().getSymbolAddress(function);
            return INVOKER.invokeL2(WORDS[2], address, strings.string(text), number);
        }
    }

    /**
     * struct fuse_chan *fuse_mount(const char *mountpoint, struct fuse_args *args). Takes the options it knows out of
     * the arguments.
     *
     * @return 0 if it failed; what libfuse had to say is on standard error
     */
    long mount(long directory, long arguments) {
        return INVOKER.invokeL2(WORDS[2], mount, directory, arguments);
    }

    /** struct fuse_chan *fuse_kern_chan_new(int fd): the channel of a descriptor of /dev/fuse that is mounted already. */
    long channelOf(int descriptor) {
        return INVOKER.invokeL1(WORDS[1], channelOf, descriptor);
    }

    /** Closes the channel; detaches the mount too if the kernel has not ended it yet. */
    void unmount(long directory, long channel) {
        INVOKER.invokeL2(WORDS[2], unmount, directory, channel);
    }

    /** struct fuse *fuse_new(chan, args, const struct fuse_operations *op, size_t op_size, void *user_data). */
    long create(long channel, long arguments, long operations, long operationsSize) {
        return INVOKER.invokeL5(WORDS[5], create, channel, arguments, operations, operationsSize, 0);
    }

    void destroy(long fuse) {
        INVOKER.invokeL1(WORDS[1], destroy, fuse);
    }

    long session(long fuse) {
        return INVOKER.invokeL1(WORDS[1], session, fuse);
    }

    long channel(long session) {
        return INVOKER.invokeL2(WORDS[2], nextChannel, session, 0);
    }

    /** Bytes of the largest request. */
    int bufferSize(long channel) {
        return (int) INVOKER.invokeL1(WORDS[1], bufferSize, channel);
    }

    boolean exited(long session) {
        return (int) INVOKER.invokeL1(WORDS[1], exited, session) != 0;
    }

    /**
     * Waits for a request.
     *
     * @param buffer address of a struct fuse_buf that says where it may be put
     * @param channel address of a word that holds the channel
     * @return its length, 0 if the mount has ended, or a negative errno
     */
    int receive(long session, long buffer, long channel) {
        return (int) INVOKER.invokeL3(WORDS[3], receive, session, buffer, channel);
    }

    /** Serves a request: this is where the callbacks are called from. */
    void process(long session, long buffer, long channel) {
        INVOKER.invokeL3(WORDS[3], process, session, buffer, channel);
    }

    /** Address of the struct fuse_context of the request that this thread serves. */
    long context() {
        return INVOKER.invokeL0(WORDS[0], context);
    }

    void freeArguments(long arguments) {
        INVOKER.invokeL1(WORDS[1], freeArguments, arguments);
    }
}
