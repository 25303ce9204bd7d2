"""A participant of shared memory, made of docs/shared-memory.md and the standard library."""

import mmap
import os
import struct
import sys

HEADER = struct.Struct("<8sIIQQQII")  # The last 16 of its 64 bytes are zeros.
TYPES = {8: ("INT64", "q", int), 11: ("FLOAT64", "d", float)}
NUMBERS = {"describe": 0, "sum": 0, "negate": 0, "check": 2, "set": 2, "get": 1, "add": 3}


def fail(expected, but):
    sys.exit(f"Expected {expected}, but {but}")


def map_segment(path):
    try:
        with open(path, "r+b") as file:
            size = os.fstat(file.fileno()).st_size
            if size < 64:
                fail("a header of 64 bytes", f"the file has {size}")
            return mmap.mmap(file.fileno(), size)  # To read and write, and shared.
    except OSError as error:
        fail(f"a segment at {path}", f"it cannot be opened: {error.strerror}")


def main(path, command, *words):
    memory = map_segment(path)
    magic, version, code, length, _, sequence, state, died = HEADER.unpack_from(memory)
    if magic != b"POLYPROC":
        fail("a segment, which begins with POLYPROC", "it is another file")
    if version != 1:
        fail("version 1", f"it is {version}")
    if code not in TYPES:
        fail("elements of INT64 (8) or FLOAT64 (11)", f"their type is {code}")
    if len(memory) != 64 + 8 * length:
        fail(f"{length} elements of 8 bytes after the header", f"the file has {len(memory)} bytes")
    if state != 1:
        fail("a segment that is in use (1)", f"its state is {state}")
    name, letter, number = TYPES[code]
    elements = memoryview(memory)[64:].cast(letter)  # One of it is read and written whole.
    try:
        numbers = [number(word) for word in words]
        index = int(words[0]) if command in ("set", "get", "add") else 0
    except ValueError:
        fail(f"numbers of {name}", f"it is {' '.join(words)}")
    if command in ("set", "get", "add") and not 0 <= index < length:
        fail(f"an index below {length}", f"it is {index}")

    if command == "describe":
        print(f"{name}, {length} elements, state {state}, sequence {sequence}, {died} writers died")
    elif command == "sum":
        print(sum(elements))
    elif command == "negate":
        for i in range(length):
            elements[i] = -elements[i]
    elif command == "check":
        first, step = numbers
        for i, element in enumerate(elements):
            if element != first + i * step:
                fail(f"{first + i * step} as element {i}", f"it is {element}")
        print(f"{length} elements are as expected")
    elif command == "set":
        elements[index] = numbers[1]
    elif command == "get":
        print(elements[index])
    elif command == "add":
        fail("a language with atomic steps", "Python has none: take the segment's lock, then get and set")


if __name__ == "__main__":
    if len(sys.argv) < 3 or NUMBERS.get(sys.argv[2]) != len(sys.argv) - 3:
        fail("PATH and a command with its numbers", f"it is {' '.join(sys.argv[1:])}")
    main(*sys.argv[1:])
