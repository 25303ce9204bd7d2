"""A client's session as the tests call it: without handles, so that it alone is tested."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator

import polyproc
from ledger import GET, PUT
from peers import SECONDS
from polyproc._methods import Method
from polyproc._pending import Pending
from polyproc._session import Session
from polyproc.v1 import admin_pb2, dict_pb2, queue_pb2

CREATE_QUEUE = Method(
    "QueueService/Create", queue_pb2.QueueCreateRequest, queue_pb2.QueueCreateResponse
)
SIZE = Method("QueueService/Size", queue_pb2.QueueSizeRequest, queue_pb2.QueueSizeResponse)
LIST = Method("QueueService/List", queue_pb2.QueueListRequest, queue_pb2.QueueListResponse)
CREATE_DICT = Method("DictService/Create", dict_pb2.DictCreateRequest, dict_pb2.DictCreateResponse)
ADD = Method("DictService/Add", dict_pb2.DictAddRequest, dict_pb2.DictAddResponse)
SESSIONS = Method(
    "AdminService/ListSessions",
    admin_pb2.AdminListSessionsRequest,
    admin_pb2.AdminListSessionsResponse,
)


class Raw:
    """Calls by the session that a client has at the moment."""

    def __init__(self, client: polyproc.Polyproc) -> None:
        self.client = client

    @property
    def session(self) -> Session:
        return self.client._session_now()

    def queue(self) -> str:
        """Makes one."""
        name = f"queue-{uuid.uuid4()}"
        request = queue_pb2.QueueCreateRequest(queue=name)
        self.session.call(CREATE_QUEUE.fields, request.SerializeToString())
        return name

    def put(self, queue: str, text: str) -> None:
        assert PUT.read(self.session.call(PUT.fields, _put(queue, text))).accepted

    def post(self, queue: str, text: str) -> Pending:
        return self.session.post(PUT.fields, _put(queue, text))

    def get(self, queue: str, seconds: float | None = None) -> str:
        return GET.read(self.session.call(GET.fields, _get(queue, seconds))).item.text

    def post_get(self, queue: str) -> Pending:
        return self.session.post(GET.fields, _get(queue, None))

    def sizes(self, queue: str) -> tuple[int, int]:
        """How many items are there, and how many gets wait."""
        request = queue_pb2.QueueSizeRequest(queue=queue).SerializeToString()
        response = SIZE.read(self.session.call(SIZE.fields, request))
        return response.size, response.waiting_gets

    def texts(self, queue: str) -> list[str]:
        """The items that are there."""
        request = queue_pb2.QueueListRequest(queue=queue).SerializeToString()
        response = LIST.read(self.session.call(LIST.fields, request))
        return [item.text for item in response.items]

    def counter(self) -> str:
        """Makes a dict to count in."""
        name = f"counter-{uuid.uuid4()}"
        request = dict_pb2.DictCreateRequest(dict=name)
        self.session.call(CREATE_DICT.fields, request.SerializeToString())
        return name

    def add(self, counter: str, amount: int = 1) -> int:
        request = dict_pb2.DictAddRequest(dict=counter)
        request.key.text = "n"
        request.amount.int = amount
        request.initial.int = 0
        return ADD.read(self.session.call(ADD.fields, request.SerializeToString())).value.int

    def unanswered(self) -> list[Pending]:
        """Calls whose replies nobody has yet."""
        taken = list(self.session._taken.values())
        return [pending for pending in self.session._calls.values() if pending not in taken]

    def sessions(self) -> frozenset[int]:
        """The numbers of those that are open: of all programs, some of which may be ending."""
        request = admin_pb2.AdminListSessionsRequest()
        answer = self.session.call(SESSIONS.fields, request.SerializeToString())
        return frozenset(session.session for session in SESSIONS.read(answer).sessions)

    def await_waiting(self, queue: str, gets: int) -> None:
        """Returns once so many gets wait."""
        until(lambda: self.sizes(queue)[1] == gets)


def _put(queue: str, text: str) -> bytes:
    request = queue_pb2.QueuePutRequest(queue=queue)
    request.item.text = text
    return request.SerializeToString()


def _get(queue: str, seconds: float | None) -> bytes:
    request = queue_pb2.QueueGetRequest(queue=queue)
    if seconds is not None:
        request.timeout.FromMilliseconds(round(seconds * 1000))
    return request.SerializeToString()


def until(holds: Callable[[], object]) -> None:
    """Asks again and again; each question is a call, or gives other threads a turn."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, (
            f"Expected it to become so, but it does not: {_line_of(holds)}; {_stacks()}"
        )


def _line_of(function: Callable[[], object]) -> str:
    code = getattr(function, "__code__", None)
    return repr(function) if code is None else f"line {code.co_firstlineno} of {code.co_filename}"


def _stacks() -> str:
    """What the other threads are at, for who cannot run it again."""
    return "; ".join(
        " < ".join(f"{frame.name}:{frame.lineno}" for frame in traceback.extract_stack(top)[::-1])
        for thread, top in sys._current_frames().items()
        if thread != threading.get_ident()
    )


@contextlib.contextmanager
def threads(*targets: Callable[[], object]) -> Iterator[list[BaseException]]:
    """Runs them beside the block; at its end all must be done. What they raise is in the list."""
    raised: list[BaseException] = []

    def run(target: Callable[[], object]) -> None:
        try:
            target()
        except BaseException as e:
            raised.append(e)

    started = [threading.Thread(target=run, args=(target,), daemon=True) for target in targets]
    for thread in started:
        thread.start()
    yield raised
    for thread in started:
        thread.join(SECONDS)
        assert not thread.is_alive(), "Expected all threads to end, but one hangs"
