"""Tasks as programs submit them, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypedDict

from polyproc._any_result import T
from polyproc._errors import Outcome, TaskFailed, UnexpectedValue, WorkerLost
from polyproc._object import seconds
from polyproc._signals import raise_of_handler
from polyproc._values import Value
from polyproc.v1 import pool_pb2

Write = Callable[[Value, Any], None]
Read = Callable[[Value], Any]

_OUTCOMES: dict[int, Outcome] = {
    pool_pb2.PoolOutcome.Value(f"POOL_OUTCOME_{outcome.name}"): outcome for outcome in Outcome
}
_SUCCEEDED = pool_pb2.POOL_OUTCOME_SUCCEEDED
_LOST = pool_pb2.POOL_OUTCOME_WORKER_LOST


class TaskKeywords(TypedDict, total=False):
    """How tasks are treated: the fields of `Task` but the call, as keywords."""

    priority: int
    time_to_live: float | None
    key: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task: which function is called with what, in whichever language that is written."""

    function: str
    """The name under which workers know it."""

    arguments: Sequence[Any] = ()

    priority: int = 0
    """Lower ones are run first."""

    time_to_live: float | None = None
    """For how many seconds it may take until it is done, from when it is submitted; None: for ever.
    When they are over it is EXPIRED, or its run is cancelled."""

    key: str = ""
    """What it belongs to, for the pool's `max_runs_per_key`; empty: nothing."""

    def _message(self, write: Write) -> pool_pb2.PoolTask:
        message = pool_pb2.PoolTask(priority=self.priority, key=self.key)
        fill_call(message.call, self.function, self.arguments, write)
        if self.time_to_live is not None:
            message.time_to_live.CopyFrom(seconds(self.time_to_live))
        return message

    @classmethod
    def _of_call(cls, function: str, arguments: Sequence[Any], options: TaskKeywords) -> Task:
        unknown = options.keys() - TaskKeywords.__annotations__.keys()
        if unknown:
            raise TypeError(
                f"Expected a task's options to be of {', '.join(TaskKeywords.__annotations__)}, but"
                f" there is {min(unknown)!r}; its function takes arguments by their places alone"
            )
        return cls(function, arguments, **options)

    @classmethod
    def _of(cls, call: pool_pb2.PoolCall, read: Read) -> Task:
        return cls(call.function, arguments_of(call, read))


def fill_call(
    call: pool_pb2.PoolCall, function: str, arguments: Iterable[Any], write: Write
) -> None:
    """Says a call as all clients of pools do: its arguments are a list, in their order.

    Raises:
        TypeError: The function is no name, such as the function itself; or there is no value for an
            argument.
        ValueError: The name is empty.
    """
    if not isinstance(function, str):
        raise TypeError(
            "Expected the name under which workers know the function, a str, but it is"
            f" {function!r}"
        )
    if not function:
        raise ValueError("Expected the name under which workers know the function, but got none")
    if isinstance(arguments, str | bytes):
        raise TypeError(f"Expected a sequence of arguments, but got {arguments!r}")
    call.function = function
    values = call.payload.list
    values.SetInParent()
    add = values.values.add
    for argument in arguments:
        write(add(), argument)


def arguments_of(call: pool_pb2.PoolCall, read: Read) -> tuple[Any, ...]:
    """The arguments of a call, as `fill_call` has said them.

    Raises:
        UnexpectedValue: They were said in another way, or are not what the codec reads.
    """
    return arguments_in(call.payload, read) if call.HasField("payload") else ()


def arguments_in(payload: Value, read: Read) -> tuple[Any, ...]:
    """The arguments in a payload.

    Raises:
        UnexpectedValue: It is no list of them, or they are not what the codec reads.
    """
    if payload.WhichOneof("kind") != "list":
        raise UnexpectedValue.of("a list of arguments", "no list", payload)
    return tuple(read(value) for value in payload.list.values)


class TaskResult(Generic[T]):
    """What came of a task."""

    __slots__ = ("_error", "_result", "_unread", "_value")

    _value: T

    def __init__(self, result: pool_pb2.PoolResult, read: Read) -> None:
        self._result = result
        self._error: TaskFailed | None = None
        self._unread: UnexpectedValue | None = None
        if result.outcome != _SUCCEEDED:
            self._error = failure_of(result, read)
            return
        try:
            self._value = value_of(result, read)
        except UnexpectedValue as e:
            self._unread = e

    @property
    def task(self) -> int:
        """The task's number in its job, as `Job.submit` has answered it."""
        return self._result.task

    @property
    def outcome(self) -> str:
        """What became of it, one of `Outcome`."""
        return outcome_of(self._result.outcome)

    @property
    def attempts(self) -> int:
        """How often it was handed out."""
        return self._result.attempts

    @property
    def place(self) -> int:
        """When it came, among those of its job: above all earlier ones."""
        return self._result.place

    @property
    def value(self) -> T:
        """What the task returned.

        Raises:
            TaskFailed: It has returned nothing, as `error` says.
            UnexpectedValue: What it returned is not what the codec reads.
        """
        if self._error is not None:
            raise self._error
        if self._unread is not None:
            raise self._unread
        return self._value

    @property
    def error(self) -> TaskFailed | None:
        """Why the task has returned nothing; None where it succeeded."""
        return self._error

    def __repr__(self) -> str:
        return f"<TaskResult of {self.task}: {self.outcome}, attempts {self.attempts}>"


def value_of(result: pool_pb2.PoolResult, read: Read) -> Any:
    """What a task returned; None where its worker said nothing."""
    return read(result.value) if result.HasField("value") else None


def outcome_of(number: int) -> str:
    """An `Outcome` by the contract's number, or the number of a new one."""
    return _OUTCOMES.get(number) or str(number)


def failure_of(result: pool_pb2.PoolResult, read: Read) -> TaskFailed:
    """What is raised in the place of the result of a task that failed."""
    if result.outcome == _LOST:
        error: TaskFailed = WorkerLost._of_result(result)
    else:
        error = TaskFailed._of(result.failure, outcome_of(result.outcome))
        error.task = result.task
        error.attempts = result.attempts
    if result.HasField("call"):
        error.call = _call_of(result.call, read)
    if error.payload is not None:
        cause = _read(error.payload, read)
        if isinstance(cause, BaseException):
            error.__cause__ = cause
    if error.stack:
        error.add_note(f"In the worker:\n{error.stack.rstrip()}")
    if isinstance(error, WorkerLost) and error.output:
        output = error.output.decode(errors="replace").rstrip()
        error.add_note(f"The last that the worker wrote to its standard error:\n{output}")
    return error


def _call_of(call: pool_pb2.PoolCall, read: Read) -> Task | None:
    try:
        return Task._of(call, read)
    except UnexpectedValue:
        return None


def _read(value: Value, read: Read) -> object:
    """What a value is, None where it cannot be read here."""
    try:
        return read(value)
    except Exception as e:
        raise_of_handler(e)
        return None
