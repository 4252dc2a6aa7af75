package liveroot.launcher;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import liveroot.fs.Errno;
import liveroot.fs.sys.Libc;

/** What java.nio.file says by the class of an exception, in words. */
final class IoErrors {

    private IoErrors() {}

    static String describe(IOException e) {
        if (!(e instanceof FileSystemException f)) {
            return e.getMessage() == null ? e.toString() : e.getMessage();
        }
        String reason = reason(f);
        return f.getFile() == null ? reason : f.getFile() + ": " + reason;
    }

    /** Whether it is for want of permission: EACCES, or EPERM as of a device that a container may not open. */
    static boolean isForbidden(IOException e) {
        return e instanceof AccessDeniedException || (e instanceof FileSystemException f && isOf(f, Errno.EPERM));
    }

    /** Whether the host failed with {@code errno}, which java.nio.file tells by its words, and perhaps adds its own to. */
    static boolean isOf(FileSystemException e, Errno errno) {
        return e.getReason() != null && e.getReason().startsWith(Libc.error(errno.number()));
    }

    private static String reason(FileSystemException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        } else if (e instanceof AccessDeniedException) {
            return "permission denied";
        } else if (e instanceof FileAlreadyExistsException) {
            return "exists already";
        } else if (e instanceof NotDirectoryException) {
            return "not a directory";
        }
        return e.getReason() == null ? e.toString() : e.getReason();
    }
}
