"""Workers: programs that run the tasks of a pool."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, overload

from polyproc._batch import Completions
from polyproc._chunk import CHUNK, run_chunk
from polyproc._connect import connect
from polyproc._errors import Error, Reason, SessionLost
from polyproc._failures import fill_failure, stack_of
from polyproc._methods import DESCRIBE, Method
from polyproc._object import NotCopied
from polyproc._pool import Pool
from polyproc._running_task import RUNNING, RunningTask
from polyproc._signals import Stop, raise_of_handler
from polyproc._tasks import arguments_of
from polyproc._values import PLAIN, Codec, reader, writer
from polyproc._work_loop import WorkLoop, is_of_result
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
            runs, for a tenth of a second at most: then the daemon gets it back. It counts as begun
            when the worker dies.
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
        signals = _Signals()
        with signals.heard():
            client = self._client or connect()
            try:
                self._serve(client, name, signals)
            finally:
                if self._client is None:
                    client.close()

    def _serve(self, client: Polyproc, name: str, signals: _Signals) -> None:
        # It does not retain the pool, which goes with whoever has it.
        described = client._call(DESCRIBE, admin_pb2.AdminDescribeRequest(object=name))
        ref = object_pb2.Ref()
        ref.CopyFrom(described.object.ref)
        pool = Pool(client, ref, False, self._codec)
        service = _Service(pool, 1 + self._ahead, self._functions, signals)
        try:
            service.begin()
            service.serve()
        except Error as e:
            raise_of_handler(e)
            if e.reason not in _GONE:
                raise


class _Signals(NotCopied):
    """What signals have told a worker, and what they may interrupt."""

    def __init__(self) -> None:
        self.number = 0
        """The number of the one that has told it to end."""
        self.may_stop = True
        """Whether it is at a place where it may end at once."""
        self.runs: RunningTask | None = None
        """The task whose function is called."""

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Ends by signals in the block, where this is the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self._hear) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        except Stop:
            if self.runs is not None:
                if self.number == signal.SIGINT:
                    raise KeyboardInterrupt from None
                raise SystemExit(128 + self.number) from None
        finally:
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _hear(self, number: int, _frame: object) -> None:
        is_again = bool(self.number)
        self.number = number
        if self.may_stop:
            raise Stop
        runs = self.runs
        if runs is not None and (is_again or _is_unwanted(runs)):
            raise Stop


class _Service(WorkLoop):
    """One run of a worker."""

    def __init__(
        self,
        pool: Pool[Any],
        most: int,
        functions: dict[str, tuple[Callable[..., Any], Exceptions]],
        signals: _Signals,
    ) -> None:
        super().__init__(pool, most)
        self._functions = functions
        self._signals = signals
        self._read = reader(pool._codec, pool._client._handle)
        self._write = writer(pool._codec)
        self._taken = pool_pb2.PoolTakeResponse()

    def begin(self) -> None:
        """Calls the pool's initializer.

        Raises:
            Exception: What that raised; the pool knows.
        """
        pool = self._pool
        call = pool._call(_REGISTER, pool_pb2.PoolRegisterRequest(pool=pool.name))
        if not call.HasField("initializer"):
            return
        try:
            function, _ = self._function(call.initializer.function)
            function(*arguments_of(call.initializer, self._read))
        except Exception as e:
            request = pool_pb2.PoolFailStartRequest(pool=pool.name)
            self._fill(request.failure, e)
            pool._call(_FAIL_START, request)
            raise

    def serve(self) -> None:
        """Runs tasks until there are none any more, or a signal has told it to end."""
        try:
            self.go_on()
        except Stop:
            if self._signals.runs is not None:
                raise
            self.finish()

    def _may_begin(self) -> int:
        return 0 if self._signals.number else self._most

    def _take(self, request: pool_pb2.PoolTakeRequest) -> pool_pb2.PoolTakeResponse:
        signals = self._signals
        try:
            signals.may_stop = True
            if signals.number:
                raise Stop
            self._pool._take_noting(request, self._note)
        except SessionLost:  # What it ran has gone to others.
            signals.may_stop = False
            return pool_pb2.PoolTakeResponse()
        except (Error, Stop):
            signals.may_stop = False
            raise
        return self._taken

    def _note(self, taken: pool_pb2.PoolTakeResponse) -> None:
        self._signals.may_stop = False
        self._taken = taken

    def _complete(self, done: Completions) -> None:
        with contextlib.suppress(SessionLost):  # What it ran has gone to others.
            super()._complete(done)

    def _run(self, run: pool_pb2.PoolRun) -> pool_pb2.PoolCompletion | None:
        signals = self._signals
        running = RunningTask(self._pool, run)
        completion = pool_pb2.PoolCompletion(run=run.run)
        retry_on: Exceptions = ()
        token = RUNNING.set(running)
        try:
            if run.call.function == CHUNK:
                signals.runs = running
                run_chunk(completion.value, run.call, self._called, self._read, self._write)
                signals.runs = None
            else:
                function, retry_on = self._function(run.call.function)
                arguments = arguments_of(run.call, self._read)
                signals.runs = running
                value = function(*arguments)
                signals.runs = None
                if not running._was_told:
                    self._write(completion.value, value)
            if running._was_told:
                self._fail(run.run, None, False)
                return None
        except Stop:
            raise
        except BaseException as e:
            signals.runs = None
            is_again = isinstance(e, retry_on)
            if (is_again or running._was_told) and self._fail(run.run, e, is_again):
                return None
            completion.ClearField("value")
            self._fill(completion.failure, e)
        finally:
            RUNNING.reset(token)
        return completion

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

    def _fail(self, run: int, error: BaseException | None, is_again: bool) -> bool:
        """Ends a run that has failed, or was cancelled; whether that is settled.

        Args:
            run: which.
            error: what was raised.
            is_again: whether the task is run again, where it has attempts left.
        """
        request = pool_pb2.PoolFailRequest(pool=self._pool.name, run=run, retry=is_again)
        if error is not None:
            self._fill(request.failure, error)
        try:
            self._pool._call(_FAIL, request)
        except SessionLost:
            pass  # What it ran has gone to others.
        except Error as e:
            raise_of_handler(e)
            if is_of_result(e):
                return False
            if e.reason != Reason.RUN_ENDED:
                raise
        return True

    def _fill(self, failure: pool_pb2.PoolFailure, error: BaseException) -> None:
        """Says what was raised, and with what makes it again where the codec writes it."""
        fill_failure(failure, error, stack_of(error))
        try:
            self._write(failure.payload, error)
        except BaseException as e:
            raise_of_handler(e)
            failure.ClearField("payload")

    def _instead(
        self, completion: pool_pb2.PoolCompletion, refusal: Error
    ) -> pool_pb2.PoolCompletion:
        instead = pool_pb2.PoolCompletion(run=completion.run)
        kind = type(refusal)
        instead.failure.type = f"{kind.__module__}.{kind.__qualname__}"
        instead.failure.message = (
            f"what came of the task, of {completion.ByteSize()} bytes, was refused: {refusal}"
        )
        return instead


def _is_unwanted(runs: RunningTask) -> bool:
    """Whether nobody wants what a task returns; also where nobody can be asked."""
    try:
        return runs.cancelled
    except Error:
        return True
