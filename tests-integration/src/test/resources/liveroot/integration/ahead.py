#!/usr/bin/python3
"""A reader goes through the files of a directory in order, writers change files close ahead of it.

    ahead.py make DIRECTORY     makes the files
    ahead.py read DIRECTORY     the reader alone
    ahead.py race DIRECTORY --seed N

What a file holds follows from its number, and what a writer makes of it from its number and the seed. Every file is
checked byte by byte as soon as it was changed and at the end, by read(2), through a map and by O_DIRECT. Exit status 1
with what was found if a byte is wrong.
"""
import argparse
import ctypes
import mmap
import multiprocessing
import os
import random
import time

FILES = 1200
WRITERS = 3
# Of so many files in a row each writer has one.
SHARE = 8
LIBC = ctypes.CDLL(None, use_errno=True)

# Number of the file that the reader is at, for all processes.
position = multiprocessing.RawValue("i", 0)


def path(number):
    return f"{number // 200:02}/{number:04}"


def lower(number):
    size = 300 + number * 7919 % 24000
    return (b"%06d.\n" % number * 4000)[:size]


def is_changed(number):
    return number % SHARE < WRITERS


class Change:
    """One way to change a file; returns what it holds then."""

    def __init__(self, number, seed):
        self.path = path(number)
        self.before = lower(number)
        self.random = random.Random(seed * FILES + number)

    def make(self):
        ways = [self.write, self.append, self.shorten, self.lengthen, self.replace, self.map, self.direct, self.punch,
                self.copy, self.open_only, self.link]
        return self.random.choice(ways)()

    def span(self):
        start = self.random.randrange(len(self.before))
        return start, self.random.randbytes(self.random.randrange(1, len(self.before) - start + 1))

    def with_bytes(self, start, data):
        return self.before[:start] + data + self.before[start + len(data):]

    def opened(self, flags, work):
        file = os.open(self.path, flags)
        try:
            return work(file)
        finally:
            os.close(file)

    def write(self):
        start, data = self.span()
        self.opened(os.O_WRONLY, lambda file: os.pwrite(file, data, start))
        return self.with_bytes(start, data)

    def append(self):
        self.opened(os.O_WRONLY | os.O_APPEND, lambda file: os.write(file, b"the end"))
        return self.before + b"the end"

    def shorten(self):
        size = self.random.randrange(len(self.before))
        os.truncate(self.path, size)
        return self.before[:size]

    def lengthen(self):
        os.truncate(self.path, len(self.before) + 5000)
        return self.before + bytes(5000)

    def replace(self):
        self.opened(os.O_WRONLY | os.O_TRUNC, lambda file: os.write(file, b"short"))
        return b"short"

    def map(self):
        start, data = self.span()

        def work(file):
            with mmap.mmap(file, 0) as shared:
                shared[start:start + len(data)] = data
        self.opened(os.O_RDWR, work)
        return self.with_bytes(start, data)

    def direct(self):
        def work(file):
            with mmap.mmap(-1, 4096) as buffer:
                buffer[:] = b"d" * 4096
                assert os.pwritev(file, [buffer], 0) == 4096
        self.opened(os.O_WRONLY | os.O_DIRECT, work)
        return b"d" * 4096 + self.before[4096:]

    def punch(self):
        start, data = self.span()
        length = ctypes.c_long(len(data))

        def work(file):
            assert LIBC.fallocate(file, 3, ctypes.c_long(start), length) == 0
        self.opened(os.O_WRONLY, work)
        return self.with_bytes(start, bytes(len(data)))

    def copy(self):
        # Of a file that stays as it is.
        number = self.random.randrange(FILES // SHARE) * SHARE + WRITERS
        start = self.random.randrange(len(self.before))
        length = min(len(self.before) - start, len(lower(number)))

        def work(file):
            source = os.open(path(number), os.O_RDONLY)
            try:
                assert os.copy_file_range(source, file, length, 0, start) == length
            finally:
                os.close(source)
        self.opened(os.O_WRONLY, work)
        return self.with_bytes(start, lower(number)[:length])

    def open_only(self):
        self.opened(os.O_RDWR, lambda file: None)
        return self.before

    def link(self):
        other = self.path + "-link"
        os.link(self.path, other)
        with open(other, "r+b") as file:
            file.write(b"linked")
        return self.with_bytes(0, b"linked")


def check(number, expected):
    name = path(number)

    def equal(found, how):
        if found != expected:
            at = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
            raise AssertionError(f"{name}, {how}: {len(found)} bytes, expected {len(expected)}, differ at {at}:"
                                 f" {found[at:at + 20]!r}, expected {expected[at:at + 20]!r}")

    with open(name, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        assert size == len(expected), f"{name}: size {size}, expected {len(expected)}"
        if expected:
            with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as shared:
                equal(shared[:], "mapped")
        equal(file.read(), "read")
    file = os.open(name, os.O_RDONLY | os.O_DIRECT)
    try:
        with mmap.mmap(-1, len(expected) // 4096 * 4096 + 8192) as buffer:
            equal(buffer[:os.preadv(file, [buffer], 0)], "direct")
    finally:
        os.close(file)


def read_all(strictly):
    for number in range(FILES):
        position.value = number
        with open(path(number), "rb") as file:
            found = file.read()
        if strictly or not is_changed(number):
            assert found == lower(number), path(number)


def change(mine, seed):
    """What all files of one writer are to hold."""
    distance = random.Random(seed * WRITERS + mine)
    changed = {}
    for number in range(mine, FILES, SHARE):
        ahead = distance.randrange(1, 60)
        while position.value < number - ahead:
            time.sleep(0.0002)
        changed[number] = Change(number, seed).make()
        check(number, changed[number])
    return changed


def look():
    """The kernel takes no pages of files that it has not heard of."""
    for number in range(FILES):
        os.stat(path(number))


def race(seed):
    look()
    with multiprocessing.Pool(1 + WRITERS) as pool:
        reader = pool.apply_async(read_all, (False,))
        writers = [pool.apply_async(change, (mine, seed)) for mine in range(WRITERS)]
        reader.get()
        changed = {}
        for writer in writers:
            changed.update(writer.get())
    for number in range(FILES):
        check(number, changed.get(number, lower(number)))


def make():
    for number in range(FILES):
        os.makedirs(os.path.dirname(path(number)), exist_ok=True)
        with open(path(number), "wb") as file:
            file.write(lower(number))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["make", "read", "race"])
    parser.add_argument("directory")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.chdir(arguments.directory)
    if arguments.work == "make":
        make()
    elif arguments.work == "read":
        look()
        read_all(True)
    else:
        race(arguments.seed)


main()
