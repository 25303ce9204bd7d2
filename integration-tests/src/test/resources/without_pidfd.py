"""Runs a program for which the kernel has no pidfd_open: ENOSYS, as before Linux 5.3."""

import ctypes
import os
import struct
import sys

SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, ANSWER = 0x20, 0x15, 0x06
PIDFD_OPEN, ALLOW, ENOSYS = 434, 0x7FFF0000, 0x00050000 + 38

steps = [(LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 0, 1, PIDFD_OPEN), (ANSWER, 0, 0, ENOSYS), (ANSWER, 0, 0, ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(SET_SECCOMP, FILTER, program, 0, 0):
    sys.exit("Expected to refuse a call of the system, but " + os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
