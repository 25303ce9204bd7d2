"""Lists and dicts do what Python's do, in any order, and refuse what they refuse in their words."""

import operator
import random
from collections.abc import Callable
from typing import Any

import pytest

import polyproc

_VALUES: list[Any] = [0, 1, True, 1.0, -0.0, "a", b"x", None, (1, 2), [1], {"k": 1}, 2**70, 3.5]
_KEYS: list[Any] = [0, 1, True, 1.0, -0.0, "a", "b", b"x", None, (1, 2), 2**70, 2, 3]
_BOUNDS = [None, 0, 1, 2, -1, -2, 5, -5, 100, -100, 2**65, -(2**65)]
_STEPS = [None, 1, 1, 2, -1, -2, 3, 2**65]

Step = Callable[[Any], Any]


def _outcome(step: Step, of: Any) -> tuple[str, str]:
    """What it answers, but for the object itself; or what it raises."""
    try:
        answer = step(of)
    except (LookupError, TypeError, ValueError) as e:
        return type(e).__name__, str(e)
    return "", "" if answer is of else repr(answer)


def _list_step(chance: random.Random, own: list[Any]) -> Step:
    at = chance.choice([0, 1, -1, 3, -4, 9, -9])
    value = chance.choice(_VALUES)
    part = slice(chance.choice(_BOUNDS), chance.choice(_BOUNDS), chance.choice(_STEPS))
    values = chance.choices(_VALUES, k=chance.randrange(4))
    as_many = chance.choices(_VALUES, k=len(own[part]))
    if len(own) > 60:
        return lambda x: x.clear()
    steps: list[Step] = [
        lambda x: x[at],
        lambda x: operator.setitem(x, at, value),
        lambda x: operator.delitem(x, at),
        lambda x: x[part],
        lambda x: operator.setitem(x, part, values),
        lambda x: operator.setitem(x, part, as_many),
        lambda x: operator.delitem(x, part),
        lambda x: x.append(value),
        lambda x: x.extend(values),
        lambda x: x.insert(at, value),
        lambda x: x.pop(),
        lambda x: x.pop(at),
        lambda x: x.remove(value),
        lambda x: x.index(value),
        lambda x: x.index(value, at, 5),
        lambda x: x.count(value),
        lambda x: value in x,
        lambda x: x.reverse(),
        lambda x: operator.iadd(x, values),  # type: ignore[no-untyped-call]
        lambda x: operator.imul(x, at),  # type: ignore[no-untyped-call]
        lambda x: (len(x), list(x), list(reversed(x))),
    ]
    return chance.choice(steps)


def _dict_step(chance: random.Random) -> Step:
    key = chance.choice(_KEYS)
    value = chance.choice(_VALUES)
    items = {chance.choice(_KEYS): chance.choice(_VALUES) for _ in range(chance.randrange(4))}
    steps: list[Step] = [
        lambda x: x[key],
        lambda x: operator.setitem(x, key, value),
        lambda x: operator.delitem(x, key),
        lambda x: x.get(key, 5),
        lambda x: x.pop(key),
        lambda x: x.pop(key, 6),
        lambda x: x.popitem(),
        lambda x: x.setdefault(key, value),
        lambda x: x.update(items),
        lambda x: operator.ior(x, items),  # type: ignore[no-untyped-call]
        lambda x: key in x,
        lambda x: (len(x), list(x), list(x.values()), list(x.items()), list(reversed(x))),
    ]
    return chance.choice(steps)


@pytest.mark.parametrize("seed", range(4))
def test_list_does_what_a_list_does(polyproc_client: polyproc.Polyproc, seed: int) -> None:
    chance = random.Random(seed)
    shared, own = polyproc_client.list(), list[Any]()
    for _ in range(300):
        step = _list_step(chance, own)
        assert _outcome(step, shared) == _outcome(step, own)
    assert repr(shared.copy()) == repr(own)


@pytest.mark.parametrize("seed", range(4))
def test_dict_does_what_a_dict_does(polyproc_client: polyproc.Polyproc, seed: int) -> None:
    chance = random.Random(seed)
    shared, own = polyproc_client.dict(), dict[Any, Any]()
    for _ in range(300):
        step = _dict_step(chance)
        assert _outcome(step, shared) == _outcome(step, own)
    assert repr(shared.copy()) == repr(own)
