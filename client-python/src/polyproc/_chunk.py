"""Several calls of one function as one task, as `PoolCall` of the contract has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyproc._failures import fill_failure, stack_of
from polyproc._signals import Stop
from polyproc._tasks import Read, Write, arguments_in, arguments_of
from polyproc._values import Value
from polyproc.v1 import pool_pb2

CHUNK = "polyproc.chunk"
"""The function: it is called with another one's name, and a list of arguments for each call."""


def run_chunk(
    into: Value,
    call: pool_pb2.PoolCall,
    function_of: Callable[[str], Callable[..., Any]],
    read: Read,
    write: Write,
) -> None:
    """Makes the calls; one that fails keeps no other from being made.

    Args:
        into: takes what came of them: for each a list of what it returned, or of None, and type,
            message and stack of what it raised.
        call: of the function `CHUNK`.
        function_of: the function of a name; raises LookupError where there is none.
        read: reads arguments.
        write: writes what is returned.
    """
    name, *inputs = arguments_of(call, lambda value: value)
    function = function_of(name.text)
    outcomes = into.list
    outcomes.SetInParent()
    for arguments in inputs:
        outcome = outcomes.values.add().list
        try:
            write(outcome.values.add(), function(*arguments_in(arguments, read)))
        except Stop:
            raise
        except BaseException as e:
            outcome.ClearField("values")
            outcome.values.add().null.SetInParent()
            failure = pool_pb2.PoolFailure()
            fill_failure(failure, e, stack_of(e))
            for text in (failure.type, failure.message, failure.stack):
                outcome.values.add().text = text
