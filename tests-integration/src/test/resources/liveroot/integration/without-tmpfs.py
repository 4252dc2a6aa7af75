#!/usr/bin/python3
"""Runs a program on a kernel that has no fsopen(2), as before 5.2: it is answered ENOSYS, by a seccomp filter.

The JVM of a daemon that is started like this gets no detached tmpfs, so its unions lie in memory of its own.
"""
import ctypes
import errno
import os
import sys

PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2  # linux/prctl.h, linux/seccomp.h
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06  # linux/bpf_common.h: LD|W|ABS, JMP|JEQ|K, RET|K
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
FSOPEN = 430  # the same number everywhere


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.POINTER(Instruction))]


code = (Instruction * 4)(
    Instruction(LOAD, 0, 0, 0),  # seccomp_data.nr
    Instruction(JUMP_EQUAL, 0, 1, FSOPEN),
    Instruction(RETURN, 0, 0, ERRNO | errno.ENOSYS),
    Instruction(RETURN, 0, 0, ALLOW),
)
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(4, code)), 0, 0):
    sys.exit("no seccomp filter: " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
