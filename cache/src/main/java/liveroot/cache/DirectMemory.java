package liveroot.cache;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;

/** Frees direct memory without waiting for the garbage collector: sun.misc.Unsafe.invokeCleaner of jdk.unsupported. */
public final class DirectMemory {

    private static final MethodHandle INVOKE_CLEANER = invokeCleaner();

    private DirectMemory() {}

    private static MethodHandle invokeCleaner() {
        try {
            Class<?> unsafe = Class.forName("sun.misc.Unsafe");
            Field instance = unsafe.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return MethodHandles.lookup()
                    .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .bindTo(instance.get(null));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Returns the memory of a buffer made by {@code allocateDirect}, which nobody may touch from now on. */
    public static void free(ByteBuffer memory) {
        try {
            INVOKE_CLEANER.invoke(memory);
        } catch (Throwable e) {
            throw new IllegalStateException("direct memory cannot be freed", e);
        }
    }
}
