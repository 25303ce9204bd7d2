"""What a call fails with, and how a status of the daemon becomes one."""

from __future__ import annotations

import binascii
import errno
import sys
import threading
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.message import DecodeError

if sys.version_info >= (3, 13):
    from queue import ShutDown as _QueueShutDown
else:

    class _QueueShutDown(Exception):
        """What Python 3.13 raises of a queue that was shut down."""


if TYPE_CHECKING:
    from typing import Self

    from polyproc._tasks import Task
    from polyproc.v1.pool_pb2 import PoolFailure, PoolResult
    from polyproc.v1.value_pb2 import Value

DOMAIN = "polyproc.dev"

CODES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
"""The names of gRPC's status codes, by number."""

_CODES_OF_HTTP = {
    "400": "INTERNAL",
    "401": "UNAUTHENTICATED",
    "403": "PERMISSION_DENIED",
    "404": "UNIMPLEMENTED",
    "429": "UNAVAILABLE",
    "502": "UNAVAILABLE",
    "503": "UNAVAILABLE",
    "504": "UNAVAILABLE",
}
"""What gRPC makes of an answer that does not come from gRPC at all."""


class Reason(StrEnum):
    """Why a call failed. The page on errors says of each what it means and what to do.

    Each is the text of its name, so that ``error.reason == "CLOSED"`` and
    ``error.reason == Reason.CLOSED`` are the same, but for a slip of the pen. A reason that only a
    newer daemon knows is a plain text.
    """

    UNSPECIFIED = "UNSPECIFIED"
    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    NESTED_TOO_DEEP = "NESTED_TOO_DEEP"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    INVALID_NAME = "INVALID_NAME"
    INVALID_DURATION = "INVALID_DURATION"
    INVALID_VALUE = "INVALID_VALUE"
    SEQUENCE_REUSED = "SEQUENCE_REUSED"
    SEQUENCE_FORGOTTEN = "SEQUENCE_FORGOTTEN"
    UNKNOWN_METHOD = "UNKNOWN_METHOD"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    OBJECT_NOT_FOUND = "OBJECT_NOT_FOUND"
    OBJECT_DELETED = "OBJECT_DELETED"
    OBJECT_EXISTS = "OBJECT_EXISTS"
    WRONG_KIND = "WRONG_KIND"
    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    SESSION_ENDED = "SESSION_ENDED"
    SESSION_REQUIRED = "SESSION_REQUIRED"
    ATTACHMENT_REPLACED = "ATTACHMENT_REPLACED"
    CANCELLED = "CANCELLED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    GUARD_FAILED = "GUARD_FAILED"
    LIMIT_REACHED = "LIMIT_REACHED"
    VALUE_TOO_LARGE = "VALUE_TOO_LARGE"
    MEMORY_FULL = "MEMORY_FULL"
    WINDOW_FULL = "WINDOW_FULL"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    CLOSED = "CLOSED"
    RESERVATION_ENDED = "RESERVATION_ENDED"
    NOT_HELD = "NOT_HELD"
    NOT_OWNER = "NOT_OWNER"
    STALE_TOKEN = "STALE_TOKEN"
    LOCK_BROKEN = "LOCK_BROKEN"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    START_FAILED = "START_FAILED"
    PROCESS_ENDED = "PROCESS_ENDED"
    INVALID_ATTACHMENT = "INVALID_ATTACHMENT"
    INDEX_OUT_OF_RANGE = "INDEX_OUT_OF_RANGE"
    NOT_COMPARABLE = "NOT_COMPARABLE"
    BROKEN_PIPE = "BROKEN_PIPE"
    WRONG_DIRECTION = "WRONG_DIRECTION"
    MESSAGE_TOO_LONG = "MESSAGE_TOO_LONG"
    COMPRESSED = "COMPRESSED"
    REPLY_TOO_LARGE = "REPLY_TOO_LARGE"
    CALL_REPLACED = "CALL_REPLACED"
    OVER_RELEASED = "OVER_RELEASED"
    SEMAPHORE_BROKEN = "SEMAPHORE_BROKEN"
    BARRIER_BROKEN = "BARRIER_BROKEN"
    WOULD_DEADLOCK = "WOULD_DEADLOCK"
    NOT_JOINABLE = "NOT_JOINABLE"
    TASK_DONE_TOO_OFTEN = "TASK_DONE_TOO_OFTEN"
    NOT_LOCAL = "NOT_LOCAL"
    NO_SPACE = "NO_SPACE"
    SEGMENT_FAILED = "SEGMENT_FAILED"
    SEGMENT_NOT_READY = "SEGMENT_NOT_READY"
    SEGMENT_LOST = "SEGMENT_LOST"
    RUN_ENDED = "RUN_ENDED"
    POOL_BROKEN = "POOL_BROKEN"
    INTERNAL = "INTERNAL"


_REASONS: dict[str, Reason] = {reason.value: reason for reason in Reason}


class Error(Exception):
    """A call that the daemon refused, or that could not reach it.

    ``str(error)`` is a sentence for people; ``reason``, ``code`` and ``metadata`` are for programs,
    and are the same in every language. An error can be pickled.
    """

    reason: str
    """Why, as one of ``Reason``; ``Reason.UNSPECIFIED`` when the daemon did not say."""

    code: str
    """The name of the gRPC status code that goes with the reason, such as ``"NOT_FOUND"``."""

    metadata: dict[str, str]
    """What the sentence names, such as ``{"object": "jobs"}``."""

    def __init__(
        self,
        sentence: str,
        reason: str = Reason.UNSPECIFIED,
        code: str = "UNKNOWN",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.reason = _REASONS.get(reason, reason)
        self.code = code
        self.metadata = dict(metadata) if metadata else {}


class ConnectionLost(Error, ConnectionError):
    """No daemon can be reached: there is none, or what is there is not to be trusted."""

    def __init__(
        self,
        sentence: str,
        reason: str = Reason.UNSPECIFIED,
        code: str = "UNAVAILABLE",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence, reason, code, metadata)


class SessionLost(Error):
    """The session has ended without being closed, and what it held is gone.

    Its daemon could not be reached for the session's time to live, was restarted, or ended the
    session. Locks have been handed on, reserved items are back in their queues. The next call
    opens a new session. `client.admin.server_info().server.boot` tells daemons apart: where it is
    another one than before, all objects are gone.
    """

    address: str
    """Where the daemon listened, such as ``unix:/tmp/polyproc-1000/polyproc.sock``."""

    outcome_unknown: bool
    """Whether the call may have taken effect: it was sent, and its answer did not come."""

    def __init__(
        self,
        sentence: str,
        reason: str = Reason.SESSION_ENDED,
        *,
        address: str = "",
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(sentence, reason, "ABORTED")
        self.address = address
        self.outcome_unknown = outcome_unknown


class NotHeld(Error, RuntimeError):
    """Who releases a lock, or waits at its condition, does not hold it, or not any more."""


class OverReleased(Error, ValueError):
    """A semaphore was released more often than its bound allows."""


class BrokenBarrier(Error, threading.BrokenBarrierError):
    """The barrier is broken. The metadata say what broke it: ``cause``, ``party`` and ``round``."""


class UnexpectedValue(Error, ValueError):
    """A value of the daemon is not what the codec reads.

    The value is not lost with it: an item that was taken from a queue is ``value``, of which
    ``polyproc.PLAIN.decode(error.value)`` makes Python data.
    """

    value: Value | None
    """The value as it came: all that the call took, where it took something away."""

    def __init__(self, sentence: str, value: Value | None = None) -> None:
        super().__init__(sentence, Reason.INVALID_VALUE, "INVALID_ARGUMENT")
        self.value = value
        self._expected = ""
        self._found = ""

    @classmethod
    def of(cls, expected: str, found: str, value: Value) -> UnexpectedValue:
        """Return the error of a codec that ``expected`` one thing, and ``found`` another."""
        error = cls(f"Expected {expected}, but the value is {found}", value)
        error._expected = expected
        error._found = found
        return error

    def part_of(self, where: str, whole: Value) -> UnexpectedValue:
        """Return the same for the value that this one's is a part of."""
        if not self._expected:
            return self
        return UnexpectedValue.of(f"{self._expected} {where}", self._found, whole)

    def taken(self, whole: Value) -> UnexpectedValue:
        """Return the same for a call that has taken ``whole`` away, or has replaced it."""
        error = UnexpectedValue(
            f"{self}; the call has taken effect all the same, and `value` of this error is what it"
            " took",
            whole,
        )
        error.__cause__ = self.__cause__
        return error


class DaemonStartFailed(Error, RuntimeError):
    """`private` could not start a daemon; the message says why, and what to install or to set."""

    def __init__(
        self,
        sentence: str,
        reason: str = Reason.UNSPECIFIED,
        code: str = "UNAVAILABLE",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence, reason, code, metadata)


class StartFailed(Error, OSError):
    """A process could not be started: no such program or folder, or it may not be used."""


class MissedOutput(Error, OSError):
    """A process wrote more than the daemon keeps before it could be read: some bytes are missing.

    The next read goes on behind them.
    """

    missed: int = 0
    """How many bytes are missing."""

    @classmethod
    def of(cls, missed: int) -> MissedOutput:
        """Return the error for so many bytes."""
        error = cls(f"Expected to read all output, but the daemon dropped {missed} bytes of it")
        error.missed = missed
        return error


class NotANumber(Error, TypeError):
    """A sum of what is no number, as of a text and 1: nothing was changed."""


class NotComparable(Error, TypeError):
    """Two values of a list that was to be sorted have no order: the list is as it was."""


class HalfChanged(Error, RuntimeError):
    """A shared array may be half changed, as who changed it last has died: mend it by `mend`."""

    def __init__(
        self,
        sentence: str,
        reason: str = Reason.UNSPECIFIED,
        code: str = "FAILED_PRECONDITION",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence, reason, code, metadata)


class OutOfRange(Error, OverflowError):
    """A number or a sum does not fit the type that it is of: nothing was changed."""


E = TypeVar("E", bound=Error)


def as_standard(error: Error, kind: type[E], sentence: str = "") -> E:
    """The same refusal as an exception that the standard library has for it."""
    return kind(sentence or str(error), error.reason, error.code, error.metadata)


class ShutDown(Error, _QueueShutDown):
    """The queue was shut down: it takes nothing any more, or is empty, and nothing will come.

    Or the pool was: it takes no task.

    It is a ``queue.ShutDown`` where Python has that, from 3.13 on.
    """


class Outcome(StrEnum):
    """What became of a task, each the text of its name. A newer daemon may have others."""

    SUCCEEDED = "SUCCEEDED"
    """It was run, and returned a value."""
    FAILED = "FAILED"
    """It was run, and raised something."""
    CANCELLED = "CANCELLED"
    WORKER_LOST = "WORKER_LOST"
    """The workers that ran it died, as often as it had attempts."""
    TIMED_OUT = "TIMED_OUT"
    """It ran for longer than it may, as often as it had attempts."""
    EXPIRED = "EXPIRED"
    """Its time to live was over."""
    POOL_ENDED = "POOL_ENDED"
    """The pool was broken, or deleted."""


class TaskFailed(Error):
    """A task of a pool that has no result, and no exception that can be raised here as itself.

    Where the exception that it raised can be made again, that is its cause.
    """

    outcome: str = Outcome.FAILED
    """What became of the task, one of `Outcome`."""

    task: int = 0
    """Its number in its job; 0: it is not known."""

    attempts: int = 0
    """How often it was handed out; 0: it is not known."""

    type: str = ""
    """The type of what it raised, as its language names it, such as "builtins.ValueError"; "" where
    it raised nothing."""

    message: str = ""
    """The message of what it raised, or what happened, in words."""

    stack: str = ""
    """Where that was raised, as a text."""

    payload: Value | None = None
    """What makes the exception again, for who knows its language; None: the worker gave nothing."""

    call: Task | None = None
    """What was called, where the workers died or the time was up; it may be submitted again."""

    @classmethod
    def _of(cls, failure: PoolFailure, outcome: str = Outcome.FAILED) -> Self:
        if failure.type and outcome == Outcome.FAILED:
            what = f"Expected the task to succeed, but it raised {failure.type}: {failure.message}"
        elif outcome == Outcome.FAILED:
            what = f"Expected the task to succeed, but it failed: {failure.message}"
        else:
            what = f"Expected the task to be run, but {failure.message or outcome}"
        error = cls(what, code="ABORTED")
        error.outcome = outcome
        error.type = failure.type
        error.message = failure.message
        error.stack = failure.stack
        if failure.HasField("payload"):
            error.payload = failure.payload
        return error


class WorkerLost(TaskFailed):
    """The workers that ran a task died, as often as it may be run: it may be what kills them."""

    outcome = Outcome.WORKER_LOST

    exit_code: int | None = None
    """The last worker's exit code, or minus the signal that killed it; None where nobody saw it."""

    out_of_memory: bool = False
    """Whether the system had run out of memory, and so killed it."""

    output: bytes = b""
    """The last of what it wrote to its standard error, where the daemon had started it."""

    process: str = ""
    """The name of its process, where the daemon had started it."""

    @classmethod
    def _of_result(cls, result: PoolResult) -> Self:
        end = result.worker_end
        how = end.WhichOneof("end")
        several = result.attempts > 1
        workers = f"the {result.attempts} workers" if several else "the worker"
        if how is None:
            ended = f", and {'their exit codes are' if several else 'its exit code is'} not known"
        else:
            last = (
                f"by signal {end.signal}" if how == "signal" else f"with exit code {end.exit_code}"
            )
            ended = f", the last {last}" if several else f" {last}"
            ended += " as memory had run out" if end.out_of_memory else ""
        error = cls(
            f"Expected the task to be run, but {workers} that ran it died{ended}; the task itself"
            " may be what ends its workers",
            code="ABORTED",
        )
        error.task = result.task
        error.attempts = result.attempts
        error.message = result.failure.message
        if how is not None:
            error.exit_code = end.exit_code if how == "exit_code" else -end.signal
        error.out_of_memory = end.out_of_memory
        error.output = end.output
        error.process = end.process
        return error


class TaskDoneTooOften(Error, ValueError):
    """No item of the queue is unfinished."""


class BrokenPipe(Error, BrokenPipeError):
    """The other end of the pipe is closed: nobody would receive what is sent."""

    def __init__(
        self,
        sentence: str,
        reason: str = Reason.BROKEN_PIPE,
        code: str = "FAILED_PRECONDITION",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence, reason, code, metadata)
        self.errno = errno.EPIPE


class WrongDirection(Error, OSError):
    """An end of a pipe that only sends was to receive, or the other way round."""


class MessageTooLong(Error, OSError):
    """The next message is longer than was asked for. It stays for the next who receives."""


_ENDS_OF_SESSION = frozenset({Reason.SESSION_ENDED, Reason.SESSION_NOT_FOUND})


def is_end_of_session(error: BaseException) -> bool:
    """Whether a call failed because there is no session any more."""
    return isinstance(error, SessionLost) or (
        isinstance(error, Error) and error.reason in _ENDS_OF_SESSION
    )


def from_status(status: bytes) -> Error:
    """Return the error for the bytes of a ``google.rpc.Status``, as replies of ``Attach`` have."""
    from google.rpc import status_pb2

    try:
        parsed = status_pb2.Status.FromString(status)
    except DecodeError:
        return Error("Expected the status of a call, but its bytes are none", code="INTERNAL")
    return _of(parsed)


def from_trailers(trailers: Iterable[tuple[str | bytes, str | bytes]]) -> Error | None:
    """Return the error that the headers and trailers of a call say; None when they say success.

    An answer that has no ``grpc-status`` at all comes from no gRPC server, and is an error too.
    """
    fields = {_text(name).lower(): _text(content) for name, content in trailers}
    number = fields.get("grpc-status")
    if number is None:
        return _of_stranger(fields.get(":status", ""))
    if number == "0":
        return None
    details = _details(fields.get("grpc-status-details-bin", ""))
    if details is not None and str(details.code) == number:
        return _of(details)
    code = _code(int(number) if number.isascii() and number.isdigit() else -1)
    return Error(_unquoted(fields.get("grpc-message", "")) or _wordless(code), code=code)


def _of_stranger(http_status: str) -> Error:
    if http_status in ("", "200"):
        return Error("Expected the outcome of a call, but the answer has none", code="UNKNOWN")
    return Error(
        f"Expected a Polyproc daemon, but what is there answers HTTP {http_status}, as no daemon"
        " does; see to the address",
        code=_CODES_OF_HTTP.get(http_status, "UNKNOWN"),
    )


_WORDS = {
    "create it with unfinished RETURN or DONE": "make it with joinable=True or joinable='done'",
    "only with a dead_letter_queue": "only with dead_letters",
    "order is PRIORITY": "order is 'priority'",
    "delete it by AdminService/Delete": "delete it by delete()",
    "AdminService/Delete deletes": "delete() deletes",
    "see AdminService/List for": "see client.admin.objects() for",
    "by AdminService/CloseSession": "by client.admin.close_session()",
    "by QueueService/Shutdown": "by shutdown()",
    "by BarrierService/Reset of that round": "by reset()",
    "open one by SessionService/Open": "connect again",
}
"""What sentences of the daemon call by the names of the contract, as this package calls it."""


def _in_words_of_python(sentence: str) -> str:
    for word, here in _WORDS.items():
        sentence = sentence.replace(word, here)
    return sentence


def _of(status: Any) -> Error:
    from google.rpc import error_details_pb2

    code = _code(status.code)
    sentence = _in_words_of_python(status.message) or _wordless(code)
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        try:
            if detail.Unpack(info) and info.domain == DOMAIN:
                return _class_of(info)(sentence, info.reason, code, info.metadata)
        except DecodeError:
            continue  # A detail that cannot be read says nothing.
    return Error(sentence, code=code)


def _class_of(info: Any) -> type[Error]:
    """Where the standard library has an exception for it, the error is one of these, too."""
    if info.reason == "VALUE_TOO_LARGE" and "limit" not in info.metadata:
        return OutOfRange
    return _CLASSES.get(info.reason, Error)


_CLASSES: dict[str, type[Error]] = {
    Reason.BROKEN_PIPE: BrokenPipe,
    Reason.CLOSED: ShutDown,
    Reason.MESSAGE_TOO_LONG: MessageTooLong,
    Reason.NOT_A_NUMBER: NotANumber,
    Reason.NOT_COMPARABLE: NotComparable,
    Reason.START_FAILED: StartFailed,
    Reason.TASK_DONE_TOO_OFTEN: TaskDoneTooOften,
    Reason.WRONG_DIRECTION: WrongDirection,
}


def _code(number: int) -> str:
    return CODES[number] if 0 <= number < len(CODES) else "UNKNOWN"


def _wordless(code: str) -> str:
    return f"Expected success, but got {code}"


def _text(content: str | bytes) -> str:
    return content if isinstance(content, str) else content.decode("latin-1")


def _unquoted(message: str) -> str:
    """Return a message as ``grpc-message`` has it: percent-encoded UTF-8."""
    from urllib.parse import unquote

    return unquote(message, errors="replace")


def _details(encoded: str) -> Any:
    """Return the status in ``grpc-status-details-bin``; None where none can be read."""
    from google.rpc import status_pb2

    if not encoded:
        return None
    try:
        padded = encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4)
        return status_pb2.Status.FromString(binascii.a2b_base64(padded))
    except (binascii.Error, DecodeError):
        return None
