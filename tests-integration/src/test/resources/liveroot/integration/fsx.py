#!/usr/bin/python3
"""Random input and output on one file, by calls and through shared maps, against what it must hold.

    fsx.py FILE --seconds N [--seed N]

After the idea of fsx, the file system exerciser: FILE may hold something already (an image's file). Prints what was done
last when a byte is wrong. Exit status 1 then.
"""
import argparse
import contextlib
import ctypes
import mmap
import os
import random
import sys
import time

LARGEST = 400_000
LIBC = ctypes.CDLL(None, use_errno=True)


class Exerciser:
    def __init__(self, path, seed):
        self.path = path
        self.random = random.Random(seed)
        self.done = []
        self.file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self.expected = bytearray(os.pread(self.file, LARGEST, 0))

    def span(self, end):
        start = self.random.randrange(end)
        return start, min(end - start, self.random.choice((1, 7, 512, 4096, 65536)) + self.random.randrange(5000))

    def check(self, start, found):
        wanted = self.expected[start:start + len(found)]
        if bytes(found) != bytes(wanted):
            at = next(i for i, (a, b) in enumerate(zip(found, wanted)) if a != b)
            raise AssertionError(f"byte {start + at} is {found[at]}, expected {wanted[at]}")

    def grown(self, end):
        if end > len(self.expected):
            self.expected.extend(bytes(end - len(self.expected)))

    def read(self):
        start, length = self.span(LARGEST)
        found = os.pread(self.file, length, start)
        self.check(start, found)
        assert len(found) == max(0, min(length, len(self.expected) - start)), f"{len(found)} bytes read"

    def write(self):
        start, length = self.span(LARGEST)
        data = self.random.randbytes(length)
        self.grown(start)
        self.expected[start:start + length] = data
        assert os.pwrite(self.file, data, start) == length

    def truncate(self):
        size = self.random.randrange(LARGEST)
        os.ftruncate(self.file, size)
        del self.expected[size:]
        self.grown(size)

    def punch(self):
        start, length = self.span(LARGEST)
        assert LIBC.fallocate(self.file, 3, ctypes.c_long(start), ctypes.c_long(length)) == 0
        end = min(start + length, len(self.expected))
        if start < end:
            self.expected[start:end] = bytes(end - start)

    def allocate(self):
        start, length = self.span(LARGEST)
        os.posix_fallocate(self.file, start, length)
        self.grown(start + length)

    def map(self, write):
        if self.expected:
            start, length = self.span(len(self.expected))
            first = start // mmap.PAGESIZE * mmap.PAGESIZE
            with mmap.mmap(self.file, start + length - first, offset=first) as shared:
                self.check(first, shared[:])
                if write:
                    data = self.random.randbytes(length)
                    shared[start - first:] = data
                    self.expected[start:start + length] = data
                    if self.random.random() < 0.3:
                        shared.flush()

    def map_read(self):
        self.map(False)

    def map_write(self):
        self.map(True)

    def direct(self):
        with contextlib.suppress(FileNotFoundError):
            file = os.open(self.path, os.O_RDWR | os.O_DIRECT)
            try:
                with mmap.mmap(-1, 16384) as buffer:
                    start = self.random.randrange(LARGEST // 4096) * 4096
                    count = os.preadv(file, [buffer], start)
                    self.check(start, buffer[:count])
                    buffer[:] = self.random.randbytes(16384)
                    assert os.pwritev(file, [buffer], start) == 16384
                    self.grown(start)
                    self.expected[start:start + 16384] = buffer[:]
            finally:
                os.close(file)

    def copy(self):
        if self.expected:
            start, length = self.span(len(self.expected))
            to = self.random.randrange(LARGEST)
            if to + length <= start or start + length <= to:
                count = os.copy_file_range(self.file, self.file, length, start, to)
                self.grown(to)
                self.expected[to:to + count] = self.expected[start:start + count]

    def reopen(self):
        os.close(self.file)
        self.file = os.open(self.path, os.O_RDWR)

    def sync(self):
        os.fsync(self.file)

    def whole(self):
        with open(self.path, "rb") as file:
            found = file.read()
        self.check(0, found)
        assert len(found) == len(self.expected) == os.fstat(self.file).st_size, (len(found), len(self.expected))

    def run(self, seconds):
        calls = [self.read, self.read, self.write, self.write, self.truncate, self.punch, self.allocate, self.map_read,
                 self.map_write, self.map_write, self.direct, self.copy, self.reopen, self.sync, self.whole]
        until, count = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            call = self.random.choice(calls)
            self.done = self.done[-30:] + [call.__name__]
            call()
            count += 1
        self.whole()
        return count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    exerciser = Exerciser(arguments.file, arguments.seed)
    try:
        print(exerciser.run(arguments.seconds), "operations")
    except (AssertionError, OSError) as e:
        sys.exit(f"{e!r} after {exerciser.done}")


main()
