package liveroot.cache;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.MemoryIO;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Memory of mmap(2): address space whose pages take RAM when they are first touched, and whose RAM can be given back page
 * by page. Neither is so of {@link ByteBuffer#allocateDirect}, which writes zeros all over, and over what is used again.
 */
final class MappedMemory {

    /** Bytes of a huge page of x86-64, and of arm64 with pages of 4 KiB; what is mapped begins with one. */
    private static final int HUGE_PAGE = 2 << 20;

    private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

    // sys/mman.h of Linux and of Darwin, which differ in these.
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS = LINUX ? 0x20 : 0x1000;
    private static final int MAP_NORESERVE = LINUX ? 0x4000 : 0x40;
    private static final int MADV_GIVE_BACK = LINUX ? 4 /* MADV_DONTNEED */ : 5 /* MADV_FREE */;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_NOHUGEPAGE = 15;
    private static final long MAP_FAILED = -1;

    private static final Invoker INVOKER = Invoker.getInstance();
    private static final MemoryIO MEMORY = MemoryIO.getInstance();

    private static final long MMAP = symbol("mmap");
    private static final long MUNMAP = symbol("munmap");
    private static final long MADVISE = symbol("madvise");
    private static final CallContext TWO = words(2);
    private static final CallContext THREE = words(3);
    private static final CallContext SIX = words(6);

    private MappedMemory() {}

    private static long symbol(String name) {
        long address = Library.getDefault().getSymbolAddress(name);
        if (address == 0) {
            throw new UnsatisfiedLinkError("the C library has no " + name);
        }
        return address;
    }

    /** Arguments and result as 64-bit words, as the calling conventions of x86-64 and arm64 allow for any of these. */
    private static CallContext words(int count) {
        Type[] words = new Type[count];
        Arrays.fill(words, Type.SINT64);
        return CallContext.getCallContext(Type.SINT64, words, CallingConvention.DEFAULT, false);
    }

    /**
     * Zeros, to be given back by {@link #unmap}.
     *
     * @param huge whether RAM may come 2 MiB at a time, where the host does so (transparent huge pages): then the first
     *     touch of a piece costs a hundredth, but takes all that lies in the same 2 MiB
     * @throws OutOfMemoryError if the host has no such address space
     */
    static ByteBuffer map(int length, boolean huge) {
        // Kernels before Linux 6.7 put a mapping anywhere, so the part that begins with a huge page is cut out of more.
        long whole = (long) length + HUGE_PAGE;
        long address = INVOKER.invokeL6(
                SIX, MMAP, 0, whole, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (address == MAP_FAILED) {
            throw new OutOfMemoryError("no " + whole + " bytes of address space");
        }
        long start = (address + HUGE_PAGE - 1) & -HUGE_PAGE;
        unmap(address, start - address);
        unmap(start + length, address + HUGE_PAGE - start);
        if (huge && LINUX) {
            INVOKER.invokeL3(THREE, MADVISE, start, length, MADV_HUGEPAGE); // a kernel without them refuses: no loss
        }
        return MEMORY.newDirectByteBuffer(start, length);
    }

    /**
     * Gives back the RAM of a part of what was mapped. It can be used again; its content is lost. Where the host's pages
     * are larger than the part, it keeps its RAM. The huge pages that it lies in are no more from now on: else khugepaged
     * would fill the gap (max_ptes_none of transparent huge pages).
     */
    static void discard(ByteBuffer part) {
        long address = MEMORY.getDirectBufferAddress(part);
        long end = address + part.capacity();
        if (LINUX) {
            long start = address & -HUGE_PAGE;
            long length = ((end + HUGE_PAGE - 1) & -HUGE_PAGE) - start;
            INVOKER.invokeL3(THREE, MADVISE, start, length, MADV_NOHUGEPAGE);
        }
        INVOKER.invokeL3(THREE, MADVISE, address, end - address, MADV_GIVE_BACK);
    }

    /** Gives back all that {@link #map} gave. Nobody may touch it, or a slice of it, from now on. */
    static void unmap(ByteBuffer mapped) {
        unmap(MEMORY.getDirectBufferAddress(mapped), mapped.capacity());
    }

    private static void unmap(long address, long length) {
        if (length > 0) {
            INVOKER.invokeL2(TWO, MUNMAP, address, length);
        }
    }
}
