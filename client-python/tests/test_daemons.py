"""That the stubs are those of the daemon, by another transport than the package's."""

import grpc

from daemons import Daemon, running_daemon
from polyproc.v1 import admin_pb2, session_pb2


def _server_info(target: str, *metadata: tuple[str, str]) -> admin_pb2.AdminServerInfoResponse:
    with grpc.insecure_channel(target) as channel:
        call = channel.unary_unary(
            "/polyproc.v1.AdminService/ServerInfo",
            request_serializer=admin_pb2.AdminServerInfoRequest.SerializeToString,
            response_deserializer=admin_pb2.AdminServerInfoResponse.FromString,
        )
        response = call(admin_pb2.AdminServerInfoRequest(), metadata=metadata, timeout=30)
    assert isinstance(response, admin_pb2.AdminServerInfoResponse)
    return response


def test_should_be_answered_on_socket(daemon: Daemon) -> None:
    answer = _server_info(daemon.address)
    assert answer.server.pid == daemon.process.pid
    assert answer.server.contract_revision == max(session_pb2.ContractRevision.values())


def test_should_be_answered_on_port_with_token(daemon: Daemon) -> None:
    token = ("authorization", f"Bearer {daemon.token}")
    assert _server_info(f"localhost:{daemon.port}", token).server.pid == daemon.process.pid


def test_should_start_daemon_of_own_with_options() -> None:
    with running_daemon("--limit", "waiters=7") as daemon:
        assert _server_info(daemon.address).limits.waiters == 7
    assert daemon.process.returncode == 143
    assert not daemon.socket.parent.exists()
