package liveroot.fs.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.util.Arrays;

/** A library that the host may have, with the functions that are wanted of it; it stays loaded for the life of the process. */
final class HostLibrary {

    /** Null if there is none. */
    private final Library library;

    private boolean complete = true;

    /** @param name as dlopen(3) takes it */
    HostLibrary(String name) {
        library = Library.getCachedInstance(name, Library.NOW | Library.LOCAL);
    }

    /** The address of a function; 0 if it, or the library, is not there. */
    long symbol(String name) {
        long address = library == null ? 0 : library.getSymbolAddress(name);
        complete &= address != 0;
        return address;
    }

    /** Whether every function asked for so far is there. */
    boolean isComplete() {
        return complete;
    }

    /** How a function is called that takes so many 64-bit words and answers one. */
    static CallContext words(int count) {
        Type[] words = new Type[count];
        Arrays.fill(words, Type.SINT64);
        return CallContext.getCallContext(Type.SINT64, words, CallingConvention.DEFAULT, false);
    }
}
