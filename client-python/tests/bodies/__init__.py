"""What `multiprocessing` and the drop-in do alike: bodies that take either, and answer what came.

Each is run by both, in programs of their own, by each start method; `test_likeness.py` compares.
What differs is said where it does, by `differs`, in the words of the documentation. A body that
starts no process is `alone`: it runs once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Body = Callable[[Any], Any]
B = TypeVar("B", bound=Body)


def alone(body: B) -> B:
    """Says that a body starts no process, so that the start method is nothing to it."""
    body.is_alone = True  # type: ignore[attr-defined]
    return body


def differs(phrase: str) -> Callable[[B], B]:
    """Says that the two do not do the same here.

    Args:
        phrase: a part of the row of the page "From multiprocessing" that says so.
    """

    def mark(body: B) -> B:
        body.difference = phrase  # type: ignore[attr-defined]
        return body

    return mark


def bodies_of(module: Any) -> list[Body]:
    """The bodies of a module: its public functions with one parameter, `mp`, in their order."""
    return [
        thing
        for name, thing in vars(module).items()
        if callable(thing)
        and not name.startswith("_")
        and getattr(thing, "__module__", None) == module.__name__
        and getattr(thing, "__code__", None) is not None
        and thing.__code__.co_varnames[: thing.__code__.co_argcount] == ("mp",)
    ]


def outcome(call: Callable[[], Any]) -> Any:
    """What comes of a call: what it returns, or the class and the message of what it raises."""
    try:
        return call()
    except BaseException as e:
        return raised(e)


def raised(error: BaseException) -> tuple[str, str]:
    """The class and the message of an exception."""
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}", str(error)
