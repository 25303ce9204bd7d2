"""Processes that the daemon starts on its own machine, and what they write."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from polyproc._errors import ConnectionLost, Error, MissedOutput, Reason
from polyproc._methods import Method
from polyproc._object import Handle, named, time_to_wait
from polyproc._pages import paged
from polyproc._side import SideConnection
from polyproc._signals import is_of_handler, raise_of_handler
from polyproc.v1 import object_pb2, process_pb2

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from polyproc._client import Client

_START = Method(
    "ProcessService/Start", process_pb2.ProcessStartRequest, process_pb2.ProcessStartResponse
)
_WAIT = Method(
    "ProcessService/Wait", process_pb2.ProcessWaitRequest, process_pb2.ProcessWaitResponse
)
_SIGNAL = Method(
    "ProcessService/Signal", process_pb2.ProcessSignalRequest, process_pb2.ProcessSignalResponse
)
_GET = Method("ProcessService/Get", process_pb2.ProcessGetRequest, process_pb2.ProcessGetResponse)
_LIST = Method(
    "ProcessService/List", process_pb2.ProcessListRequest, process_pb2.ProcessListResponse
)
_OUTPUT = Method(
    "ProcessService/Output", process_pb2.ProcessOutputRequest, process_pb2.ProcessOutputResponse
)

State = Literal["starting", "running", "ended"]
"""What a process is doing."""

_STATES: dict[int, State] = {
    process_pb2.PROCESS_STATE_STARTING: "starting",
    process_pb2.PROCESS_STATE_RUNNING: "running",
    process_pb2.PROCESS_STATE_ENDED: "ended",
}

Source = Literal["stdout", "stderr"]
"""Where output was written."""

_SOURCES: dict[int, Source] = {
    process_pb2.OUTPUT_SOURCE_STDOUT: "stdout",
    process_pb2.OUTPUT_SOURCE_STDERR: "stderr",
}


@dataclass(frozen=True)
class ProcessInfo:
    """A process as it was when it was asked for."""

    name: str
    """Its name, by which `Polyproc.existing_process` finds it."""
    state: State
    pid: int
    """The number of the process; 0 before it runs."""
    command: tuple[str, ...]
    """The program and its arguments."""
    daemonic: bool
    """Whether it ends with the session that started it."""
    started: datetime
    ended: datetime | None
    returncode: int | None
    """How it ended, as `Process.returncode`; None while it runs, and where nobody saw its end."""

    @classmethod
    def _of(cls, process: process_pb2.Process) -> ProcessInfo:
        return cls(
            process.ref.name,
            _STATES.get(process.state, "running"),
            process.pid,
            tuple(_args(process)),
            process.daemonic,
            process.started.ToDatetime(UTC),
            process.ended.ToDatetime(UTC) if process.HasField("ended") else None,
            _returncode(process),
        )


@dataclass(frozen=True)
class OutputPiece:
    """A piece of what a process wrote."""

    source: Source
    data: bytes
    missed: int
    """How many bytes of this source are missing before these: the daemon had dropped them."""


def _returncode(process: process_pb2.Process) -> int | None:
    end = process.WhichOneof("end")
    if end == "exit_code":
        return process.exit_code
    return -process.signal if end == "signal" else None


def _args(process: process_pb2.Process) -> list[str]:
    return [process.command, *process.arguments]


class Process(Handle):
    """A process that the daemon started, with the methods of `subprocess.Popen`.

    It runs on the daemon's machine, and is this very process: once it was deleted, every call fails
    with the reason OBJECT_DELETED, also when another one was started by its name. It is listed
    after its end, until it is deleted or makes room for others. `delete` kills one that runs.
    """

    __slots__ = ("_args", "_pid", "_returncode", "_stderr", "_stdout", "_told")

    def __init__(
        self,
        client: Client,
        ref: object_pb2.Ref,
        is_retained: bool = True,
        pid: int = 0,
        args: Sequence[str] = (),
    ) -> None:
        super().__init__(client, ref, False)  # It lives until it is deleted.
        self._pid = pid
        self._args = list(args)
        self._told: _Told | None = None
        self._returncode: int | None = None
        self._stdout: io.BufferedReader | None = None
        self._stderr: io.BufferedReader | None = None

    def _settings(self) -> tuple[object, ...]:
        return self._pid, tuple(self._args)

    @classmethod
    def _of(cls, client: Client, process: process_pb2.Process) -> Process:
        return cls(client, process.ref, True, process.pid, _args(process))

    @classmethod
    def _start(
        cls,
        client: Client,
        command: Sequence[str | os.PathLike[str]],
        name: str | None,
        env: Mapping[str, str] | None,
        cwd: str | os.PathLike[str] | None,
        daemonic: bool,
        stdin: bytes | str,
    ) -> Process:
        if isinstance(command, str | bytes):
            raise TypeError(
                f"Expected a list of the program and its arguments, but got {command!r}"
            )
        words = [os.fspath(word) for word in command]
        if not words:
            raise ValueError("Expected the program and its arguments, but the list is empty")
        request = process_pb2.ProcessStartRequest(
            process=named(name),
            command=words[0],
            arguments=words[1:],
            folder="" if cwd is None else str(Path(cwd).absolute()),
            daemonic=daemonic,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
        )
        for key, value in (env or {}).items():
            request.environment.add(name=key, value=value)
        return cls._of(client, client._call(_START, request).process)

    @classmethod
    def _find(cls, client: Client, name: str) -> Process:
        return cls._of(
            client, client._call(_GET, process_pb2.ProcessGetRequest(process=name)).process
        )

    @staticmethod
    def _list(client: Client) -> Iterator[ProcessInfo]:
        for page in paged(client, _LIST, process_pb2.ProcessListRequest()):
            yield from map(ProcessInfo._of, page.processes)

    @property
    def pid(self) -> int:
        """The number of the process, on the daemon's machine."""
        if not self._pid:
            self._pid = self.info().pid
        return self._pid

    @property
    def args(self) -> list[str]:
        """The program and its arguments."""
        if not self._args:
            self._args = list(self.info().command)
        return self._args

    @property
    def returncode(self) -> int | None:
        """How it ended, as `poll` or `wait` of this handle last found it; this asks nobody.

        The exit code, or the negative number of the signal that killed it; None before the end.
        """
        return self._returncode

    def info(self) -> ProcessInfo:
        """The process as it is."""
        request = process_pb2.ProcessGetRequest(process=self.name)
        return ProcessInfo._of(self._call(_GET, request).process)

    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self.info().state != "ended"

    def poll(self) -> int | None:
        """How it ended, as `returncode`; None while it runs.

        Raises:
            Error: It has ended, and nobody saw how, as its daemon went first.
        """
        if self._returncode is None:
            process = self._call(_GET, process_pb2.ProcessGetRequest(process=self.name)).process
            if process.state == process_pb2.PROCESS_STATE_ENDED:
                return self._ended(process)
        return self._returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits until it has ended.

        Args:
            timeout: for how many seconds to wait at most; None: for ever.

        Returns:
            The exit code, or the negative number of the signal that killed it.

        Raises:
            subprocess.TimeoutExpired: It still ran then.
            Error: It has ended, and nobody saw how, as its daemon went first.
        """
        if self._returncode is not None:
            return self._returncode
        request = process_pb2.ProcessWaitRequest(process=self.name)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        response = self._call(_WAIT, request)
        if not response.ended:
            raise subprocess.TimeoutExpired(_args(response.process), timeout or 0.0)
        return self._ended(response.process)

    def communicate(self, *, timeout: float | None = None) -> tuple[bytes, bytes]:
        """Waits until it has ended, and answers all that it wrote.

        What it reads was given to it when it was started. What was read of `stdout` and `stderr`
        is answered, too.

        Args:
            timeout: for how many seconds to wait at most; None: for ever.

        Returns:
            What it wrote to its standard output, and to its standard error.

        Raises:
            subprocess.TimeoutExpired: It was not done then. It goes on, and so does the next call
                of this method: nothing is lost.
            MissedOutput: The daemon had dropped some. The next call answers what is left.
            Error: It has ended, and nobody saw how, as its daemon went first.
        """
        until = None if timeout is None else time.monotonic() + timeout
        told = self._told
        if told is None:
            told = self._told = _Told(_Pieces(self._client, self._ref, None, True))
        try:
            told.read(until)
            self.wait(None if until is None else max(0.0, until - time.monotonic()))
        except BaseException as e:
            if not is_of_handler(e):
                if isinstance(e, Error):
                    raise
                if until is not None and isinstance(e, TimeoutError | subprocess.TimeoutExpired):
                    raise subprocess.TimeoutExpired(
                        self.args, timeout or 0.0, told.of("stdout"), told.of("stderr")
                    ) from None
            self._told = None  # A piece that was on its way would be missing: from the begin on.
            told.close()
            raise
        return told.of("stdout"), told.of("stderr")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _thrown: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Closes `stdout` and `stderr`, and waits for its end, but not after Ctrl-C."""
        for stream in (self._stdout, self._stderr):
            if stream is not None:
                stream.close()
        if kind is None or not issubclass(kind, KeyboardInterrupt):
            try:
                self.wait()
            except Error as e:
                raise_of_handler(e)
                if e.reason != Reason.OBJECT_DELETED:
                    raise

    def _ended(self, process: process_pb2.Process) -> int:
        self._returncode = _returncode(process)
        if self._returncode is None:
            raise Error(
                f"Expected how the process '{self.name}' ended, but its daemon went first, and"
                " nobody saw it"
            )
        return self._returncode

    def send_signal(self, sig: int) -> None:
        """Sends a signal to it and its process group; nothing where it has ended.

        Args:
            sig: such as `signal.SIGUSR1`, by its number on the daemon's machine.
        """
        request = process_pb2.ProcessSignalRequest(process=self.name, signal=sig)
        try:
            self._call(_SIGNAL, request)
        except Error as e:
            raise_of_handler(e)
            if e.reason != Reason.PROCESS_ENDED:
                raise

    def terminate(self) -> None:
        """Asks it to end: SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it: SIGKILL."""
        self.send_signal(signal.SIGKILL)

    @property
    def stdout(self) -> io.BufferedReader:
        """What it writes to its standard output: what the daemon has kept, then what comes.

        It is a binary file, to `read` or to iterate over its lines; `io.TextIOWrapper` makes texts
        of them. It ends when nobody has the output open any more. Reading takes nothing away from
        others. Each read goes on where the one before ended, also when a connection broke meanwhile
        or Ctrl-C came.

        The daemon keeps the last bytes only, by default 1 MiB. Where it dropped some before they
        could be read, a read raises `MissedOutput` once, and the next one goes on behind them.
        """
        if self._stdout is None:
            self._stdout = _file(self, "stdout")
        return self._stdout

    @property
    def stderr(self) -> io.BufferedReader:
        """The same of its standard error."""
        if self._stderr is None:
            self._stderr = _file(self, "stderr")
        return self._stderr

    def output(self, *, tail: int | None = None, follow: bool = True) -> Iterator[OutputPiece]:
        """What it writes to both, a piece at a time. Within each source the order is kept.

        Args:
            tail: with how many of the kept bytes of each to begin; None: with all.
            follow: whether to go on with what comes, until nobody has either open any more.

        Raises:
            ConnectionLost: There is no daemon. Or the connection broke, where there is a `tail`: it
                is not known then where to go on.
        """
        pieces = _Pieces(self._client, self._ref, tail, follow)
        try:
            while (piece := pieces.take()) is not None:
                yield piece
        finally:
            pieces.close()


class _Pieces:
    """What a process writes, whatever becomes of connections: each byte once."""

    def __init__(self, client: Client, ref: object_pb2.Ref, tail: int | None, follow: bool) -> None:
        self._client = client
        self._request = process_pb2.ProcessOutputRequest(process=ref.name, follow=follow)
        if tail is not None:
            self._request.tail_bytes = tail
        self._metadata = [("polyproc-incarnation", str(ref.incarnation))]
        self._connection: SideConnection | None = None
        self._has_begun = self._is_over = False
        # How many bytes of each source were given out, and how many the connection is past.
        self._given = {"stdout": 0, "stderr": 0}
        self._passed = {"stdout": 0, "stderr": 0}

    def take(self, until: float | None = None) -> OutputPiece | None:
        """Waits for the next piece; None: there is no more.

        Raises:
            TimeoutError: None came until then, by the monotonic clock. The next call goes on.
        """
        has_heard = True
        while not self._is_over:
            connection = self._connection
            try:
                if connection is None:
                    connection = self._connect()
                    has_heard = False
                message = connection.take(until)
                if message is None:
                    self._is_over = True
                    break
                has_heard = True
                piece = self._new(process_pb2.ProcessOutputResponse.FromString(message))
                if piece is not None:
                    return piece
            except BaseException as e:
                is_of_connection = isinstance(e, OSError) and not is_of_handler(e)
                if is_of_connection and isinstance(e, TimeoutError) and until is not None:
                    raise
                self.close()  # In the middle of anything: the next one begins anew.
                if not is_of_connection or isinstance(e, Error):
                    raise
                if not has_heard or self._request.HasField("tail_bytes"):
                    raise ConnectionLost(str(e)) from e
        self.close()
        return None

    def _connect(self) -> SideConnection:
        if self._has_begun and self._request.HasField("tail_bytes"):
            raise OSError("Expected to go on, but the connection of this output is gone")
        self._passed = dict.fromkeys(self._passed, 0)
        connection = self._connection = SideConnection(self._client._dialer)
        connection.begin(_OUTPUT, self._request, self._metadata)
        self._has_begun = True
        return connection

    def _new(self, response: process_pb2.ProcessOutputResponse) -> OutputPiece | None:
        """What of a piece was not given out yet."""
        source = _SOURCES.get(response.source)
        if source is None:
            return None
        begin = self._passed[source] + response.missed_bytes
        end = self._passed[source] = begin + len(response.data)
        given = self._given[source]
        if end <= given:
            return None
        piece = OutputPiece(source, response.data[max(0, given - begin) :], max(0, begin - given))
        self._given[source] = end  # No call from here on, so that no signal's exception loses it.
        return piece

    def close(self) -> None:
        """Lets the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class _Told:
    """All that a process wrote, as far as it was heard of."""

    def __init__(self, pieces: _Pieces) -> None:
        self._pieces = pieces
        self._data = {"stdout": bytearray(), "stderr": bytearray()}

    def read(self, until: float | None) -> None:
        """Waits for the rest.

        Raises:
            TimeoutError: It was not there until then, by the monotonic clock.
            MissedOutput: Some is missing.
        """
        while (piece := self._pieces.take(until)) is not None:
            self._data[piece.source] += piece.data
            if piece.missed:
                raise MissedOutput.of(piece.missed)

    def close(self) -> None:
        """Reads no more."""
        self._pieces.close()

    def of(self, source: Source) -> bytes:
        """What is there of one source."""
        return bytes(self._data[source])


class _Reader(io.RawIOBase):
    """One source of what a process writes, as a file."""

    def __init__(self, pieces: _Pieces, source: Source) -> None:
        self._pieces = pieces
        self._source = source
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        target = memoryview(buffer).cast("B")
        while not self._rest:
            piece = self._pieces.take()
            if piece is None:
                return 0
            if piece.source != self._source:
                continue
            self._rest = piece.data
            if piece.missed:
                raise MissedOutput.of(piece.missed)
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def close(self) -> None:
        """Lets the connection go."""
        with contextlib.suppress(AttributeError):  # Where it was not made in full.
            self._pieces.close()
        super().close()


def _file(process: Process, source: Source) -> io.BufferedReader:
    raw: Any = _Reader(_Pieces(process._client, process._ref, None, True), source)
    return io.BufferedReader(raw)
