#!/usr/bin/python3
"""Random operations on a union and on a plain directory that holds the same files: must agree on every result.

    model.py UNION PLAIN TREE --seed N --operations N [--without CALL,CALL] [--tight]

UNION has directories 000, 001 ... that are all like TREE/000; the run is made in the first one and in a copy of it in
PLAIN. After each operation the results (what was returned or errno) are compared; now and then, and in the end, all that
can be seen of both trees: names, types, modes, owners, link counts, sizes, times, targets, device numbers, extended
attributes, bytes, that no hole has bytes in it, which names are one file, and that a file keeps its inode number for life.

With --tight the union is one that gets full, and may say so: what it answers with ENOSPC must have changed nothing, and
is not done in the plain directory; of what it did in part that has as much. When all files have gone all space is back.

A run that fails is replayed with fewer and fewer operations, each time in the next directory, and what is left of it
is printed. Exit status 1 then.
"""
import argparse
import ctypes
import errno
import fcntl
import hashlib
import json
import mmap
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NAMES = ["a", "b", "c", "d", "e", "f", "p", "q", "long-" + "er" * 40]
USER, OTHER = 1000, 1001
GROUPS = {USER: [USER], OTHER: [6, USER]}  # of each user, the own one first
TRACKED = 12  # open files at most
KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 16
PHASE = 300  # operations after which a tight union is filled no more but emptied, and the other way round


def call(function, *arguments):
    """A function of libc by ctypes, with OSError."""
    result = getattr(LIBC, function)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def noise(seed, length):
    return random.Random(seed).randbytes(length)


class Side:
    """One of the two trees. Every method but look() is an operation, given by its name and plain values."""

    def __init__(self, root, plain, tight):
        self.root = root
        self.plain = plain
        self.tight = tight
        self.files = {}
        self.began = time.time() - 1
        self.most = None

    def path(self, path):
        return os.path.join(self.root, path)

    # Names

    def mkdir(self, path, mode):
        os.mkdir(self.path(path), mode)

    def mknod(self, path, mode, device):
        os.mknod(self.path(path), mode, device)

    def symlink(self, target, path):
        os.symlink(target, self.path(path))

    def link(self, path, to):
        os.link(self.path(path), self.path(to), follow_symlinks=False)

    def unlink(self, path):
        os.unlink(self.path(path))

    def rmdir(self, path):
        os.rmdir(self.path(path))

    def rename(self, path, to, flags):
        call("renameat2", -100, os.fsencode(self.path(path)), -100, os.fsencode(self.path(to)), flags)

    def list(self, path):
        found = []
        with os.scandir(self.path(path)) as entries:
            for entry in entries:
                number = os.lstat(entry.path).st_ino
                if entry.inode() != number:
                    found.append(f"{entry.name} has d_ino {entry.inode()}, st_ino {number}")
                found.append((entry.name, entry.is_symlink(), entry.is_dir(follow_symlinks=False)))
        return sorted(found, key=str)

    # Attributes

    def look(self, status, name=None):
        """What both trees must have in common of a stat."""
        kind = stat.S_IFMT(status.st_mode)
        size = status.st_size if kind in (stat.S_IFREG, stat.S_IFLNK) else None
        return [name, oct(status.st_mode), status.st_uid, status.st_gid, status.st_nlink, size, status.st_rdev
                if kind in (stat.S_IFCHR, stat.S_IFBLK) else 0, self.when(status.st_mtime_ns), self.when(status.st_atime_ns)]

    def when(self, nanoseconds):
        # A write for which there is no space may have set the time all the same, on disks too.
        return None if self.tight else "now" if nanoseconds / 1e9 >= self.began else nanoseconds

    def stat(self, path):
        return self.look(os.lstat(self.path(path)))

    def access(self, path, mode):
        return os.access(self.path(path), mode, effective_ids=True)

    def chmod(self, path, mode):
        os.chmod(self.path(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self.path(path), uid, gid, follow_symlinks=False)

    def utimens(self, path, atime, mtime):
        times = (ctypes.c_long * 4)(*atime, *mtime)
        call("utimensat", -100, os.fsencode(self.path(path)), times, 0x100)

    def setxattr(self, path, name, length, flags):
        os.setxattr(self.path(path), name, b"v" * length, flags, follow_symlinks=False)

    def setcap(self, path):
        """A capability that a program gets: CAP_NET_RAW, permitted and effective (struct vfs_cap_data of linux/capability.h)."""
        os.setxattr(self.path(path), "security.capability", struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))

    def setacl(self, path, kind, users, groups, mask, others):
        """An access control list of permissions: of the owner and users by id, the group and groups, others."""
        entries = [(0x01 if uid is None else 0x02, mode, uid) for uid, mode in users]
        entries += [(0x04 if gid is None else 0x08, mode, gid) for gid, mode in groups]
        entries += [(0x10, mask, None)] * (mask is not None) + [(0x20, others, None)]
        value = struct.pack("<I", 2) + b"".join(
            struct.pack("<HHI", tag, mode, 0xFFFFFFFF if number is None else number) for tag, mode, number in entries)
        os.setxattr(self.path(path), "system.posix_acl_" + kind, value)

    def getxattr(self, path, name):
        return os.getxattr(self.path(path), name, follow_symlinks=False).hex()

    def removexattr(self, path, name):
        os.removexattr(self.path(path), name, follow_symlinks=False)

    def listxattr(self, path):
        return sorted(os.listxattr(self.path(path), follow_symlinks=False))

    # Open files

    def open(self, key, path, flags, mode):
        fd = os.open(self.path(path), flags | os.O_NONBLOCK, mode)
        old = self.files.pop(key, None)
        if old is not None:
            os.close(old)
        if stat.S_ISREG(os.fstat(fd).st_mode):
            self.files[key] = fd
        else:
            os.close(fd)

    def linkat(self, key, to):
        """Gives a file that may have been opened without a name (O_TMPFILE) one."""
        call("linkat", -100, b"/proc/self/fd/%d" % self.file(key), -100, os.fsencode(self.path(to)), 0x400)

    def file(self, key):
        if key not in self.files:
            raise OSError(errno.EBADF, "not open")
        return self.files[key]

    def close(self, key):
        os.close(self.file(key))
        del self.files[key]

    def fstat(self, key):
        return self.look(os.fstat(self.file(key)))

    def fchmod(self, key, mode):
        os.fchmod(self.file(key), mode)

    def pread(self, key, offset, length):
        return hashlib.md5(os.pread(self.file(key), length, offset)).hexdigest()

    def bytes(self, seed, length):
        """What is to be written: no more than the other side could."""
        return noise(seed, length)[:self.most]

    def pwrite(self, key, offset, length, seed):
        return os.pwrite(self.file(key), self.bytes(seed, length), offset)

    def append(self, key, length, seed):
        os.lseek(self.file(key), 0, os.SEEK_END)
        return os.write(self.file(key), self.bytes(seed, length))

    def direct(self, path, offset, length, seed):
        fd = os.open(self.path(path), os.O_RDWR | os.O_DIRECT | os.O_NONBLOCK)
        try:
            with mmap.mmap(-1, length) as buffer:
                buffer[:] = noise(seed, length)
                written = os.pwritev(fd, [memoryview(buffer)[:self.most]], offset)
                buffer[:] = bytes(length)
                return written, os.preadv(fd, [buffer], 0), hashlib.md5(buffer).hexdigest()
        finally:
            os.close(fd)

    def map(self, key, offset, length, seed):
        """Changes bytes of a file through a shared map, within its size."""
        fd = self.file(key)
        length = min(length, os.fstat(fd).st_size - offset)
        if length <= 0:
            return 0
        first = offset // mmap.PAGESIZE * mmap.PAGESIZE
        with mmap.mmap(fd, offset + length - first, offset=first) as shared:
            before = hashlib.md5(shared).hexdigest()
            shared[offset - first:] = noise(seed, length)
        # Not every file system minds the time of a write through a map, a tmpfs does not.
        return before, os.pwrite(fd, noise(seed, 1), offset)

    def truncate(self, path, size):
        os.truncate(self.path(path), size)

    def ftruncate(self, key, size):
        os.ftruncate(self.file(key), size)

    def fallocate(self, key, mode, offset, length):
        # A tmpfs knows no ZERO_RANGE: it is space that is empty.
        known = mode & ~ZERO_RANGE if self.plain else mode
        call("fallocate", self.file(key), known, ctypes.c_long(offset), ctypes.c_long(length))
        if known != mode:
            call("fallocate", self.file(key), KEEP_SIZE | PUNCH_HOLE, ctypes.c_long(offset), ctypes.c_long(length))

    def copy(self, key, to, offset, to_offset, length):
        if self.most is not None:
            length = min(length, self.most)
        return os.copy_file_range(self.file(key), self.file(to), length, offset, to_offset)

    def fsync(self, key):
        os.fsync(self.file(key))

    def flock(self, key, other):
        """Whether a lock by one descriptor keeps another out."""
        fcntl.flock(self.file(key), fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(self.file(other), fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(self.file(other), fcntl.LOCK_UN)
        finally:
            fcntl.flock(self.file(key), fcntl.LOCK_UN)

    # Everything

    def all(self):
        """All that can be seen of the tree, by path; and which paths are one file, by inode number."""
        seen, numbers = {}, {}
        for directory, directories, files in os.walk(self.root):
            for name in [""] * (directory == self.root) + directories + files:
                path = os.path.join(directory, name) if name else directory
                status = os.lstat(path)
                what = self.look(status)
                what.append({n: os.getxattr(path, n, follow_symlinks=False).hex()
                             for n in os.listxattr(path, follow_symlinks=False)})
                if stat.S_ISLNK(status.st_mode):
                    what.append(os.readlink(path))
                elif stat.S_ISREG(status.st_mode):
                    with open(path, "rb") as file:
                        content = file.read()
                    what.append(hashlib.md5(content).hexdigest())
                    holes(path, content)
                seen[os.path.relpath(path, self.root)] = what
                numbers[os.path.relpath(path, self.root)] = status.st_ino
        return seen, numbers


def holes(path, content):
    """Fails if SEEK_HOLE finds a hole where there are bytes, or SEEK_DATA misses some."""
    fd = os.open(path, os.O_RDONLY)
    try:
        at = 0
        while at < len(content):
            try:
                data = os.lseek(fd, at, os.SEEK_DATA)
            except OSError as e:
                assert e.errno == errno.ENXIO, (path, e)
                data = len(content)
            assert at <= data and not content[at:data].strip(b"\0"), f"{path}: bytes in the hole {at}-{data}"
            if data < len(content):
                at = os.lseek(fd, data, os.SEEK_HOLE)
                assert data < at <= len(content), f"{path}: SEEK_HOLE from {data} gives {at} of {len(content)}"
            else:
                at = data
    finally:
        os.close(fd)


class Difference(Exception):
    pass


class Pair:
    """A union and the plain directory that it has to agree with."""

    def __init__(self, arguments, number):
        name = f"{number:03}"
        self.plain_root = os.path.join(arguments.plain, name)
        subprocess.run(["cp", "-a", os.path.join(arguments.tree, name), arguments.plain], check=True)
        self.tight = arguments.tight
        self.without = arguments.without
        self.union = Side(os.path.join(arguments.union, name), False, self.tight)
        self.plain = Side(self.plain_root, True, self.tight)
        # SquashFS keeps one time for all.
        for path, directories, files in os.walk(self.plain_root, topdown=False):
            for name in [*files, *directories, "."]:
                file = os.path.join(path, name)
                time_ns = os.lstat(file).st_mtime_ns
                os.utime(file, ns=(time_ns, time_ns), follow_symlinks=False)
        self.numbers = {}
        self.refused = 0
        self.compare()

    def run(self, operation):
        who, what, *values = operation
        if what == "drop_caches":
            with open("/proc/sys/vm/drop_caches", "w") as file:
                file.write(str(values[0]))
        elif what == "compare":
            self.compare()
        else:
            union = self.outcome(self.union, who, what, values)
            if union == "ENOENT" and "orphan" in self.without and self.is_orphan(values[0]):
                return
            if self.tight:
                if union == "ENOSPC":
                    self.refused += 1
                    return
                written = union[0] if what == "direct" else union
                self.plain.most = written if what in ("pwrite", "append", "copy", "direct") and isinstance(written, int) else None
            plain = self.outcome(self.plain, who, what, values)
            if union != plain:
                raise Difference(f"union: {union}\nplain: {plain}")

    def is_orphan(self, key):
        """Whether it is an open file that has no name any more: libfuse 2 loses sight of it when its directory goes too."""
        return key in self.plain.files and os.fstat(self.plain.files[key]).st_nlink == 0

    @staticmethod
    def outcome(side, who, what, values):
        if who:
            os.setgroups(GROUPS[who][1:])
            os.setegid(GROUPS[who][0])
            os.seteuid(who)
        try:
            return getattr(side, what)(*values)
        except OSError as e:
            return errno.errorcode[e.errno]
        finally:
            if who:
                os.seteuid(0)
                os.setegid(0)
                os.setgroups([])

    def compare(self):
        try:
            (union, numbers), (plain, identities) = self.union.all(), self.plain.all()
        except (AssertionError, OSError) as e:
            raise Difference(f"comparing: {e!r}") from e
        for path in sorted(union.keys() | plain.keys()):
            if union.get(path) != plain.get(path):
                raise Difference(f"{path}\nunion: {union.get(path)}\nplain: {plain.get(path)}")
        known = {}
        for path, identity in identities.items():
            number = self.numbers.get(identity, numbers[path])
            if known.setdefault(identity, number) != numbers[path]:
                raise Difference(f"{path}: inode number {numbers[path]}, was {known[identity]}")
        if len(set(known.values())) != len(known):
            raise Difference("two files have one inode number")
        self.numbers = known

    def close(self):
        for side in (self.union, self.plain):
            for fd in side.files.values():
                os.close(fd)
        shutil.rmtree(self.plain_root)
        if self.tight:
            shutil.rmtree(self.union.root)


class Generator:
    """Operations whose arguments fit what the plain tree has at the moment, mostly."""

    def __init__(self, seed, without, tight):
        self.random = random.Random(seed)
        self.without = without
        self.tight = tight
        self.made = 0
        self.place = None

    def path(self, pair):
        """Of something that is there, or a new name in a directory that is."""
        r, parts, directory = self.random, [], pair.plain_root
        for _ in range(5):
            there = sorted(os.listdir(directory))
            existing = there and r.random() < 0.85
            parts.append(r.choice(there) if existing else r.choice(NAMES))
            directory = os.path.join(directory, parts[-1])
            if r.random() < 0.35 or not os.path.isdir(directory) or os.path.islink(directory) and r.random() < 0.9:
                break
        return "/".join(parts)

    def offset(self):
        offset = self.random.randrange(300_000 if self.random.random() < 0.1 else 40_000)
        return offset // 4096 * 4096 if self.random.random() < 0.3 else offset

    def length(self):
        r = self.random
        if self.tight and r.random() < 0.2:
            return r.randrange(1, 400_000)
        return r.choice((1, 100, 4096, 20_000)) if r.random() < 0.5 else r.randrange(1, 10_000)

    def operation(self, pair):
        while True:
            operation = self.any(pair)
            # The device that RENAME_WHITEOUT leaves belongs to root, whoever asks: the contract names no caller.
            if operation[0] and operation[1] == "rename" and operation[4] == 4:
                continue
            # Nor may a list leave set-group-id without group execution, see on_attributes().
            if operation[1] == "setacl" and self.has_set_group_id(os.path.join(pair.plain_root, operation[2])):
                continue
            # To a FUSE server a change of no owner by root is what also comes before a write that keeps set-user-id.
            if not operation[0] and operation[1] == "chown" and operation[3:] == [-1, -1]:
                continue
            if operation[1] not in self.without and not ("rename-flags" in self.without and operation[1] == "rename" and operation[4]):
                return operation

    @staticmethod
    def has_set_group_id(path):
        try:
            mode = os.stat(path).st_mode
        except OSError:
            return False
        return stat.S_ISREG(mode) and mode & stat.S_ISGID

    def any(self, pair):
        r = self.random
        who = r.choice((USER, USER, OTHER)) if r.random() < 0.25 else 0
        self.made += 1
        if self.tight and self.made // PHASE % 2 and r.random() < 0.3:
            return [0, *self.on_space(pair, r)]
        if r.random() < 0.45:
            return [who, *self.on_names(pair, r)]
        if r.random() < 0.45:
            return [who, *self.on_attributes(pair, r)]
        return [who, *self.on_data(pair, r)]

    def on_space(self, pair, r):
        """Gives some back."""
        opened = sorted(pair.plain.files)
        what = r.choice(("unlink", "unlink", "rmdir", "truncate", "close", "fallocate", "removexattr"))
        if what in ("close", "fallocate") and not opened:
            what = "unlink"
        if what == "truncate":
            return what, self.path(pair), 0
        if what == "close":
            return what, r.choice(opened)
        if what == "fallocate":
            return what, r.choice(opened), KEEP_SIZE | PUNCH_HOLE, self.offset(), 400_000
        if what == "removexattr":
            return what, self.path(pair), "user.two"
        return what, self.path(pair)

    def mode(self, *modes):
        # A write that fails for want of space has taken set-user-id away before.
        mode = self.random.choice(modes)
        return mode & 0o1777 if self.tight else mode

    def on_names(self, pair, r):
        path = self.path(pair)
        what = r.choice(("mkdir", "mkdir", "mknod", "symlink", "link", "link", "unlink", "unlink", "rmdir", "rename",
                         "rename", "rename", "rename", "list"))
        if what == "mkdir":
            return what, path, r.choice((0o755, 0o700, 0o1777, 0o2775, 0o555))
        if what == "mknod":
            kind = r.choice((stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFREG, stat.S_IFCHR, stat.S_IFBLK))
            return what, path, kind | r.choice((0o644, 0o600, 0o666)), os.makedev(1, 3) if stat.S_ISCHR(kind) or stat.S_ISBLK(kind) else 0
        if what == "symlink":
            return what, r.choice(NAMES + ["./b", "p/q", "nowhere/at/all"]), path
        if what == "link":
            return what, path, self.path(pair)
        if what == "rename":
            return what, path, self.path(pair), r.choice((0, 0, 0, 0, 1, 2, 2, 4))
        return what, path

    def on_attributes(self, pair, r):
        path = self.path(pair)
        what = r.choice(("stat", "stat", "access", "chmod", "chown", "utimens", "setxattr", "setxattr", "setacl",
                         "setcap", "getxattr", "removexattr", "listxattr"))
        if what == "access":
            return what, path, r.randrange(8)
        if what == "chmod":
            # No set-group-id without group execution: FUSE_WRITE_KILL_SUIDGID by its definition leaves that alone.
            return what, path, self.mode(0o644, 0o755, 0o4755, 0o2755, 0o6777, 0o1777, 0o600, 0, 0o777, 0o4644)
        if what == "chown":
            return what, path, r.choice((-1, 0, USER, OTHER, 5)), r.choice((-1, 0, USER, 6))
        if what == "utimens":
            times = [[r.randrange(1_500_000_000), r.randrange(1_000_000_000)], [0, 0x3FFFFFFE], [0, 0x3FFFFFFF]]
            return what, path, r.choice(times), r.choice(times)
        if what == "setcap" and self.tight:
            # As set-user-id, see mode().
            what = "stat"
        if what == "setacl":
            named = r.random() < 0.7
            users = [(None, r.randrange(8))] + [(uid, r.randrange(8)) for uid in (5, USER) if named and r.random() < 0.5]
            groups = [(None, r.randrange(8))] + [(gid, r.randrange(8)) for gid in (6, USER) if named and r.random() < 0.5]
            mask = r.randrange(8) if len(users) + len(groups) > 2 or r.random() < 0.2 else None
            return what, path, r.choice(("access", "access", "default")), users, groups, mask, r.randrange(8)
        name = r.choice(("user.below", "user.one", "user.two", "trusted.below", "trusted.t", "security.s"))
        if what == "setxattr":
            return what, path, name, r.choice((0, 1, 30, 300, 10_000 if self.tight else 300)), r.choice((0, 0, 0, os.XATTR_CREATE, os.XATTR_REPLACE))
        if what in ("getxattr", "removexattr"):
            return what, path, name
        return what, path

    def on_data(self, pair, r):
        opened = sorted(pair.plain.files)
        if len(opened) < 4 or r.random() < 0.2:
            flags = r.choice((os.O_RDONLY, os.O_RDWR, os.O_RDWR, os.O_RDWR | os.O_CREAT, os.O_RDWR | os.O_CREAT, os.O_WRONLY,
                              os.O_RDWR | os.O_CREAT | os.O_EXCL, os.O_RDWR | os.O_TRUNC, os.O_RDWR | os.O_APPEND,
                              os.O_RDWR | os.O_NOFOLLOW, os.O_RDONLY | os.O_DIRECTORY, os.O_RDWR | os.O_DSYNC, os.O_TMPFILE | os.O_RDWR))
            if flags & os.O_TMPFILE == os.O_TMPFILE and "tmpfile" in self.without:
                flags = os.O_RDWR
            return "open", r.randrange(TRACKED), self.path(pair), flags, self.mode(0o644, 0o600, 0o444, 0o4755)
        if self.place and self.place[0] in opened and r.random() < 0.3:
            return self.again(r)
        key, seed = r.choice(opened), r.randrange(1 << 30)
        what = r.choice(("linkat", "close", "fstat", "fchmod", "pread", "pread", "pwrite", "pwrite", "append", "direct",
                         "map", "map", "truncate", "ftruncate", "fallocate", "fallocate", "copy", "fsync", "flock"))
        if what == "map" and self.tight:
            # It ends by SIGBUS where there is no space.
            what = "pwrite"
        if what == "linkat":
            return what, key, self.path(pair)
        if what == "fchmod":
            return what, key, self.mode(0o644, 0o4755, 0o600)
        if what == "pread":
            return what, key, self.offset(), self.length()
        if what in ("pwrite", "map"):
            return what, key, self.offset(), self.length(), seed
        if what == "append":
            return what, key, self.length(), seed
        if what == "direct":
            return what, self.path(pair), self.offset() // 4096 * 4096, r.choice((4096, 8192, 65536)), seed
        if what == "truncate":
            return what, self.path(pair), self.offset()
        if what == "ftruncate":
            return what, key, self.offset()
        if what == "fallocate":
            self.place = key, self.offset(), self.length()
            return self.again(r)
        if what == "copy":
            return what, key, r.choice(opened), self.offset(), self.offset(), self.length()
        if what == "flock":
            return what, key, r.choice(opened)
        return what, key

    def again(self, r):
        """Space of the file and range that had some last, or of a part of it: taken twice, given back, zeroed, written."""
        key, offset, length = self.place
        if r.random() < 0.3:
            offset += r.randrange(length)
            length = r.randrange(1, length + 1)
        if r.random() < 0.2:
            return "pwrite", key, offset, min(length, 20_000), r.randrange(1 << 30)
        modes = (0, KEEP_SIZE, KEEP_SIZE, KEEP_SIZE | PUNCH_HOLE, ZERO_RANGE, ZERO_RANGE | KEEP_SIZE, PUNCH_HOLE)
        return "fallocate", key, r.choice(modes), offset, length


def replay(arguments, number, operations):
    """Runs a list in a new directory. Returns how many it took to differ, and how; or nothing."""
    pair = Pair(arguments, number)
    done = 0
    try:
        for operation in [*operations, [0, "compare"]]:
            done += 1
            pair.run(operation)
    except Difference as e:
        return operations[:done], e
    finally:
        pair.close()
    return None


def shrink(arguments, operations, difference, needed):
    """Leaves out what is not needed to see a difference: halves, quarters ... down to single operations; not the first."""
    number, until = 1, time.monotonic() + arguments.shrink
    size = len(operations)
    while size > 1:
        size = -(-size // 2)
        start = needed
        while start < len(operations):
            if not os.path.isdir(os.path.join(arguments.union, f"{number:03}")) or time.monotonic() > until:
                return operations, difference
            found = replay(arguments, number, operations[:start] + operations[start + size:])
            number += 1
            if found:
                operations, difference = found
            else:
                start += size
    return operations, difference


def await_space(directory, wanted):
    """What is free: blocks, inodes. The kernel does not wait for the answers to RELEASE and FORGET."""
    end = time.monotonic() + 10
    while True:
        status = os.statvfs(directory)
        free = status.f_bfree, status.f_ffree
        if free == wanted or time.monotonic() > end:
            return free
        time.sleep(0.01)


def say(operation):
    who, what, *values = operation
    return f"  {f'as {who} ' if who else ''}{what}({', '.join(map(repr, values))})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("union")
    parser.add_argument("plain")
    parser.add_argument("tree")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--operations", type=int, required=True)
    parser.add_argument("--without", type=lambda text: text.split(","), default=[])
    parser.add_argument("--tight", action="store_true")
    parser.add_argument("--shrink", type=int, default=120, help="seconds")
    parser.add_argument("--log", help="each operation is written here before it is done, for a run that does not end")
    parser.add_argument("--replay", help="a file with operations, one JSON list a line, instead of random ones")
    arguments = parser.parse_args()
    os.umask(0o022)
    os.setgroups([])
    if arguments.replay:
        with open(arguments.replay) as file:
            found = replay(arguments, 0, [json.loads(line) for line in file])
        sys.exit(f"{found[1]}" if found else 0)
    generator, operations = Generator(arguments.seed, arguments.without, arguments.tight), []
    if arguments.tight:
        # Its root counts once it has been written to.
        os.mkdir(os.path.join(arguments.union, "new"))
        os.rmdir(os.path.join(arguments.union, "new"))
        status = os.statvfs(arguments.union)
        empty = await_space(arguments.union, (status.f_blocks, status.f_files - 1))
    log = open(arguments.log or os.devnull, "w")
    pair = Pair(arguments, 0)
    needed = 0
    try:
        if "link" in arguments.without:
            # Nor those that are there.
            for path, _, files in os.walk(pair.plain_root):
                for name in sorted(files):
                    file = os.path.join(path, name)
                    if os.lstat(file).st_nlink > 1:
                        operations.append([0, "unlink", os.path.relpath(file, pair.plain_root)])
                        pair.run(operations[-1])
            needed = len(operations)
        for i in range(arguments.operations):
            if i % 1000 == 999:
                operation = [0, "compare"]
            elif i % 1000 == 498:
                operation = [0, "compare"]
            elif i % 1000 == 499:
                operation = [0, "drop_caches", generator.random.choice((2, 2, 3))]
            else:
                operation = generator.operation(pair)
            operations.append(operation)
            print(json.dumps(operation), file=log, flush=True)
            pair.run(operation)
        pair.compare()
    except Difference as e:
        print(f"seed {arguments.seed}, operation {len(operations)}:\n{say(operations[-1])}\n{e}\n", flush=True)
        pair.close()
        operations, difference = shrink(arguments, operations, e, needed)
        print(f"{len(operations)} operations are enough:")
        print("\n".join(map(say, operations[-60:])))
        print(difference)
        print("\n".join(map(json.dumps, operations[-60:])))
        sys.exit(1)
    pair.close()
    if arguments.tight:
        free = await_space(arguments.union, empty)
        if free != empty:
            sys.exit(f"seed {arguments.seed}: {empty} blocks and inodes were free, without the files {free}")
    print(f"{len(operations)} operations, {pair.refused} for which there was no space")


main()
