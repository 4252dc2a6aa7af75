"""System calls for the cases of SystemCallTest, which begin with: from calls import *"""
import contextlib
import ctypes
import errno
import fcntl
import mmap
import os
import signal
import socket
import stat
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NOREPLACE, EXCHANGE, WHITEOUT = 1, 2, 4
KEEP_SIZE, PUNCH_HOLE, COLLAPSE_RANGE, ZERO_RANGE, INSERT_RANGE = 1, 2, 8, 16, 32
NOW, OMIT = (1 << 30) - 1, (1 << 30) - 2
F_OFD_GETLK, F_OFD_SETLK = 36, 37


def call(function, *arguments):
    """A function of libc; paths as text, numbers as 64 bits."""
    given = [os.fsencode(a) if isinstance(a, str) else ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    LIBC[function].restype = ctypes.c_long
    result = LIBC[function](*given)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def said(what, function, *arguments, **named):
    """Prints what a call returned, or its errno."""
    try:
        result = function(*arguments, **named)
    except OSError as e:
        result = errno.errorcode[e.errno]
    print(f"{what}: {result}", flush=True)
    return result


def rename(path, to, flags=0):
    call("renameat2", -100, path, -100, to, flags)


def fallocate(file, mode, offset, length):
    call("fallocate", file, mode, offset, length)


def utimens(path, atime, mtime):
    """Times as (seconds, nanoseconds); nanoseconds may be NOW or OMIT."""
    call("utimensat", -100, path, (ctypes.c_long * 4)(*atime, *mtime), 0x100)


def linked(file, path):
    """Gives an open file a name."""
    call("linkat", -100, f"/proc/self/fd/{file}", -100, path, 0x400)


def opened(path, flags=os.O_RDWR, mode=0o644):
    return os.open(path, flags, mode)


def put(path, content=b"content\n", mode=0o644):
    file = opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    os.write(file, content)
    os.close(file)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def mode(path):
    return oct(os.lstat(path).st_mode & 0o7777)


@contextlib.contextmanager
def user(uid=1000, gid=1000, groups=()):
    """For what is done as another user. The owner of the directory above must let them through."""
    os.setgroups(list(groups))
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def child(function, *arguments):
    """Runs a function in another process. Returns how that ended."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            status = function(*arguments) or 0
        finally:
            sys.stdout.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def data_and_holes(path):
    """What SEEK_DATA and SEEK_HOLE say: [start, end) of each piece of data."""
    file, found, at = opened(path, os.O_RDONLY), [], 0
    with contextlib.suppress(OSError):
        while True:
            start = os.lseek(file, at, os.SEEK_DATA)
            at = os.lseek(file, start, os.SEEK_HOLE)
            found.append((start, at))
    os.close(file)
    return found


def entries(directory, size=512, at=0):
    """Names and cookies by getdents64(2) with a buffer of so many bytes, one buffer at a time, from a cookie on."""
    file = opened(directory, os.O_RDONLY)
    os.lseek(file, at, os.SEEK_SET)
    buffer = ctypes.create_string_buffer(size)
    while length := call("getdents64", file, buffer, size):
        batch, offset = [], 0
        while offset < length:
            _, cookie, step = struct.unpack_from("=QqH", buffer, offset)
            batch.append((os.fsdecode(buffer.raw[offset + 19:offset + step].split(b"\0")[0]), cookie))
            offset += step
        yield batch
    os.close(file)
