"""``python -m polyproc``: what this package is, whether a daemon is there or can be started."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Sequence

from polyproc._address import Address, UnreachableError, environment
from polyproc._errors import DaemonStartFailed, Error
from polyproc._peer import UntrustedError
from polyproc._version import __version__

_PATIENCE_SECONDS = 5.0


def contract_revision() -> int:
    """Return the revision of the contract that this package was built for."""
    from polyproc.v1 import session_pb2

    return max(session_pb2.ContractRevision.values())


def describe_daemon(address: Address) -> str:
    """Say what the daemon at an address is.

    Raises:
        UnreachableError: nobody listens there.
        UntrustedError: somebody else does.
        Error: what listens there is no daemon, or refuses to say what it is.
        ValueError: the files of TLS make no sense.

    """
    from polyproc._admin import SERVER_INFO, ServerInfo
    from polyproc._dialer import Dialer
    from polyproc._side import SideConnection
    from polyproc.v1 import admin_pb2

    address.connect(_PATIENCE_SECONDS).close()
    with SideConnection(Dialer(address, None, None)) as connection:
        server = ServerInfo.of(
            connection.call(SERVER_INFO, admin_pb2.AdminServerInfoRequest()).server
        )
    uptime = datetime.timedelta(seconds=int(server.uptime))
    return (
        f"polyprocd {server.version} is listening, process {server.pid}, up for {uptime},"
        f" revision {server.contract_revision} of the contract"
    )


def describe_start() -> str:
    """Say what `polyproc.private` would start a daemon with, or why it cannot."""
    from polyproc import _java, _private

    variables = environment()
    lines = []
    for what, find in (("java", _java.find_java), ("jar", _private.find_jar)):
        try:
            lines.append(f"{what}: {find(variables)}")
        except DaemonStartFailed as e:
            lines.append(f"{what}: {e}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print it; return the exit code, 0 when a daemon is there and 1 when not."""
    parser = argparse.ArgumentParser(
        prog="python -m polyproc",
        description="Shows the version of this package, the Java and the jar that it would start a "
        "daemon of its own with, where it looks for one, and whether one is there: exit code 0 if "
        "so, else 1.",
    )
    parser.add_argument(
        "--version", action="store_true", help="print the version of this package, and end"
    )
    parser.add_argument(
        "--address",
        metavar="A",
        help="where the daemon listens: unix:/path, host:port or tls://host:port; default: what "
        "POLYPROC_ADDRESS says, else the default socket",
    )
    options = parser.parse_args(arguments)
    if options.version:
        print(f"polyproc {__version__}")
        return 0
    print(f"polyproc {__version__}, revision {contract_revision()} of the contract")
    print(describe_start())
    try:
        if options.address is not None:
            address, origin = Address.parse(options.address), "--address"
        else:
            address = Address.default()
            named = environment().get("POLYPROC_ADDRESS", "").strip()
            origin = "POLYPROC_ADDRESS" if named else "the default socket"
        print(f"address: {address} ({origin})")
        print(f"daemon: {describe_daemon(address)}")
    except UnreachableError as e:
        print(f"daemon: {'nobody listens there' if e.absent else 'none that can be reached'}")
        return _refused(e)
    except Error as e:
        print("daemon: none that answers")
        return _refused(e)
    except (UntrustedError, ValueError) as e:
        return _refused(e)
    return 0


def _refused(why: Exception) -> int:
    print(f"polyproc: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
