"""What a process in Python does to a segment that others work on: `read`, `add` or `write` NAME."""

import sys
import time

from shared_memory import Segment

START, STOP = 1, 2  # What the first element says; 0 before.
PATTERN = 0x0101010101010101  # Each byte of what is written is the same.


def read(segment):
    """Reads every element again and again, and counts those that are half of one value and half of another."""
    elements = segment.elements
    reads, torn = 0, 0
    while reads == 0 or elements[0] != STOP:
        for i in range(1, len(elements)):
            element = elements[i] & 0xFFFFFFFFFFFFFFFF
            torn += element != (element & 0xFF) * PATTERN
        reads += len(elements) - 1
    print("read", reads, torn)


def add(segment):
    """Adds to the third element, under the lock: Python has no atomic steps."""
    elements = segment.elements
    added = 0
    while added == 0 or elements[0] != STOP:
        with segment:
            elements[2] += 1
        added += 1
    print("added", 0, added)


def write(segment, locked):
    """Writes one number after the other, each to all elements, until the process is killed."""
    elements = segment.elements
    segment.add_writer()
    if locked == "locked":
        segment.__enter__()
    number = 0
    while True:
        number += 1
        for i in range(1, len(elements)):
            elements[i] = number


def main():
    segment = Segment(sys.argv[2])
    deed = {"read": read, "add": add, "write": write}[sys.argv[1]]
    print("ready", flush=True)
    while segment.elements[0] == 0:
        time.sleep(0.001)  # The others need the processor to get ready.
    deed(segment, *sys.argv[3:])


main()
