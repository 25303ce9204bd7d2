"""A session of the daemon, over one stream of SessionService.Attach.

Any number of threads call. There is no thread of its own where the daemon watches the process by
itself (a Unix socket): the thread that waits for a reply reads, and hands on the replies of others;
whoever stops reading wakes one of those that still wait. That is the pattern Leader/Followers
(Schmidt and others, Pattern-Oriented Software Architecture, volume 2).

What holds whatever happens:

- The replies of all calls that have none yet are asked for again, in order, on a new connection,
  and before anything new is sent.
- A reply is confirmed only once its caller has it. A call that is given up (a signal's exception in
  the middle of it, an outage) stays unconfirmed until the daemon has answered its Cancel, which
  undoes what the call may have been granted.
- An exception may come at any point of Python code, as signal handlers raise them. Where it may
  have hit the connection in the middle of a frame, and not in a wait, that is thrown away. There is
  no loop inside of a `with`: from Python 3.12 on, its jump back to the beginning is a place where
  an exception leaves the lock locked.
- A handler of a signal, and what is called when garbage is collected, may call in the middle of
  another call of its own thread, which may hold the lock or be the one that reads. Such a call goes
  over a connection of its own, and touches nothing that may be half changed. So each method that
  others call marks that its thread is in it. An exception may leave the mark behind: where it is
  found, the stack tells.
"""

from __future__ import annotations

import contextlib
import copy
import sys
import threading
import time
import warnings
from _thread import get_ident
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from google.protobuf.message import DecodeError

from polyproc import _frames, _io
from polyproc._aside import Aside
from polyproc._errors import ConnectionLost, Error, Reason, SessionLost, from_status
from polyproc._http2 import SILENT_TICKS, Connection, StreamEnded
from polyproc._io import left_of
from polyproc._methods import END
from polyproc._pending import Pending, PutRefused
from polyproc._pulse import Pulse
from polyproc._signals import is_of_handler, raise_of_handler
from polyproc._surely import surely as _surely
from polyproc._unary import HANDSHAKE_SECONDS, Dialer, await_once, unary, why_ended
from polyproc.v1 import session_pb2

if TYPE_CHECKING:
    from polyproc._deliveries import UnheardPut

R = TypeVar("R")

_OPEN = "/polyproc.v1.SessionService/Open"
_ATTACH = "/polyproc.v1.SessionService/Attach"
_CANCEL = _frames.method_fields(5)

_LIVING_SECONDS = 1.0
"""A connection that lives for so long was of use, though nothing was answered on it."""

_FIRST_PAUSE = 0.01
_LAST_PAUSE = 1.0
_CANCEL_SECONDS = 5.0
_WINDOW_SECONDS = 0.05
_REQUEST_BYTES = 64 << 20
_ABOVE_LARGEST = 256 << 10
"""By so much a request may be too large for the daemon to say so; above, it breaks the stream."""

_END_SECONDS = 1.0
"""For so long the daemon may take to say that the session has ended, whatever `close` is told."""

_FRAME_BYTES = 1 << 20
_UNSENT_BYTES = 1 << 20
_DRAIN_EVERY = 64

_GONE = frozenset({"SESSION_NOT_FOUND", "SESSION_ENDED", "ATTACHMENT_REPLACED"})
_REFUSED = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED"})


class Session:
    """A session that is open. Thread-safe; of the process that made it.

    Args:
        dialer: where the daemon is.
        request: how it is opened.
        patience: for how many seconds a daemon is sought that is out of reach.
        on_lost: told once, when the daemon does not know the session any more.
    """

    def __init__(
        self,
        dialer: Dialer,
        request: session_pb2.SessionOpenRequest,
        patience: float = 10.0,
        on_lost: Callable[[SessionLost], object] | None = None,
    ) -> None:
        self._dialer = dialer
        self._patience = patience
        self._on_lost = on_lost
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._dropped: Connection | None = None
        self._left: Connection | None = None
        """In a forked child: that of its parent."""
        self._calls: dict[int, Pending] = {}
        self._next = 1
        self._leader: object | None = None
        self._sleepers: dict[Pending, None] = {}
        self._queue: dict[Pending, None] = {}
        """Whoever waits until the daemon may be sent one more call."""
        self._refused: list[UnheardPut] = []
        """The puts that are refused, where nobody of those waited who are to hear of it."""
        self._fresh: list[int] = []
        self._taken: dict[int, Pending] = {}
        """What threads have last taken: it is confirmed once they are out of that call."""
        self._since_drain = 0
        self._attachment = 0
        self._attached_at = 0.0
        self._without_since = 0.0
        """Since when no connection was of use: none was answered on, or lived for a while."""
        self._has_heard = True
        self._over: Error | None = None
        self._closing = False
        self._inside: dict[int, int] = {}
        """The threads that are in a method of this session, or were torn away from it."""
        self._pulse: Pulse | None = None
        connection, opened = self._open(request)
        self.opened = opened
        self._revision = opened.server.contract_revision
        self.id = opened.session
        self.time_to_live = opened.time_to_live.ToTimedelta().total_seconds()
        self._aside = Aside(dialer, self.id)
        self.page = opened.limits.page_size or 1000
        self._window = opened.limits.window_calls or 4096
        self._largest = opened.limits.request_bytes or _REQUEST_BYTES
        try:
            self._attach(connection)
        except BaseException as e:
            connection.close()
            with contextlib.suppress(Error, OSError):
                self._aside.end(HANDSHAKE_SECONDS)  # Nobody would ever attach to it.
            if isinstance(e, StreamEnded):
                raise why_ended(e) from None
            raise
        self._connection = connection
        if not dialer.is_watched or opened.incompatibility:
            self._pulse = Pulse(self.beat, self.time_to_live / 3)

    # What others call.

    @overload
    def call(
        self, method: bytes, request: bytes, extra: bytes = b"", stands: bool = False
    ) -> bytes: ...
    @overload
    def call(
        self, method: bytes, request: bytes, extra: bytes, *, read: Callable[[bytes], R]
    ) -> R: ...
    def call(
        self,
        method: bytes,
        request: bytes,
        extra: bytes = b"",
        stands: bool = False,
        read: Callable[[bytes], Any] | None = None,
    ) -> Any:
        """Makes a call and waits for its reply.

        Args:
            method: which, as `_frames.method_fields` has it.
            request: its request, serialized.
            extra: further fields of Call, see `_frames`.
            stands: whether it is made in any case, and not taken back, where a signal's exception
                comes before its reply; `flush` waits for that.
            read: reads the response. Where that fails, or is interrupted, the call is taken back.

        Returns:
            The response, serialized, or what was read of it.

        Raises:
            Error: It was refused, or the session is lost.
            BaseException: What a signal handler raises; the call is taken back then, unless it
                stands.
        """
        inside = self._inside
        me = get_ident()
        if me in inside and self._is_nested(sys._getframe(1)):
            beside = self._beside(method, request, extra)
            return beside if read is None else read(beside)
        pending = Pending(method, request, extra)
        if stands:
            pending.posted = True
        if read is not None:
            pending.read = read
        inside[me] = me
        try:
            self._send(pending, True)
            if self._leader is pending:
                self._lead(pending, None)
            if not pending.done:
                self._finish(pending)
            response: Any = pending.response
            if pending.error is None:
                if read is not None:
                    response = read(response)
            elif pending.is_interrupted:
                raise pending.error
            if pending.sequence in self._calls:
                self._taken[me] = pending
                if self._queue:
                    self._make_room()
        except BaseException:
            end = self._see_through if stands else self._give_up
            try:
                _surely(end, pending)
            except BaseException:
                _surely(end, pending)
            _sleep_where_it_ends()
            raise
        finally:
            pending.read = None  # It has the handle, which may be dropped from here on.
            del inside[me]
        if pending.error is not None:
            raise self._told(pending.error)
        return response

    def post(self, method: bytes, request: bytes, extra: bytes = b"") -> Pending:
        """Sends a call, and does not wait for its reply; `result` does.

        Where much is on its way already, it waits until this call is done. So does what is posted
        in the middle of another call.
        """
        pending = Pending(method, request, extra)
        self._post(pending)
        return pending

    def see_to(self, pending: Pending) -> None:
        """Posts a call that is made in any case, though it has no reply, and nobody hears of it.

        Where a handler interrupts this, it may be begun again: the call counts once.

        Raises:
            BaseException: What a handler raises; the call is made where it has a number by then.
        """
        pending.stays = True
        if not pending.sequence:
            if not pending.done:
                self._post(pending)
            return
        inside = self._inside
        me = get_ident()
        inside[me] = me
        try:
            self._see_through(pending)
        finally:
            del inside[me]

    def _post(self, pending: Pending) -> None:
        pending.posted = True
        inside = self._inside
        me = get_ident()
        if me in inside and self._is_nested(sys._getframe(1)):
            self._post_beside(pending)
            return
        inside[me] = me
        try:
            self._send(pending, False)
            self._since_drain += 1
            if self._since_drain >= _DRAIN_EVERY or self._connection is None:
                self._since_drain = 0
                self._drain()
            connection = self._connection
            if len(self._calls) > self._window // 2:
                self._finish(pending)
            elif connection is not None and connection.unsent:
                self._finish_sending(pending)
        except BaseException:
            end = self._see_through if pending.stays and pending.sequence else self._give_up
            try:
                _surely(end, pending)
            except BaseException:
                _surely(end, pending)
            raise
        finally:
            del inside[me]

    def result(self, pending: Pending, seconds: float | None = None) -> bytes:
        """The response of a posted call, once it is there.

        Raises:
            TimeoutError: It was not there in time; it may be asked for again.
            Error: It was refused; or is not done, and this is in the middle of another call.
        """
        if not pending.done:
            inside = self._inside
            me = get_ident()
            if me in inside and self._is_nested(sys._getframe(1)):
                raise _cannot_wait()
            inside[me] = me
            try:
                self._watch(pending, None if seconds is None else time.monotonic() + seconds)
            finally:
                del inside[me]
            if not pending.done:
                raise TimeoutError("Expected the call to be done in time, but it is not")
        if pending.error is not None:
            raise self._told(pending.error)
        return pending.response

    def flush(self, seconds: float | None = None) -> None:
        """Waits until all that was posted is done, whatever came of it.

        Raises:
            Error: Something is not, and this is in the middle of another call.
        """
        inside = self._inside
        me = get_ident()
        if me in inside and self._is_nested(sys._getframe(1)):
            if self._undone():
                raise _cannot_wait()
            return
        inside[me] = me
        try:
            self._flush(seconds)
        finally:
            del inside[me]

    def _flush(self, seconds: float | None) -> None:
        until = None if seconds is None else time.monotonic() + seconds
        with self._lock:
            posted = self._posted()
        for pending in posted:
            self._watch(pending, until)

    def _posted(self) -> list[Pending]:
        return [p for p in self._calls.values() if p.posted and not p.given_up and not p.stays]

    def close(self, seconds: float = 5.0) -> None:
        """Ends the session, once what was posted is done. What waits is told that it is closed.

        Where something posted is not done in time, that is taken back, and a RuntimeWarning says
        so.
        """
        inside = self._inside
        me = get_ident()
        if me in inside and self._is_nested(sys._getframe(1)):
            self._close_beside(seconds)
            return
        inside[me] = me
        try:
            self._close(seconds)
        finally:
            del inside[me]

    def _close(self, seconds: float) -> None:
        with self._lock:
            if self._closing:
                if self._over is not None:
                    self._clear_away(self._over)
                return
            self._closing = True
        if self._pulse is not None:
            self._pulse.stop()
        undone = 0
        try:
            if self._over is None:
                self._flush(seconds)
                undone = len(self._undone())
                end = Pending(END.fields, b"", b"")
                try:
                    self._send(end, True)
                    # Where there is no connection it is tried once to make one.
                    patience = max(seconds, _END_SECONDS) if self._connection else 0
                    self._finish(end, time.monotonic() + patience)
                finally:
                    _surely(self._leave, end)
        except (Error, OSError) as e:  # The daemon sees that the connection is gone.
            raise_of_handler(e)
        finally:
            self._end(_closed())
        _warn_of(undone, seconds)

    def forget(self) -> None:
        """In a forked child: lets go of what is its parent's, without a word.

        What is left of it is left as it is: a child copies the memory of all that it changes.
        """
        connection = self._connection
        self._over = _FORKED
        self._closing = True
        self._lock = threading.Lock()
        self._connection = None
        if self._calls or self._queue:
            calls = [*self._calls.values(), *self._queue]
            self._calls = {}
            self._sleepers = {}
            self._queue = {}
            for pending in calls:  # of this very thread, where a handler of its signals has forked
                pending.error = pending.error or _FORKED
                pending.done = True
        if self._inside:
            self._inside = {}
        if self._taken:
            self._taken = {}
        self._leader = None
        if connection is not None:
            connection.leave()
            self._left = connection

    def serves(self, revision: int) -> bool:
        """Whether the daemon knows a revision of the contract."""
        return self._revision >= revision

    @property
    def is_over(self) -> bool:
        """Whether it was closed or lost."""
        return self._over is not None

    @property
    def is_cut_off(self) -> bool:
        """Whether it goes on, and has no connection."""
        return self._over is None and self._connection is None

    # In the middle of another call of the same thread.

    def is_nested(self) -> bool:
        """Whether who asks is in the middle of a call of this session: has interrupted it."""
        return get_ident() in self._inside and self._is_nested(sys._getframe(1))

    def _is_nested(self, asks: FrameType) -> bool:
        """Whether a method of this session is on the stack, below a frame."""
        frame = asks.f_back
        while frame is not None:
            if frame.f_code in _ENTRANCES and frame.f_locals.get("self") is self:
                return True
            frame = frame.f_back
        return False

    def _beside(self, method: bytes, request: bytes, extra: bytes) -> bytes:
        """Makes a call, once, over a connection of its own."""
        if self._over is not None:
            raise copy.copy(self._over)
        try:
            return self._aside.call(Pending(method, request, extra))
        except Error as e:
            if e.reason in _GONE:
                over = self._over or (_closed() if self._closing else self._lost(e))
                raise copy.copy(over) from None
            raise

    def _post_beside(self, pending: Pending) -> None:
        try:
            pending.response = self._beside(pending.method, pending.request, pending.extra)
        except Error as e:
            if self._over is not None:
                raise
            pending.error = e
        pending.done = True

    def _undone(self) -> list[Pending]:
        """What was posted and is not done; without the lock."""
        while True:
            try:
                return [p for p in self._posted() if not p.done]
            except RuntimeError:
                pass  # Another thread has changed it meanwhile.

    def _close_beside(self, seconds: float) -> None:
        """Ends the session; the thread that was interrupted, or who reads, tells those that wait.

        What was posted is sent again, by its number, in order: each counts once.
        """
        if self._closing or self._over is not None:
            return
        self._closing = True
        if self._pulse is not None:
            self._pulse.stop()
        left = self._undone()
        undone = len(left)
        try:
            undone -= self._aside.repeat(left, time.monotonic() + seconds)
            self._aside.end(seconds)
        except (Error, OSError) as e:  # The daemon sees that the connection is gone.
            raise_of_handler(e)
        finally:
            if self._lock.acquire(blocking=False):
                self._lock.release()
                self._end(_closed())
            else:
                self._over = self._over or _closed()
                connection = self._connection
                if connection is not None:
                    connection.shut_down()
        _warn_of(undone, seconds)

    # Sending.

    def _send(self, pending: Pending, leads: bool) -> None:
        """Numbers a call and sends it; where nobody reads, its caller is to do so."""
        if len(pending.request) > self._largest:
            self._require_size(pending)
        while True:
            with self._lock:
                if self._taken:
                    self._collect_taken()
                calls = self._calls
                has_room = len(calls) < self._window or pending.method is END.fields
                # From here on nothing is called until it has its number: a handler may close.
                if self._over is not None:
                    self._clear_away(self._over)
                    raise copy.copy(self._over)
                if has_room:
                    sequence = self._next
                    self._next = sequence + 1
                    pending.sequence = sequence
                    calls[sequence] = pending
                    if self._refused:
                        self._interrupt_next(pending)
                    if leads and self._leader is None:
                        self._leader = pending
                    connection = self._connection
                    if connection is None:
                        return
                    number = _frames.varint(sequence)
                    call = _frames.call(number, pending.method, pending.request, pending.extra)
                    try:
                        if len(calls) == 1:
                            self._fresh.clear()
                            connection.send(b"\x18%b%b" % (number, call))
                        elif (
                            not leads
                            and self._since_drain
                            and len(calls) + len(self._fresh) < self._window
                        ):
                            connection.send(call)  # What has come is confirmed now and then.
                        else:
                            connection.send(self._confirmation() + call)
                    except OSError as e:
                        self._drop(connection)
                        raise_of_handler(e)
                    return
                room = Pending(b"", b"", b"")
                self._queue[room] = None
            try:
                self._finish(room)
            finally:
                _surely(self._leave_queue, room)
            if room.error is not None:
                raise copy.copy(room.error)

    def _require_size(self, pending: Pending) -> None:
        size = len(pending.request)
        if size > self._largest + _ABOVE_LARGEST:
            raise Error(
                f"Expected a request of {self._largest} bytes at most, but it has {size}; send what"
                " is smaller, or start the daemon with a higher limit request_bytes",
                Reason.VALUE_TOO_LARGE,
                "INVALID_ARGUMENT",
                {"limit": str(self._largest)},
            )

    def _leave_queue(self, room: Pending) -> None:
        """Waits no more until there is room for a call; where there is, another one may go on."""
        self._leave(room)
        with self._lock:
            self._queue.pop(room, None)
            if self._queue and len(self._calls) < self._window:
                self._let_in()

    def _let_in(self) -> None:
        """One of those that wait for room goes on; under the lock."""
        room = next(iter(self._queue))
        self._wake(room)
        self._queue.pop(room, None)

    def _confirmation(self) -> bytes:
        """What is confirmed with the next frame; under the lock."""
        if self._taken:
            self._collect_taken()
        below = next(iter(self._calls), self._next)
        if not self._fresh:
            return b"\x18" + _frames.varint(below)
        fresh = sorted(n for n in self._fresh if n > below)
        self._fresh.clear()
        return _frames.confirmation(below, _frames.ranges(fresh))

    def _drop(self, connection: Connection) -> None:
        """Throws a connection away; who reads makes another one. Under the lock."""
        self._bury()
        self._dropped = connection
        if self._connection is connection:
            self._connection = None
        connection.abandon()
        self._dropped = None

    def _bury(self) -> None:
        """Ends a connection that an exception has kept from being thrown away."""
        if self._dropped is not None:
            self._dropped.abandon()
            self._dropped = None

    # Waiting.

    def _finish(self, pending: Pending, until: float | None = None) -> None:
        """Waits until a call is done, and reads meanwhile where nobody else does."""
        doubted: object | None = None
        while not pending.done:
            if self._leader is pending:
                self._lead(pending, until)
                if until is not None and time.monotonic() >= until:
                    return
                continue
            with self._lock:
                if pending.done:
                    return
                leader = self._leader
                if leader is None:
                    self._leader = pending
                    continue
                gate = pending.gate
                if gate is None:
                    gate = pending.gate = threading.Lock()
                    gate.acquire()
                self._sleepers[pending] = None
            seconds = left_of(until)
            connection = self._connection
            if connection is not None and connection.is_stuck and seconds > 0:
                self._push(connection, seconds)
                continue
            if not gate.acquire(timeout=seconds):
                if until is not None and time.monotonic() >= until:
                    self._leave(pending)
                    return
                doubted = self._doubt(leader, doubted)

    def _finish_sending(self, pending: Pending) -> None:
        """Waits until a posted call is on its way: it may be long until it is done."""
        since, left = time.monotonic(), -1
        while not pending.done:
            connection = self._connection
            if connection is None or not connection.unsent:
                return  # Or goes with the next connection.
            if connection.is_stuck:
                self._push(connection, _io.TICK_SECONDS)
                self._drain()
                now = time.monotonic()
                if connection.backlog != left:
                    since, left = now, connection.backlog
                elif now - since > SILENT_TICKS * _io.TICK_SECONDS:
                    with self._lock:
                        self._drop(connection)  # Nobody takes anything at the other side.
            else:  # Until the daemon's window is wider, of which it is to be read.
                self._finish(pending, time.monotonic() + _WINDOW_SECONDS)

    def _watch(self, pending: Pending, until: float | None) -> None:
        """Waits for a call that was posted, as any number of threads may at once."""
        watcher = Pending(b"", b"", b"")
        try:
            with self._lock:
                if pending.done:
                    return
                if pending.watchers is None:
                    pending.watchers = {}
                pending.watchers[watcher] = None
            self._finish(watcher, until)
        finally:
            try:
                _surely(self._stop_watching, pending, watcher)
            except BaseException:
                _surely(self._stop_watching, pending, watcher)
                raise

    def _stop_watching(self, pending: Pending, watcher: Pending) -> None:
        if pending.watchers is not None:
            pending.watchers.pop(watcher, None)
        self._leave(watcher)

    def _push(self, connection: Connection, seconds: float) -> None:
        """Sends on when there is room: whoever reads may be in a wait that this does not end."""
        try:
            connection.await_room(seconds, or_data=self._leader is None)
            with self._lock:
                if self._connection is connection:
                    connection.flush()
        except OSError as e:
            with self._lock:
                self._drop(connection)
            raise_of_handler(e)

    def _doubt(self, leader: object, doubted: object | None) -> object | None:
        """Nothing was heard for a while of who is to read: takes the place of one that is gone.

        Signals that raise exceptions in quick succession can tear a thread away while it leaves.
        """
        if any(map(self._leads, sys._current_frames().values())):
            return None
        if leader is doubted:
            with self._lock:
                if self._leader is leader:
                    self._leader = None
        return leader

    def _leads(self, frame: FrameType | None) -> bool:
        """Whether a thread, by the frame that it is in, reads for this session."""
        while frame is not None:
            if frame.f_code in _LEADING and frame.f_locals.get("self") is self:
                return True
            frame = frame.f_back
        return False

    def _lead(self, pending: Pending, until: float | None) -> None:
        """Reads until a call is done, then lets another one read."""
        while not pending.done:
            connection = self._connection
            if connection is None:
                self._connect(until)
            else:
                self._read(connection, True, until)
            if until is not None and time.monotonic() >= until:
                break
        if self._leader is pending:
            with self._lock:
                self._pass_on(pending)

    def _read(self, connection: Connection, waits: bool, until: float | None = None) -> None:
        """Reads once. Only for who leads."""
        if connection.is_interrupted and not connection.is_whole:
            with self._lock:
                self._drop(connection)
            return
        connection.is_interrupted = True
        connection.is_read = True
        try:
            if connection.unsent:
                with self._lock:
                    stuck = not connection.flush()
                if stuck and waits:
                    connection.await_room(left_of(until))
                    waits = False
            if not waits:
                came = connection.take_data()
            elif until is None:
                came = connection.await_data()
            else:
                came = connection.await_data(left_of(until))
            if connection.messages:
                if self._take_messages(connection):
                    return
            elif not came and waits:
                self._listen(connection)
            if connection.has_ended:
                connection.raise_end()
            connection.is_interrupted = False
        except StreamEnded as e:
            self._stream_ended(connection, e)
        except (OSError, _frames.MalformedFrame) as e:
            if is_of_handler(e):
                raise
            with self._lock:
                self._drop(connection)
        finally:
            connection.is_read = False
            if connection.is_abandoned:
                connection.close()

    def _listen(self, connection: Connection) -> None:
        """Nothing came for a while."""
        with self._lock:
            if connection.silent_ticks > SILENT_TICKS:
                self._drop(connection)
            else:
                connection.ping()

    def _take_messages(self, connection: Connection) -> bool:
        """Hands on what has come; and where the leader's reply is among it, the lead too."""
        with self._lock:
            self._take_replies(connection.messages)
            if len(self._fresh) * 4 > self._window and self._connection is connection:
                connection.send(self._confirmation())
            leader = self._leader
            if connection.has_ended or not isinstance(leader, Pending) or not leader.done:
                return False
            connection.is_interrupted = False
            if self._sleepers:
                self._pass_on(leader)
            else:
                self._leader = None
            return True

    def _take_replies(self, messages: deque[bytes]) -> None:
        """All that came; under the lock."""
        self._has_heard = True
        while messages:
            message = messages.popleft()
            one = _frames.single_response(message)
            if one is not None:
                self._take_reply(one[0], message[one[1] :], None)
                continue
            for sequence, response, error in _frames.replies(message):
                self._take_reply(sequence, response, error)

    def _take_reply(self, sequence: int, response: bytes | None, error: bytes | None) -> None:
        """Hands a reply on. It may be cut off after any step, and then be asked for again."""
        calls = self._calls
        pending = calls.get(sequence)
        if pending is None or pending.given_up or pending.done:
            return  # What was given up counts when its Cancel is answered.
        if error is not None:
            pending.error = from_status(error)
            if pending.is_unheard:
                self._refuse(cast("UnheardPut", pending))
        elif response is not None:
            pending.response = response
        if pending.of is not None:
            calls.pop(pending.of.sequence, None)
        pending.done = True
        if self._sleepers or pending.watchers:
            self._wake(pending)
        is_taken = pending is self._leader and pending.read is None
        if is_taken or pending.posted or pending.of is not None:
            del calls[sequence]
            self._fresh.append(sequence)
            if self._queue and len(calls) < self._window:
                self._let_in()

    def _refuse(self, put: UnheardPut) -> None:
        """Has a call that waits be given up, so that its caller hears of a put; under the lock.

        Where there is none, that is the next one of the thread that has put.
        """
        waiting = put.listener([each for each in self._calls.values() if each.hears])
        if waiting is None:
            self._refused.append(put)
        else:
            self._interrupt(waiting, put)

    def _interrupt_next(self, pending: Pending) -> None:
        """Has a call be given up where a put of its thread was refused; under the lock."""
        self._refused = [put for put in self._refused if not put.is_told]
        for put in self._refused:
            if pending.hears and put.is_by_thread_of(pending):
                self._interrupt(pending, put)

    def _interrupt(self, pending: Pending, put: UnheardPut) -> None:
        pending.is_interrupted = True
        pending.error = PutRefused(put)
        self._wake(pending)

    def _collect_taken(self) -> None:
        """What was taken by threads that are out of their calls may be confirmed; under the lock.

        While they are in there, an exception may come yet, so that it goes back.
        """
        me = get_ident()
        for thread, pending in list(self._taken.items()):
            if thread == me or thread not in self._inside:
                sequence = pending.sequence
                if sequence in self._calls and not pending.given_up:
                    del self._calls[sequence]
                    self._fresh.append(sequence)
                del self._taken[thread]

    def _make_room(self) -> None:
        """Another call may go on in the place of what this thread has taken."""
        with self._lock:
            self._collect_taken()
            if self._queue and len(self._calls) < self._window:
                self._let_in()

    def _wake(self, pending: Pending) -> None:
        pending.done = True
        if self._sleepers and pending in self._sleepers:
            self._open_gate(pending)
        if pending.watchers:
            for watcher in list(pending.watchers):
                self._wake(watcher)

    def _open_gate(self, pending: Pending) -> None:
        """Wakes a thread; once too often does no harm."""
        if pending.gate is not None:
            with contextlib.suppress(RuntimeError):
                pending.gate.release()
        self._sleepers.pop(pending, None)

    def _pass_on(self, pending: object) -> None:
        """Stops reading; one of those that wait goes on. Under the lock."""
        if self._leader is pending:
            self._leader = None
        if self._leader is None and self._sleepers:
            self._open_gate(next(iter(self._sleepers)))

    def _rouse(self) -> None:
        """Wakes those that are done, and one that reads where nobody does; under the lock."""
        for other in list(self._sleepers):
            if other.done:
                self._open_gate(other)
        self._pass_on(None)

    def _leave(self, pending: Pending) -> None:
        """Stops waiting for a call that is not done, or may not be."""
        with self._lock:
            self._sleepers.pop(pending, None)
            if self._leader is pending:
                self._leader = None
            self._rouse()

    def _drain(self, until: float | None = None) -> None:
        """Reads what has come, where nobody else reads, and waits for nothing.

        Where there is no connection it makes one, as `_connect` does.
        """
        token = object()
        try:
            with self._lock:
                if self._leader is not None or self._over is not None:
                    return
                self._leader = token
            connection = self._connection
            if connection is None:
                self._connect(until)
            else:
                self._read(connection, False)
        finally:
            try:
                _surely(self._stop_leading, token)
            except BaseException:
                _surely(self._stop_leading, token)
                raise

    def _stop_leading(self, token: object) -> None:
        with self._lock:
            self._pass_on(token)

    # Giving up.

    def _see_through(self, pending: Pending) -> None:
        """Has a call made; to send it twice does no harm.

        It waits for a connection, for a while in all, and for nothing else.
        """
        self._leave(pending)
        if pending.done or self._over is not None:
            return
        if pending.sequence not in self._calls:
            self._send(pending, False)
        else:
            with self._lock:
                connection = self._connection
                if connection is not None and not pending.done:
                    try:
                        connection.send(self._confirmation() + pending.call())
                    except OSError as e:
                        self._drop(connection)
                        raise_of_handler(e)
        if self._connection is None:  # Perhaps nobody makes a call for long, who would make one.
            now = time.monotonic()
            if not pending.sought_until:
                pending.sought_until = now + _CANCEL_SECONDS
            if now < pending.sought_until:
                self._drain(pending.sought_until)

    def _give_up(self, pending: Pending) -> None:
        """Takes a call back whose caller was interrupted, and waits a while for the answer."""
        self._leave(pending)
        cancel = pending.cancel
        if cancel is None:
            cancel = self._cancel(pending)
        else:
            with self._lock:
                connection = self._connection
                is_sent = connection is not None and cancel.sent_on == self._attachment
                if connection is not None and not is_sent:
                    self._drop(connection)  # It has less of the Cancel than all, or nothing.
            if is_sent:
                self._leave(cancel)
                return  # We are here again: whoever interrupts this waits only until it is sent.
        if cancel is None or self._closing:
            return
        if not pending.sought_until:
            pending.sought_until = time.monotonic() + _CANCEL_SECONDS
        try:
            self._finish(cancel, pending.sought_until)
        finally:
            self._leave(cancel)

    def _cancel(self, pending: Pending) -> Pending | None:
        """Sends the Cancel of a call, where it was sent, and its reply was not confirmed."""
        with self._lock:
            sequence = pending.sequence
            calls = self._calls
            is_refused = pending.error is not None and not pending.is_interrupted
            if self._over is not None or is_refused:
                calls.pop(sequence, None)
                return None
            if sequence not in calls:
                if sequence not in self._fresh:
                    return None
                self._calls = dict(sorted([*calls.items(), (sequence, pending)]))
            pending.given_up = True
            if sequence in self._fresh:
                self._fresh.remove(sequence)
            return self._number_cancel(pending)

    def _number_cancel(self, of: Pending) -> Pending:
        """Sends the Cancel of a call that is given up; under the lock."""
        cancel = Pending(_CANCEL, b"\x08%b\x10\x01" % _frames.varint(of.sequence), b"")
        cancel.of = of
        sequence = self._next
        self._next = sequence + 1
        cancel.sequence = sequence
        self._calls[sequence] = cancel
        of.cancel = cancel
        connection = self._connection
        if connection is not None:
            try:
                connection.send(self._confirmation() + cancel.call())
                cancel.sent_on = self._attachment
            except OSError as e:
                self._drop(connection)
                raise_of_handler(e)
        return cancel

    # Connecting.

    def _dial(self) -> Connection:
        io, self._metadata = self._dialer.dial(HANDSHAKE_SECONDS)
        try:
            return Connection(io, self._lock, self._dialer.authority, self._dialer.scheme)
        except BaseException:
            io.close()
            raise

    def _open(
        self, request: session_pb2.SessionOpenRequest
    ) -> tuple[Connection, session_pb2.SessionOpenResponse]:
        connection = self._dial()
        try:
            message = unary(
                connection, self._lock, _OPEN, self._metadata, request.SerializeToString()
            )
            return connection, session_pb2.SessionOpenResponse.FromString(message)
        except DecodeError as e:
            connection.close()
            raise ConnectionLost(
                "Expected a Polyproc daemon, but what is there answers as none; see to the address"
            ) from e
        except BaseException:
            connection.close()
            raise

    def _attach(self, connection: Connection) -> None:
        """Attaches to the session on a new connection."""
        self._attachment += 1
        with self._lock:
            connection.open(_ATTACH, self._metadata)
            connection.send(_frames.attach(self.id, self._attachment))
        until = time.monotonic() + HANDSHAKE_SECONDS
        while not connection.messages:
            await_once(connection, self._lock, until)
        if not _frames.is_attached(connection.messages.popleft()):
            raise OSError("Expected the daemon to take the attachment, but it answered otherwise")

    def _connect(self, until: float | None) -> None:
        """Makes a connection in the place of a broken one. Only for who leads."""
        with self._lock:
            if self._dropped is not None:
                self._dropped.is_read = False  # It is we who would read.
                self._bury()
        now = time.monotonic()
        is_again = not self._has_heard and now - self._attached_at < _LIVING_SECONDS
        if not is_again:
            self._without_since = now
        begin = self._without_since
        pause = _FIRST_PAUSE
        while True:
            over = self._over
            if over is not None:
                with self._lock:
                    self._clear_away(over)
                return
            connection: Connection | None = None
            try:
                connection = self._dial()
                self._attach(connection)
                self._has_heard = False
                self._attached_at = time.monotonic()
                if is_again and self._attached_at - begin > self._patience:
                    # Connections break as soon as they are there, perhaps by what is sent on them.
                    connection.close()
                    self._has_heard = True  # Whoever calls next begins anew.
                    self._give_all_up(ConnectionLost("connections break as they are made"))
                    return
                with self._lock:
                    self._repeat(connection)
                    self._connection = connection
                    if self._over is not None:
                        self._drop(connection)
                return
            except StreamEnded as e:
                connection_error: Exception = why_ended(e)
            except (OSError, ValueError) as e:  # ValueError: of a token's file, or one of TLS.
                if is_of_handler(e):
                    if connection is not None:
                        connection.close()
                    raise
                connection_error = e
            except BaseException:
                if connection is not None:
                    connection.close()
                raise
            if connection is not None:
                connection.close()
            if isinstance(connection_error, Error):
                if connection_error.reason in _GONE:
                    self._lose(connection_error)
                    return
                if connection_error.code in _REFUSED:
                    self._give_all_up(connection_error)
                    return
            now = time.monotonic()
            if until is not None and now >= until:
                return
            if now - begin > self._patience:
                self._give_all_up(connection_error)
                return
            time.sleep(pause)
            pause = min(2 * pause, _LAST_PAUSE)

    def _repeat(self, connection: Connection) -> None:
        """Sends what has no reply, in order; under the lock."""
        for sequence, pending in list(self._calls.items()):
            if pending.done and (pending.posted or pending.of is not None):
                del self._calls[sequence]
        waiting = [p for p in self._calls.values() if not p.given_up and not p.done]
        self._fresh.clear()
        below = next(iter(self._calls), self._next)
        answered = (n for n in range(below, self._next) if n not in self._calls)
        message = bytearray(_frames.confirmation(below, _frames.ranges(answered)))
        for pending in waiting:
            message += pending.call()
            if len(message) > _FRAME_BYTES:
                connection.send(bytes(message))
                message.clear()
        connection.send(bytes(message))
        for pending in waiting:
            if pending.of is not None:
                pending.sent_on = self._attachment

    def _stream_ended(self, connection: Connection, end: StreamEnded) -> None:
        error = why_ended(end)
        with self._lock:
            self._drop(connection)
        if error.reason in _GONE:
            self._lose(error)

    def _lose(self, why: Error) -> None:
        """The daemon does not know the session any more."""
        if self._closing:
            self._end(_closed())
            return
        lost = self._lost(why)
        if self._end(lost) and self._on_lost is not None:
            self._on_lost(lost)

    def _lost(self, why: Error) -> SessionLost:
        return SessionLost(
            "Expected the session to live, but the daemon does not know it any more; what it held"
            f" is gone, and whether calls took effect that were under way is not known ({why})",
            why.reason,
            address=self._dialer.authority,
            outcome_unknown=True,
        )

    def _told(self, error: Exception) -> Exception:
        """What the caller of a call is told that failed so: a copy, as a traceback is of one."""
        _sleep_where_it_ends()
        if isinstance(error, Error) and error.reason == Reason.SESSION_ENDED:
            me = get_ident()
            if me not in self._inside or not self._is_nested(sys._getframe(1)):
                self._inside[me] = me
                try:
                    self._lose(error)  # It may be that nobody reads, to see that the stream ends.
                finally:
                    self._inside.pop(me, None)
                error = self._over or error
        return copy.copy(error)

    def _end(self, error: Error) -> bool:
        """All that waits, and all that comes, is told."""
        with self._lock:
            if self._over is not None:
                return False
            self._over = error
            self._tell_all(error)
            connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.abandon()
        if self._pulse is not None:
            self._pulse.stop()
        return True

    def _tell_all(self, error: Error) -> None:
        """Whoever waits is told that it is over; under the lock."""
        calls = [*self._calls.values(), *self._queue]
        self._calls.clear()
        self._queue.clear()
        for pending in calls:
            if not pending.done:
                pending.error = error
                self._wake(pending)

    def _clear_away(self, over: Error) -> None:
        """Does what could not be done as a handler closed it without the lock; under the lock."""
        self._tell_all(over)
        if self._connection is not None:
            self._drop(self._connection)

    def _give_all_up(self, why: Exception) -> None:
        """The daemon is out of reach: callers are told; what they called is taken back later."""
        error = ConnectionLost(
            f"Expected the daemon to answer within {self._patience:g} s, but: {why}; what was"
            " granted meanwhile goes back once it is there again, and what was to be changed may be"
        )
        with self._lock:
            for pending in list(self._calls.values()):
                if pending.given_up or pending.done or pending.stays or pending.of is not None:
                    continue
                pending.given_up = True
                pending.error = error
                self._wake(pending)
                self._number_cancel(pending)
            for room in self._queue:
                room.error = error
                self._wake(room)
            self._queue.clear()
            self._rouse()

    # For the pulse.

    def beat(self) -> None:
        """Says a word, so that the session stays alive, and reads what has come."""
        inside = self._inside
        me = get_ident()
        inside[me] = me
        try:
            with self._lock:
                connection = self._connection
                if connection is not None and self._over is None:
                    try:
                        connection.send(self._confirmation())
                    except OSError:
                        self._drop(connection)
            self._drain()
        finally:
            del inside[me]


_LEADING = (Session._lead.__code__, Session._drain.__code__)

_ENTRANCES = frozenset(
    method.__code__
    for method in (
        Session.call,
        Session._post,
        Session.see_to,
        Session.result,
        Session.flush,
        Session.close,
        Session.beat,
    )
)
"""What others call, in the middle of which a handler may call another one."""


_FORKED = Error(
    "Expected the process that opened the session, but this is a child of it",
    Reason.CLOSED,
    "CANCELLED",
)

_is_exiting = False


def exit_quietly() -> None:
    """Has daemon threads that wait told nothing from now on, as they are not by `queue.Queue`."""
    global _is_exiting
    _is_exiting = True


def _sleep_where_it_ends() -> None:
    """Does not return to a daemon thread while the process ends: nobody wants to hear of that."""
    if _is_exiting and threading.current_thread().daemon:
        end = threading.Lock()
        end.acquire()
        end.acquire()


def _warn_of(undone: int, seconds: float) -> None:
    """Tells, where it is not heard of otherwise, what a session ended without."""
    if undone > 0:
        warnings.warn(
            f"Expected what was posted to be done within {seconds:g} s, but the session was closed"
            f" with {undone} calls that are not, such as puts in a full queue; they are taken back",
            RuntimeWarning,
            stacklevel=2,
        )


def _closed() -> Error:
    return Error("Expected an open client, but it was closed", Reason.CLOSED, "CANCELLED")


def _cannot_wait() -> Error:
    return Error(
        "Expected what was posted to be done, but it is not, and this is in the middle of another"
        " call of this thread, which a handler cannot wait for; ask again after the handler",
        code="FAILED_PRECONDITION",
    )
