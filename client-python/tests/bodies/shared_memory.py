"""Named shared memory: `SharedMemory`, `ShareableList`: rows of 1.5."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from bodies import alone, differs, outcome, raised


def _module(mp: Any) -> Any:
    return importlib.import_module(f"{mp.__name__}.shared_memory")


def _name(word: str) -> str:
    """A name that no other program has; the answers do not have it."""
    return f"likeness-{os.getpid()}-{word}"


def _without(name: str, call: Any) -> Any:
    """What comes of a call, without the name in the message."""
    kind_message = outcome(call)
    if isinstance(kind_message, tuple):
        return kind_message[0], kind_message[1].replace(name, "NAME")
    return kind_message


@contextlib.contextmanager
def _memory(mp: Any, size: int = 16) -> Iterator[Any]:
    memory = _module(mp).SharedMemory(create=True, size=size)
    try:
        yield memory
    finally:
        with contextlib.suppress(BufferError):
            memory.close()
        with contextlib.suppress(FileNotFoundError):
            memory.unlink()


@alone
def a_block(mp: Any) -> Any:
    with _memory(mp, 10) as memory:
        buf = memory.buf
        found: list[Any] = [memory.size, len(buf), bytes(buf), buf.format, buf.itemsize]
        found += [buf.readonly, buf.nbytes, type(buf).__name__, buf.contiguous, buf.ndim]
        buf[0], buf[1:4] = 7, b"abc"
        struct.pack_into("<i", buf, 4, -5)
        found += [bytes(buf), memory.name.startswith("psm_"), len(memory.name)]
        found += [repr(memory).replace(memory.name, "NAME"), memory.name == memory.name]
        found += [outcome(lambda: memory.buf.__setitem__(0, 256)), outcome(lambda: memory.buf[10])]
        found += [outcome(lambda: memory.buf.__setitem__(slice(0, 2), b"x"))]
        return found


@alone
def attach_by_name(mp: Any) -> Any:
    module, name = _module(mp), _name("attach")
    one = module.SharedMemory(name, True, 8)
    other = module.SharedMemory(name=name)
    one.buf[:3] = b"abc"
    found = [one.name == name, other.name == name, other.size, bytes(other.buf)]
    other.buf[0] = 0
    other.close()
    found += [bytes(one.buf), outcome(lambda: other.buf), other.size, other.name == name]
    third = module.SharedMemory(name=name, create=False, size=100)
    found += [third.size, third.buf[1]]
    one.close()
    found.append(bytes(third.buf))
    third.unlink()
    found += [bytes(third.buf)]  # Who has it keeps it.
    third.close()
    found.append(_without(name, lambda: module.SharedMemory(name)))
    return found


@alone
def names_that_are_taken_or_missing(mp: Any) -> Any:
    module, name = _module(mp), _name("taken")
    found = [_without(name, lambda: module.SharedMemory(name))]
    one = module.SharedMemory(name, create=True, size=8)
    found += [_without(name, lambda: module.SharedMemory(name, create=True, size=8))]
    found += [_without(name, lambda: module.SharedMemory(name, create=True, size=9))]
    one.close()
    found += [_without(name, lambda: module.SharedMemory(name, create=True, size=8))]
    one.unlink()
    again = module.SharedMemory(name, create=True, size=4)  # The name is free.
    found += [again.size, bytes(again.buf)]
    again.close()
    again.unlink()
    for wrong in ("", "x" * 300):
        found.append(_without(wrong or "/", partial(module.SharedMemory, wrong)))
        found.append(_without(wrong or "/", partial(module.SharedMemory, wrong, True, 8)))
    try:
        module.SharedMemory(name)
    except FileNotFoundError as e:
        found += [e.errno, e.filename == f"/{name}", raised(e)[0]]
    return found


@alone
def sizes(mp: Any) -> Any:
    module = _module(mp)
    found = [
        outcome(lambda: module.SharedMemory(create=True, size=0)),
        outcome(lambda: module.SharedMemory(create=True)),
        outcome(lambda: module.SharedMemory(create=True, size=-1)),
        outcome(lambda: module.SharedMemory("x", size=-1)),
        outcome(lambda: module.SharedMemory()),
        outcome(lambda: module.SharedMemory(None, size=5)),
        outcome(lambda: module.SharedMemory(create=True, size="5")),
        outcome(lambda: module.SharedMemory(create=True, size=None)),
        outcome(lambda: module.SharedMemory(5)),
    ]
    for size in (1, 4095, 4096, 4097, 100_000):
        with _memory(mp, size) as memory:
            other = module.SharedMemory(memory.name)
            other.buf[-1] = 9
            found.append((memory.size, other.size, len(memory.buf), memory.buf[-1]))
            other.close()
    return found


@alone
def closing(mp: Any) -> Any:
    with _memory(mp) as memory:
        view = memory.buf[2:4]
        found: list[Any] = [outcome(memory.close), view[0]]
        view.release()
        found += [outcome(memory.close), outcome(memory.close), memory.buf]
        found += [outcome(lambda: memory.buf[0]), memory.size]
    with _memory(mp) as memory:
        exported = struct.Struct("i").unpack_from(memory.buf)
        number = memoryview(memory.buf)
        del exported
        found += [outcome(memory.close), number[0]]
        number.release()
        found.append(outcome(memory.close))
    return found


@alone
def unlinking(mp: Any) -> Any:
    module = _module(mp)
    memory = module.SharedMemory(create=True, size=8)
    memory.close()
    found = [outcome(memory.unlink), module.SharedMemory.unlink.__name__]
    memory = module.SharedMemory(create=True, size=8)
    name = memory.name
    memory.unlink()
    memory.buf[0] = 3
    found += [memory.buf[0], _without(name, lambda: module.SharedMemory(name))]
    memory.close()
    return found


@alone
def signatures(mp: Any) -> Any:
    module = _module(mp)
    found = [
        list(inspect.signature(getattr(module, name)).parameters) for name in sorted(module.__all__)
    ]
    memory = module.SharedMemory(create=True, size=8)
    found.append(outcome(lambda: module.SharedMemory(memory.name, unknown=True)))
    memory.close()
    memory.unlink()
    return found


@alone
def untracked(mp: Any) -> Any:
    module = _module(mp)
    try:
        memory = module.SharedMemory(create=True, size=8, track=False)
    except TypeError as e:  # Before Python 3.13.
        return str(e)
    memory.buf[0] = 1
    other = module.SharedMemory(memory.name, track=False)
    found = other.buf[0]
    other.close()
    memory.close()
    memory.unlink()
    return found


@alone
def pickles_of_memory(mp: Any) -> Any:
    with _memory(mp) as memory:
        memory.buf[:3] = b"abc"
        same = pickle.loads(pickle.dumps(memory))
        found = [same.name == memory.name, same.size, bytes(same.buf[:3])]
        same.close()
        return found


def _write(module: str, memory: Any) -> None:
    memory.buf[0] += 1
    same = importlib.import_module(module).SharedMemory(memory.name)
    same.buf[1] = same.buf[0] + 1
    same.close()
    memory.close()


def memory_in_a_child(mp: Any) -> Any:
    with _memory(mp) as memory:
        process = mp.Process(target=_write, args=(_module(mp).__name__, memory))
        process.start()
        process.join()
        return process.exitcode, bytes(memory.buf[:3])


def _create(module: str, name: str, words: Any) -> None:
    memory = importlib.import_module(module).SharedMemory(name, create=True, size=8)
    memory.buf[:2] = b"ok"
    memory.close()
    words.put(1)


def memory_outlives_who_made_it(mp: Any) -> Any:
    module, name, words = _module(mp), _name("outlives"), mp.Queue()
    process = mp.Process(target=_create, args=(module.__name__, name, words))
    process.start()
    words.get()
    process.join()
    memory = module.SharedMemory(name)
    found = bytes(memory.buf[:2])
    memory.close()
    memory.unlink()
    return process.exitcode, found


@alone
@differs("stays until it is unlinked or the daemon ends")
def memory_after_another_program(mp: Any) -> Any:
    module = _module(mp)
    memory = module.SharedMemory(create=True, size=8)
    program = f"import {module.__name__} as m; m.SharedMemory({memory.name!r}).close()"
    # Its tracker ends after it, and has its standard error.
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    try:
        module.SharedMemory(memory.name).close()
        return "there", done.stderr
    except FileNotFoundError:
        return "gone", bool(done.stderr)
    finally:
        memory.close()
        with contextlib.suppress(FileNotFoundError):
            memory.unlink()


@alone
@differs("what others made stays")
def unlink_once_the_name_is_another_s(mp: Any) -> Any:
    module, name = _module(mp), _name("another")
    old = module.SharedMemory(name, create=True, size=8)
    stale = module.SharedMemory(name)
    old.unlink()
    new = module.SharedMemory(name, create=True, size=8)
    found = outcome(stale.unlink)
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    for each in (old, stale, new):
        each.close()
    return found if found is None else found[0]


# Lists.

ITEMS = [1, -5, 2.5, True, False, None, "text", "", "é", b"bytes", b"", 2**62]


@contextlib.contextmanager
def _list(mp: Any, items: Any) -> Iterator[Any]:
    shared = _module(mp).ShareableList(items)
    try:
        yield shared
    finally:
        shared.shm.close()
        shared.shm.unlink()


@alone
def lists(mp: Any) -> Any:
    with _list(mp, ITEMS) as shared:
        found: list[Any] = [list(shared), len(shared), shared.format, shared[0], shared[-1]]
        found += [shared.count(None), shared.count(1), shared.index("text"), shared.shm.size]
        found += [repr(shared).replace(shared.shm.name, "NAME"), 2.5 in shared]
        found += [outcome(lambda: shared.index("missing")), outcome(lambda: shared[12])]
        found += [outcome(lambda: shared[-13]), outcome(lambda: shared.__setitem__(12, 1))]
        found += [outcome(lambda: shared[0:2]), outcome(lambda: shared.append(1))]
        found += [type(shared.shm).__name__, shared.shm.name.startswith("psm_")]
        return found


@alone
def items_of_lists(mp: Any) -> Any:
    with _list(mp, ITEMS) as shared:
        found: list[Any] = []
        for at, item in (
            (0, 2.5),
            (2, 7),
            (3, None),
            (5, True),
            (6, "1234567"),
            (9, b"x"),
            (7, "é"),
        ):
            shared[at] = item
            found += [shared[at], shared.format]
        shared[0] = "7 bytes"
        shared[6] = b"a\0b\0\0"
        found += [shared[0], shared[6], list(shared)]
        found += [
            outcome(lambda: shared.__setitem__(6, "123456789")),
            outcome(lambda: shared.__setitem__(6, b"12345678")),
            outcome(lambda: shared.__setitem__(0, [])),
            outcome(lambda: shared.__setitem__(0, 2**63)),
            outcome(lambda: shared.__setitem__(0, object)),
        ]
        return found, list(shared)


@alone
def what_lists_do_not_take(mp: Any) -> Any:
    module = _module(mp)
    return [
        outcome(lambda: module.ShareableList([[]])),
        outcome(lambda: module.ShareableList([1, {}])),
        outcome(lambda: module.ShareableList(5)),
        outcome(lambda: module.ShareableList(["x" * 10_000_000])),
        str(module.ShareableList[int]).rsplit(".", 1)[-1],
    ]


@alone
def lists_by_name(mp: Any) -> Any:
    module, name = _module(mp), _name("list")
    one = module.ShareableList([1, "two", None], name=name)
    other = module.ShareableList(name=name)
    other[0] = 7
    found = [list(one), list(other), other.shm.name == name, other.format]
    same = pickle.loads(pickle.dumps(one))
    same[1] = "2"
    found += [one[1], type(same).__name__, same == one]
    found += [_without(name, lambda: module.ShareableList([1], name=name))]
    for each in (same, other, one):
        each.shm.close()
    one.shm.unlink()
    found += [_without(name, lambda: module.ShareableList(name=name))]
    return found


@alone
def empty_lists(mp: Any) -> Any:
    with _list(mp, []) as shared:
        return list(shared), len(shared), shared.format, outcome(lambda: shared[0])


def _double(shared: Any) -> None:
    for at, item in enumerate(shared):
        shared[at] = item * 2
    shared.shm.close()


def lists_in_children(mp: Any) -> Any:
    with _list(mp, [1, 2.5, "ab", b"cd"]) as shared:
        process = mp.Process(target=_double, args=(shared,))
        process.start()
        process.join()
        return process.exitcode, list(shared)
