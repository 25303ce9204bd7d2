"""A session of the daemon, from plain generated stubs: commands that count once."""

import os
import time

import grpc
from google.rpc import error_details_pb2, status_pb2
from polyproc.v1 import session_pb2, session_pb2_grpc

# What gRPC says of a connection that broke. The daemon's own statuses have a reason.
BROKEN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL)

# To the daemon itself and not to a proxy; back soon after an outage; no call hangs when the network is
# silent; a value of any size is taken.
OPTIONS = [
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.http2.ping_timeout_ms", 5_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.max_receive_message_length", -1),
]


class Session:
    """The session of this process. One thread uses it, so every earlier reply has arrived."""

    def __init__(self, client):
        address = os.environ.get("POLYPROC_ADDRESS")
        if not address:
            raise SystemExit("Expected the daemon's address in POLYPROC_ADDRESS, but it is not set")
        self.channel = grpc.insecure_channel(address, OPTIONS)
        self.metadata = []
        if token_file := os.environ.get("POLYPROC_TOKEN_FILE"):
            with open(token_file, encoding="ascii") as file:
                self.metadata = [("authorization", "Bearer " + file.read().strip())]
        self.sequence = 0
        self.given_up = 0  # The command that ended without an answer; 0 for none.
        self.stub = session_pb2_grpc.SessionServiceStub(self.channel)
        opened = self.stub.Open(
            session_pb2.SessionOpenRequest(
                client=client,
                process=session_pb2.ClientProcess(pid=os.getpid()),
                process_credential=os.environ.get("POLYPROC_PROCESS_CREDENTIAL", ""),
            ),
            metadata=self.metadata,
        )
        self.metadata += [("polyproc-session", opened.session)]
        self.time_to_live = opened.time_to_live.ToTimedelta()

    def call(self, method, request, timeout=None):
        """Sends a command, and sends it again under the same sequence when its answer was lost.

        It is given up after `timeout` seconds, on Ctrl-C, and when the daemon cannot be reached. Then
        it is taken back: what it may have been granted, an item or a lock, nobody would ever see.
        """
        self._take_back()
        self.sequence += 1
        numbers = [
            ("polyproc-sequence", str(self.sequence)),
            ("polyproc-received-below", str(self.sequence)),
        ]
        try:
            return self._repeat(method, request, numbers, timeout)
        except BaseException as error:
            if not (isinstance(error, grpc.RpcError) and reason(error)):
                self.given_up = self.sequence
                try:
                    self._take_back(timeout=1)
                except grpc.RpcError:
                    pass  # Then before the next command: that is the first to confirm past it.
            raise

    def _take_back(self, timeout=None):
        if self.given_up:
            cancel = session_pb2.SessionCancelRequest(sequence=self.given_up, undo=True)
            self._repeat(self.stub.Cancel, cancel, [], timeout)
            self.given_up = 0

    def _repeat(self, method, request, numbers, timeout):
        end = None if timeout is None else time.monotonic() + timeout
        give_up = time.monotonic() + self.time_to_live.total_seconds()
        while True:
            left = None if end is None else max(0.001, end - time.monotonic())
            try:
                return method(request, metadata=self.metadata + numbers, timeout=left)
            except grpc.RpcError as error:
                if error.code() not in BROKEN or reason(error) or time.monotonic() > give_up:
                    raise
                time.sleep(0.1)

    def close(self):
        """Ends the session, and with it everything it holds."""
        try:
            self.call(self.stub.End, session_pb2.SessionEndRequest())
        except grpc.RpcError as error:
            if reason(error) != "SESSION_NOT_FOUND":  # It ended before; its answer may be lost.
                raise
        self.channel.close()


def reason(error):
    """The ErrorReason of a failed call, such as "CLOSED"."""
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
    for detail in status_pb2.Status.FromString(details).details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ""
