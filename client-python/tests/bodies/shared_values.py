"""Values and arrays: `Value`, `Array`, `RawValue`, `RawArray`, `copy`: rows of 1.0 and 1.5."""

from __future__ import annotations

import copy
import ctypes
import importlib
from typing import Any

from bodies import alone, outcome

TYPECODES = "cubBhHiIlLqQfd"
NUMBERS = "bBhHiIlLqQ"


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_double), ("y", ctypes.c_double), ("n", ctypes.c_int))


class Pair(ctypes.Structure):
    _fields_ = (("small", ctypes.c_byte), ("large", ctypes.c_longlong))


class Either(ctypes.Union):
    _fields_ = (("whole", ctypes.c_int), ("parts", ctypes.c_ubyte * 4))


def _types(mp: Any) -> Any:
    return importlib.import_module(f"{mp.__name__}.sharedctypes")


# In one process.


@alone
def values_of_all_typecodes(mp: Any) -> Any:
    found: list[Any] = []
    for code in TYPECODES:
        initial = {"c": b"x", "u": "é", "f": 0.5, "d": -2.25}.get(code, 7)
        value = mp.Value(code, initial)
        found.append((code, type(value).__name__, type(value.get_obj()).__name__, value.value))
        value.value = {"c": b"y", "u": "\u20ac", "f": 3, "d": 4}.get(code, 100)
        found.append((value.value, type(value.value).__name__, mp.Value(code).value))
        found.append((mp.RawValue(code).value, mp.RawValue(code, initial).value))
    return found


@alone
def values_of_types(mp: Any) -> Any:
    kinds = (ctypes.c_bool, ctypes.c_int64, ctypes.c_uint8, ctypes.c_size_t, ctypes.c_longdouble)
    return [(mp.Value(kind, 1).value, mp.Value(kind).value) for kind in kinds]


@alone
def whole_numbers_wrap(mp: Any) -> Any:
    found = []
    for code in NUMBERS:
        value = mp.Value(code)
        for number in (2**7, 2**8, 2**15, 2**16, 2**31, 2**32, 2**40, 2**63, 2**64, -1, -(2**40)):
            value.value = number
            found.append(value.value)
    return found


@alone
def what_a_type_does_not_take(mp: Any) -> Any:
    return [
        outcome(lambda: setattr(mp.Value("i"), "value", 1.5)),
        outcome(lambda: setattr(mp.Value("i"), "value", "1")),
        outcome(lambda: setattr(mp.Value("d"), "value", "1")),
        outcome(lambda: setattr(mp.Value("c"), "value", "x")),
        outcome(lambda: setattr(mp.Value("c"), "value", b"xy")),
        outcome(lambda: setattr(mp.Value("u"), "value", b"x")),
        outcome(lambda: setattr(mp.Value("u"), "value", "xy")),
        outcome(lambda: mp.Value("i", 1.5)),
        outcome(lambda: mp.Value("i", 1, 2)),
        outcome(lambda: mp.Value("z")),
        outcome(lambda: mp.Value("no such type")),
        outcome(lambda: mp.Value(None)),
        outcome(lambda: mp.Value(int)),
        outcome(lambda: mp.Value([])),
        outcome(lambda: mp.Value()),
        outcome(lambda: mp.Value("i", 1, unknown=2)),
        outcome(lambda: mp.RawValue("i", "1")),
        outcome(lambda: mp.Value("i").missing),
    ]


@alone
def text_of_them(mp: Any) -> Any:
    return [
        str(mp.Value("i", 3)),
        repr(mp.Value("d", 0.5)),
        repr(mp.RawValue("h", 3)),
        type(mp.Array("c", 3)).__name__,
        type(mp.Array("i", 3)).__name__,
        type(mp.RawArray("i", 3)).__name__,
        type(mp.Value(Point)).__name__,
        str(mp.Array("i", 1)).startswith("<SynchronizedArray wrapper for <"),
    ]


@alone
def locks_of_values(mp: Any) -> Any:
    own, lock = mp.Value("i"), mp.Lock()
    given = mp.Value("i", 2, lock=lock)
    with own.get_lock():
        own.value += 1
        with own.get_lock(), own as entered:  # It is reentrant.
            own.value += 1
    found = [own.value, entered, given.get_lock() is lock, type(own.get_lock()).__name__]
    found += [own.acquire(), own.acquire(), own.release(), own.release()]
    with lock:
        found.append(outcome(lambda: lock.acquire(False)))
        given.get_obj().value = 5
    found += [given.value, type(mp.Value("i", lock=False)).__name__]
    found += [hasattr(mp.Value("i", lock=False), "get_lock"), type(given.get_obj()).__name__]
    found.append(type(mp.Value("i", lock=mp.RLock()).get_lock()).__name__)
    found.append(type(mp.Value("i", lock=None).get_lock()).__name__)
    return found


@alone
def what_is_no_lock(mp: Any) -> Any:
    return [
        outcome(lambda: mp.Value("i", lock=5)),
        outcome(lambda: mp.Value("i", lock="x")),
        outcome(lambda: mp.Array("i", 3, lock=[1])),
        outcome(lambda: mp.Array("i", 3, lock=0)),
        outcome(lambda: mp.Value("i", lock=1).value),
        outcome(lambda: mp.Array("i", 3, True)),
        outcome(mp.Value("i").release),
        outcome(mp.Array("i", 2).release),
    ]


@alone
def arrays_of_all_typecodes(mp: Any) -> Any:
    found: list[Any] = []
    for code in TYPECODES:
        initial: Any = {"c": b"xyz", "u": "xyz", "f": [0.5, 1, 2], "d": (1.5, 2, 3)}.get(
            code, range(1, 4)
        )
        array = mp.Array(code, initial)
        found += [code, len(array), array[0], array[-1], array[:], array[1:], array[::-1]]
        found += [mp.Array(code, 2)[:], mp.RawArray(code, 2)[:], mp.RawArray(code, initial)[:]]
    return found


def _elements(array: Any) -> Any:
    array[0] = 5
    array[-1] = 2**40 + 3
    array[1:3] = [7, 8]
    found = [list(array), array[:], len(array), array[10:], array[-3:-1]]
    found += [
        outcome(lambda: array[4]),
        outcome(lambda: array[-5]),
        outcome(lambda: array.__setitem__(4, 1)),
        outcome(lambda: array.__setitem__(0, 1.5)),
        outcome(lambda: array.__setitem__(slice(0, 2), [1, 2, 3])),
        outcome(lambda: array.__setitem__(slice(0, 4, 2), [1, 2])),
        outcome(lambda: array["x"]),
        outcome(lambda: array.__delitem__(0)),
        outcome(lambda: 7 in array),
        outcome(lambda: sum(array)),
        outcome(lambda: array.value),
    ]
    return found, list(array)


@alone
def elements_of_arrays(mp: Any) -> Any:
    arrays = mp.Array("i", 4), mp.Array("i", 4, lock=False), mp.RawArray("i", 4)
    return [_elements(array) for array in arrays]


@alone
def sizes_and_initializers_of_arrays(mp: Any) -> Any:
    return [
        mp.Array("i", 0)[:],
        len(mp.RawArray("d", 0)),
        mp.Array("i", [])[:],
        mp.Array("d", (1, 2.5))[:],
        mp.Array("i", True)[:],
        mp.Array("b", b"abc")[:],
        mp.Array("H", mp.RawArray("i", [1, 2]))[:],
        outcome(lambda: mp.Array("i", -1)),
        outcome(lambda: mp.Array("i", 1.5)),
        outcome(lambda: mp.Array("i", None)),
        outcome(lambda: mp.Array("i", "abc")),
        outcome(lambda: mp.Array("i", [1, "2"])),
        outcome(lambda: mp.Array("i", (n for n in range(3)))),
        outcome(lambda: mp.Array("i", iter([1]))),
        outcome(lambda: mp.Array("c", "text")),
        outcome(lambda: mp.Array("u", b"bytes")),
        outcome(lambda: mp.Array("x", 3)),
        outcome(lambda: mp.Array("i")),
    ]


def _characters(array: Any) -> Any:
    array.value = b"hello"
    found = [array.value, array.raw, array[:], array[0], len(array)]
    array.raw = b"a\0b\0\0"
    found += [array.value, array.raw]
    array[1] = b"z"
    found += [array.value]
    found += [
        outcome(lambda: setattr(array, "value", b"x" * 11)),
        outcome(lambda: setattr(array, "raw", b"x" * 11)),
        outcome(lambda: setattr(array, "value", "text")),
        outcome(lambda: array.__setitem__(0, b"xy")),
        outcome(lambda: array.__setitem__(0, 300)),
    ]
    return found


@alone
def arrays_of_characters(mp: Any) -> Any:
    arrays = mp.Array("c", 10), mp.RawArray("c", 10), mp.Array("c", b"0123456789")
    found = [_characters(array) for array in arrays]
    wide = mp.RawArray("u", 5)
    wide.value = "héé"
    found += [wide.value, wide[:], outcome(lambda: mp.Array("u", 5).value)]
    found.append(outcome(lambda: mp.Array("u", "abc").get_obj().value))
    return found


@alone
def structures(mp: Any) -> Any:
    point = mp.Value(Point, 1.5, 2.5)
    point.x += 1
    point.n = 2**33 + 1
    found: list[Any] = [point.x, point.y, point.n, type(point).__name__]
    found += [point.get_obj().x, type(point.get_obj()).__name__, point.get_lock().acquire()]
    point.get_lock().release()
    points = mp.Array(Point, [(1, 2), (3, 4, 5)], lock=False)
    points[0].x = 9
    found += [[(p.x, p.y, p.n) for p in points], len(points)]
    locked = mp.Array(Point, 2)
    locked[1].y = 6
    found += [locked[1].y, [(p.small, p.large) for p in mp.RawArray(Pair, [(1, 2), (3, 2**40)])]]
    either = mp.Value(Either, lock=False)
    either.whole = 0x01020304
    found += [list(either.parts), mp.Value(Either).whole]
    found += [
        outcome(lambda: point.z),
        outcome(lambda: setattr(point, "x", "text")),
        outcome(lambda: mp.Value(Point, 1, 2, 3, 4)),
        outcome(lambda: mp.Value(Point, n=3)),
        outcome(lambda: point.value),
    ]
    return found


@alone
def arrays_of_arrays(mp: Any) -> Any:
    rows = mp.RawArray(ctypes.c_int * 3, 2)
    rows[1][2] = 7
    return [list(row) for row in rows], list(mp.Array(ctypes.c_short * 2, 2)[1])


@alone
def copies(mp: Any) -> Any:
    types = _types(mp)
    number, array, point = mp.RawValue("d", 2.5), mp.RawArray("i", [1, 2]), mp.RawValue(Point, 3)
    copied = [types.copy(each) for each in (number, array, point)]
    number.value, array[0], point.x = 0, 0, 0
    found = [copied[0].value, list(copied[1]), copied[2].x, [type(c).__name__ for c in copied]]
    found += [types.copy(ctypes.c_int(4)).value, outcome(lambda: types.copy(4))]
    found.append(outcome(lambda: types.copy(mp.Value("i", 1))))
    return found


@alone
def copied_as_any_object(mp: Any) -> Any:
    number, array, point = mp.RawValue("d", 2.5), mp.RawArray("i", [1, 2]), mp.RawValue(Point, 3)
    copied = [copy.copy(each) for each in (number, array, point)]
    number.value, array[0], point.x = 0, 0, 0
    found: list[Any] = [copied[0].value, list(copied[1]), copied[2].x]
    copied[0].value, copied[1][1], copied[2].y = 1, 1, 1
    found += [number.value, array[:], point.y, [type(each).__name__ for each in copied]]
    return found


@alone
def synchronized_by_hand(mp: Any) -> Any:
    types = _types(mp)
    raw, lock = mp.RawValue("i", 3), mp.Lock()
    one, other = types.synchronized(raw, lock), types.synchronized(mp.RawArray("c", b"ab"))
    one.value += 1
    found = [raw.value, one.get_obj() is raw, one.get_lock() is lock, other.value]
    found += [type(other).__name__, type(other.get_lock()).__name__]
    found += [type(types.synchronized(mp.RawArray("i", 2), lock)).__name__]
    found += [type(types.synchronized(ctypes.c_int(3), lock)).__name__]
    same = types.synchronized(mp.RawValue(Point), lock), types.synchronized(mp.RawValue(Point))
    found += [type(same[0]) is type(same[1])]
    found += [outcome(lambda: types.synchronized(one)), outcome(lambda: types.synchronized(3))]
    found += [isinstance(one, types.SynchronizedBase), isinstance(one, types.Synchronized)]
    found += [isinstance(other, types.SynchronizedArray), isinstance(one, types.SynchronizedArray)]
    return found


@alone
def what_the_module_has(mp: Any) -> Any:
    types = _types(mp)
    return sorted(types.__all__), types.typecode_to_type["d"].__name__, types.Value.__name__


@alone
def by_other_contexts(mp: Any) -> Any:
    found: list[Any] = []
    for method in mp.get_all_start_methods():
        context = mp.get_context(method)
        value, array = context.Value("i", 3), context.Array("d", [1, 2])
        found += [
            value.value,
            array[:],
            context.RawValue("i", 4).value,
            context.RawArray("i", 1)[0],
        ]
        found.append(type(value.get_lock()).__name__)
    return found


@alone
def memory_is_aligned_and_zero(mp: Any) -> Any:
    found: list[Any] = []
    for kind in (
        ctypes.c_byte,
        Pair,
        ctypes.c_byte * 3,
        ctypes.c_double,
        Pair,
        ctypes.c_char * 700,
    ):
        objects = [mp.RawValue(kind) for _ in range(3)]
        found += [ctypes.addressof(each) % ctypes.alignment(kind) for each in objects]
        found += [bytes(each).strip(b"\0") for each in objects]
        for each in objects:
            ctypes.memset(ctypes.addressof(each), 255, ctypes.sizeof(each))
    return found


# Between processes.


def _count(value: Any, array: Any, times: int) -> None:
    for _ in range(times):
        with value.get_lock():
            value.value += 1
        with array.get_lock():
            array[0] += 1
            array[-1] -= 1


def counters_of_processes(mp: Any) -> Any:
    value, array = mp.Value("i", 5), mp.Array("l", 3)
    processes = [mp.Process(target=_count, args=(value, array, 50)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return value.value, array[:], [process.exitcode for process in processes]


def _write_all(*shared: Any) -> None:
    number, array, text, flag, point, points, raw, one, empty, lock, both = shared
    with lock:
        both[0].value += 1
        both[1].value += both[0].value
    assert both[0].get_lock() is both[1].get_lock()
    with number.get_lock():
        number.value *= 2
    array[1:] = [8, 9]
    text.value = text.value.upper()
    flag.value = not flag.value
    point.x, point.n = point.y, 2**32 + 7
    points[1].large = points[0].large + 1
    raw[0] = raw[0] + 1
    one.value = 2**31 + one.value
    assert len(empty) == 0


def all_kinds_in_a_child(mp: Any) -> Any:
    number, array = mp.Value("d", 1.25), mp.Array("q", [1, 2, 3])
    text, flag = mp.Array("c", b"hello"), mp.Value(ctypes.c_bool, False)
    point, points = mp.Value(Point, 1, 2), mp.Array(Pair, [(1, 2), (3, 4)], lock=False)
    raw, one = mp.RawArray("d", [0.5, 1]), mp.Value("i", 3, lock=False)
    empty, lock = mp.RawArray("i", 0), mp.RLock()
    both = mp.Value("i", 1, lock=lock), mp.Value("h", 2, lock=lock)
    process = mp.Process(
        target=_write_all,
        args=(number, array, text, flag, point, points, raw, one, empty, lock, both),
    )
    process.start()
    process.join()
    found: list[Any] = [process.exitcode, number.value, array[:], text.value, flag.value]
    found += [point.x, point.n, [(p.small, p.large) for p in points], raw[:], one.value]
    with lock:
        found += [both[0].value, both[1].value]
    return found


def _negate(number: Any, numbers: Any) -> None:
    number.value = 3.1415927
    for at in range(len(numbers)):
        numbers[at] = -numbers[at]


def the_documentation_s_example(mp: Any) -> Any:
    number, numbers = mp.Value("d", 0.0), mp.Array("i", range(10))
    process = mp.Process(target=_negate, args=(number, numbers))
    process.start()
    process.join()
    return number.value, numbers[:]
