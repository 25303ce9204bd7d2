"""Workers: programs that run the tasks of a pool."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, overload

from polyproc._chunk import CHUNK, run_chunk
from polyproc._connect import connect
from polyproc._errors import Error, Reason, SessionLost
from polyproc._failures import fill_failure, stack_of
from polyproc._methods import DESCRIBE, Method
from polyproc._object import NotCopied
from polyproc._pages import page_size
from polyproc._pool import Pool
from polyproc._running_task import RUNNING, RunningTask
from polyproc._signals import raise_of_handler
from polyproc._tasks import arguments_of
from polyproc._values import PLAIN, Codec, reader, writer
from polyproc.v1 import admin_pb2, object_pb2, pool_pb2

if TYPE_CHECKING:
    from polyproc._polyproc import Polyproc

F = TypeVar("F", bound=Callable[..., Any])

Exceptions = type[Exception] | tuple[type[Exception], ...]

_REGISTER = Method(
    "PoolService/Register", pool_pb2.PoolRegisterRequest, pool_pb2.PoolRegisterResponse
)
_FAIL_START = Method(
    "PoolService/FailStart", pool_pb2.PoolFailStartRequest, pool_pb2.PoolFailStartResponse
)
_FAIL = Method("PoolService/Fail", pool_pb2.PoolFailRequest, pool_pb2.PoolFailResponse)

_POOL = "POLYPROC_POOL"
_GONE = frozenset({Reason.OBJECT_DELETED, Reason.OBJECT_NOT_FOUND})
_REFUSED = frozenset({"INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"})
"""What a result is refused with that is too large, or nests too deep."""

_TINY_SECONDS = 0.005
"""Where all that was taken at once takes no longer than this, more is taken the next time."""
_LONG_SECONDS = 0.02
"""Where it takes longer than this, none is taken ahead."""
_KEPT_SECONDS = 0.005
"""For so long what came of a task waits for that of those that were taken with it."""


class _Stop(BaseException):
    """Ends what the worker does, where a signal has come."""


class Worker:
    """Runs the tasks of a pool, by functions that it has under names.

        worker = polyproc.Worker()

        @worker.task
        def square(x):
            return x * x

        worker.run()

    Each function is called with the task's arguments. What it returns is the task's result; what it
    raises is its failure, with type, message and stack.

    Args:
        pool: the pool's name; by default what `POLYPROC_POOL` says, which the daemon sets for the
            workers that it starts.
        client: by which it calls; by default one of its own, as of `connect`.
        codec: what arguments and results are; by default plain data, which every language writes.
            With `polyproc.PICKLE` exceptions travel, too.
        ahead: how many tasks it takes at most beside the one that it begins with, where tasks are
            so short that the way to the daemon counts. What was taken ahead waits for the one that
            runs, as may what came of those before, and counts as begun when the worker dies.
    """

    def __init__(
        self,
        pool: str | None = None,
        *,
        client: Polyproc | None = None,
        codec: Codec[Any] = PLAIN,
        ahead: int = 0,
    ) -> None:
        if ahead < 0:
            raise ValueError(f"Expected to take 0 tasks ahead or more, but ahead is {ahead}")
        self._pool = pool
        self._client = client
        self._codec = codec
        self._ahead = ahead
        self._functions: dict[str, tuple[Callable[..., Any], Exceptions]] = {}

    @overload
    def task(self, function: F, /) -> F: ...
    @overload
    def task(
        self, name: str | None = None, /, *, retry_on: Exceptions = ()
    ) -> Callable[[F], F]: ...
    def task(self, name: Any = None, /, *, retry_on: Exceptions = ()) -> Any:
        """Has tasks of a name call a function, as a decorator.

        Args:
            name: the name; by default the function's own.
            retry_on: the exceptions with which a task is run again, as long as it has attempts.

        Raises:
            ValueError: There is a function of that name.
        """
        if callable(name):
            return self.task()(name)

        def register(function: F) -> F:
            known = function.__name__ if name is None else name
            if known in self._functions:
                raise ValueError(
                    f"Expected a name for each function, but there are two of {known!r}"
                )
            self._functions[known] = function, retry_on
            return function

        return register

    def run(self) -> None:
        """Runs tasks until the pool has none for this worker any more, or is gone.

        In the main thread the first SIGTERM or Ctrl-C has it end when it has done the task that it
        runs. A second one ends the task at once, which is run again elsewhere, and so does the
        first where nobody wants its result any more, as it was cancelled: by a KeyboardInterrupt or
        a SystemExit, which this method lets through.

        Raises:
            ValueError: No pool was named.
            ConnectionLost: There is no daemon.
            Error: With the reason OBJECT_NOT_FOUND: there is no such pool.
            Exception: What the pool's initializer has raised.
        """
        name = self._pool or os.environ.get(_POOL)
        if not name:
            raise ValueError(
                f"Expected the name of a pool, by pool= or by the variable {_POOL}, but there is"
                " neither"
            )
        service = _Service(self._codec, self._ahead, self._functions)
        with service.hearing_signals():
            client = self._client or connect()
            try:
                service.serve(client, name)
            finally:
                if self._client is None:
                    client.close()


class _Service(NotCopied):
    """One run of a worker."""

    def __init__(
        self,
        codec: Codec[Any],
        ahead: int,
        functions: dict[str, tuple[Callable[..., Any], Exceptions]],
    ) -> None:
        self._codec = codec
        self._most = 1 + ahead
        self._functions = functions
        self._write = writer(codec)
        self._said: list[pool_pb2.PoolCompletion] = []
        """What came of tasks, and is not known to the pool."""
        self._taken: pool_pb2.PoolTakeResponse | None = None
        self._signal = 0
        """The number of the one that has told it to end."""
        self._may_stop = True
        """Whether it is at a place where it may end at once."""
        self._runs: RunningTask | None = None

    # Signals.

    @contextlib.contextmanager
    def hearing_signals(self) -> Iterator[None]:
        """Ends by signals in the block, where this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self._hear) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        except _Stop:
            if self._runs is not None:
                if self._signal == signal.SIGINT:
                    raise KeyboardInterrupt from None
                raise SystemExit(128 + self._signal) from None
        finally:
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _hear(self, number: int, _frame: object) -> None:
        is_again = bool(self._signal)
        self._signal = number
        if self._may_stop:
            raise _Stop
        runs = self._runs
        if runs is not None and (is_again or _is_unwanted(runs)):
            raise _Stop

    # Tasks.

    def serve(self, client: Polyproc, name: str) -> None:
        """Runs tasks until there are none any more."""
        # It does not retain the pool, which goes with whoever has it.
        described = client._call(DESCRIBE, admin_pb2.AdminDescribeRequest(object=name))
        ref = object_pb2.Ref()
        ref.CopyFrom(described.object.ref)
        pool = Pool(client, ref, False, self._codec)
        try:
            self._begin(pool)
            self._go_on(pool)
        except Error as e:
            raise_of_handler(e)
            if e.reason not in _GONE:
                raise

    def _begin(self, pool: Pool[Any]) -> None:
        """Calls the pool's initializer.

        Raises:
            Exception: What that raised; the pool knows.
        """
        call = pool._call(_REGISTER, pool_pb2.PoolRegisterRequest(pool=pool.name))
        if not call.HasField("initializer"):
            return
        try:
            function, _ = self._function(call.initializer.function)
            function(*arguments_of(call.initializer, reader(self._codec, pool._client._handle)))
        except Exception as e:
            request = pool_pb2.PoolFailStartRequest(pool=pool.name)
            self._fill(request.failure, e)
            pool._call(_FAIL_START, request)
            raise

    def _go_on(self, pool: Pool[Any]) -> None:
        most = min(self._most, page_size(pool._client))
        size = 1
        try:
            while not self._signal:
                taken = self._take(pool, size)
                began = time.monotonic()
                for run in taken.runs:
                    if self._said and time.monotonic() - began > _KEPT_SECONDS:
                        self._complete(pool)
                    self._run(pool, run)
                if taken.retire and not taken.runs:
                    break
                took = time.monotonic() - began
                if took > _LONG_SECONDS:
                    size = 1
                elif took < _TINY_SECONDS and len(taken.runs) == size:
                    size = min(most, 2 * size)
        except _Stop:
            if self._runs is not None:
                raise
        self._may_stop = False
        self._complete(pool)

    def _take(self, pool: Pool[Any], size: int) -> pool_pb2.PoolTakeResponse:
        """Says what came of tasks, and waits for the next."""
        request = pool_pb2.PoolTakeRequest(
            pool=pool.name, max=size, ahead=size - 1, completions=self._said
        )
        try:
            self._may_stop = True
            if self._signal:
                raise _Stop
            pool._take_noting(request, self._note)
        except SessionLost:  # What it ran has gone to others.
            self._may_stop = False
            self._said.clear()
            return pool_pb2.PoolTakeResponse()
        except Error as e:
            self._may_stop = False
            raise_of_handler(e)
            if not self._said or e.code not in _REFUSED:
                raise
            self._complete(pool)
            return pool_pb2.PoolTakeResponse()
        assert self._taken is not None
        return self._taken

    def _note(self, taken: pool_pb2.PoolTakeResponse) -> None:
        self._may_stop = False
        self._taken = taken
        self._said.clear()

    def _run(self, pool: Pool[Any], run: pool_pb2.PoolRun) -> None:
        running = RunningTask(pool, run)
        completion = pool_pb2.PoolCompletion(run=run.run)
        retry_on: Exceptions = ()
        token = RUNNING.set(running)
        try:
            read = reader(self._codec, pool._client._handle)
            if run.call.function == CHUNK:
                self._runs = running
                run_chunk(completion.value, run.call, self._called, read, self._write)
                self._runs = None
            else:
                function, retry_on = self._function(run.call.function)
                arguments = arguments_of(run.call, read)
                self._runs = running
                value = function(*arguments)
                self._runs = None
                if not running._was_told:
                    self._write(completion.value, value)
            if running._was_told:
                self._fail(pool, run.run, None, False)
                return
        except (Exception, SystemExit) as e:
            self._runs = None
            is_again = isinstance(e, retry_on)
            if (is_again or running._was_told) and self._fail(pool, run.run, e, is_again):
                return
            completion.ClearField("value")
            self._fill(completion.failure, e)
        finally:
            RUNNING.reset(token)
        self._said.append(completion)

    def _called(self, name: str) -> Callable[..., Any]:
        return self._function(name)[0]

    def _function(self, name: str) -> tuple[Callable[..., Any], Exceptions]:
        found = self._functions.get(name)
        if found is None:
            known = ", ".join(self._functions) or "none"
            raise LookupError(
                f"Expected the name of a function of this worker ({known}), but it is {name!r}"
            )
        return found

    def _fail(self, pool: Pool[Any], run: int, error: BaseException | None, is_again: bool) -> bool:
        """Ends a run that has failed, or was cancelled; whether that is settled.

        Args:
            pool: of which pool.
            run: which.
            error: what was raised.
            is_again: whether the task is run again, where it has attempts left.
        """
        request = pool_pb2.PoolFailRequest(pool=pool.name, run=run, retry=is_again)
        if error is not None:
            self._fill(request.failure, error)
        try:
            pool._call(_FAIL, request)
        except SessionLost:
            pass  # What it ran has gone to others.
        except Error as e:
            raise_of_handler(e)
            if e.code in _REFUSED:
                return False
            if e.reason != Reason.RUN_ENDED:
                raise
        return True

    def _fill(self, failure: pool_pb2.PoolFailure, error: BaseException) -> None:
        """Says what was raised, and with what makes it again where the codec writes it."""
        fill_failure(failure, error, stack_of(error))
        try:
            self._write(failure.payload, error)
        except Exception as e:
            raise_of_handler(e)
            failure.ClearField("payload")

    def _complete(self, pool: Pool[Any]) -> None:
        """Says what came of tasks, each by itself where they are refused."""
        said = list(self._said)
        if not said:
            return
        try:
            pool._complete(said)
        except SessionLost:
            pass  # What it ran has gone to others.
        except Error as e:
            raise_of_handler(e)
            if e.code not in _REFUSED:
                raise
            for completion in said:
                self._complete_alone(pool, completion)
        self._said.clear()

    def _complete_alone(self, pool: Pool[Any], completion: pool_pb2.PoolCompletion) -> None:
        try:
            pool._complete([completion])
        except Error as e:
            raise_of_handler(e)
            if e.code not in _REFUSED:
                raise
            instead = pool_pb2.PoolCompletion(run=completion.run)
            instead.failure.type = f"{type(e).__module__}.{type(e).__qualname__}"
            instead.failure.message = (
                f"what came of the task, of {completion.ByteSize()} bytes, was refused: {e}"
            )
            pool._complete([instead])


def _is_unwanted(runs: RunningTask) -> bool:
    """Whether nobody wants what a task returns; also where nobody can be asked."""
    try:
        return runs.cancelled
    except Error:
        return True
