"""Where a daemon listens, what it is to be shown there, and how a connection is made.

The names of variables, the defaults and the rules are those of the Java client, so that programs in
both languages find the same daemon.
"""

# Paths are bytes here, which pathlib does not take.
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from polyproc import _peer
from polyproc._peer import TrustedPath, UntrustedError
from polyproc._signals import raise_of_handler

if TYPE_CHECKING:
    import ssl  # Where it is needed it is imported: that takes as long as some hundred calls.

    from polyproc._tls import Tls

_UNIX = "unix:"
_TLS = "tls://"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/+")
_SCHEME_OF_TLS = re.compile(r"(https|grpcs|tls):/+", re.IGNORECASE)
_PORT = re.compile(r"[+]?[0-9]{1,5}")
_NOT_FOR_ALL = "%?#,"
_SENDABLE = re.compile(r"[\x21-\x7E]+")
_DARWIN_USER_TEMP_DIR = 65537  # of confstr(3), which Python has no name for

_START = "start one with polyprocd, or one for this program alone with polyproc.private()"
_START_THERE = "start one there with polyprocd --listen"


class _Socket(socket.socket):
    """Closes itself without a warning: a handler's exception may have cost it its owner.

    By C alone: where Python code runs as something is collected, a handler's exception is lost.
    """

    __del__ = socket.SocketType.close


class UnreachableError(ConnectionError):
    """There is no way to a daemon; the message says why, and what to do."""

    def __init__(self, sentence: str, *, absent: bool = False, may_pass: bool = True) -> None:
        """With a sentence of the form "Expected …, but …"."""
        super().__init__(sentence)
        self.absent = absent
        """Whether nobody listens there."""
        self.may_pass = may_pass
        """Whether it may be another answer later, without anybody changing a setting."""


def environment() -> Mapping[str, str]:
    """Read this process's variables, in UTF-8 whatever the locale says."""
    if not os.supports_bytes_environ:
        return os.environ
    return {
        name.decode("utf-8", "surrogateescape"): value.decode("utf-8", "surrogateescape")
        for name, value in os.environb.items()
    }


def _setting(variables: Mapping[str, str], name: str) -> str | None:
    """Return what a variable says; None where it says nothing but blanks."""
    return variables.get(name, "").strip() or None


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" or each == "\ufffd" for each in text)


def _shown(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def named_path(variables: Mapping[str, str], name: str) -> str | None:
    """Return the path that a variable names; None where it names none."""
    value = _setting(variables, name)
    if value is not None and not _is_whole(value):
        raise ValueError(
            f"Expected {name} to be a path in UTF-8, but {_shown(value)} has other bytes"
        )
    return value


def default_folder(variables: Mapping[str, str] | None = None) -> str:
    """Find the folder in which a daemon without flags keeps its socket and its token."""
    variables = environment() if variables is None else variables
    runtime = _setting(variables, "XDG_RUNTIME_DIR")
    if runtime is not None and runtime.startswith("/"):
        named_path(variables, "XDG_RUNTIME_DIR")
        return f"{runtime.rstrip('/')}/polyproc"
    return f"{_temporary_folder()}/polyproc-{_peer.own_uid()}"


def _temporary_folder() -> str:
    """Find that of the JVM, which asks no variable."""
    if sys.platform == "darwin":
        with contextlib.suppress(OSError, ValueError):
            return (os.confstr(_DARWIN_USER_TEMP_DIR) or "/tmp").rstrip("/")
    return "/tmp"


def address_in(folder: str) -> str:
    """Where a daemon listens that is started in a folder."""
    return f"unix:{folder}/polyproc.sock"


class Address(NamedTuple):
    """Where a daemon listens.

    On a Unix socket, ``unix:/path``; on loopback TCP, ``host:port``; or with TLS,
    ``tls://host:port``.
    """

    path: str | None
    """The path of the Unix socket; None for TCP."""
    host: str = ""
    port: int = 0
    tls: bool = False
    usual: bool = False
    """Whether it is the default socket, which nobody named."""

    @classmethod
    def parse(cls, given: str) -> Address:
        """Read the address that a text names.

        Raises:
            ValueError: it names none.

        """
        text = given.strip()
        if text.startswith(_UNIX):
            return cls._parse_socket(text)
        scheme = _SCHEME.match(text)
        if scheme and not text.startswith(_TLS):
            if _SCHEME_OF_TLS.fullmatch(scheme.group()):
                raise _refused(text, f"begins with {scheme.group()}; write {_TLS} for it")
            raise _refused(text, f"begins with a scheme; leave out {scheme.group()}")
        if "," in text:
            raise _refused(text, "names several daemons, and this client talks to one")
        return cls._parse_tcp(text, text.removeprefix(_TLS), tls=text.startswith(_TLS))

    @classmethod
    def default(cls, variables: Mapping[str, str] | None = None) -> Address:
        """Return what ``POLYPROC_ADDRESS`` says, else the default socket."""
        variables = environment() if variables is None else variables
        named = _setting(variables, "POLYPROC_ADDRESS")
        if named is None:
            return cls(f"{default_folder(variables)}/polyproc.sock", usual=True)
        if not _is_whole(named):
            raise ValueError(
                "Expected POLYPROC_ADDRESS to be an address in UTF-8, but "
                f"{_shown(named)} has other bytes"
            )
        return cls.parse(named)

    @classmethod
    def again(cls, shown: str) -> Address:
        """Read an address that `str` of another one has written, here or in another process.

        The default socket stays what it is, which nobody named.
        """
        with contextlib.suppress(ValueError):
            usual = cls.default()
            if str(usual) == shown:
                return usual
        return cls.parse(shown)

    @classmethod
    def _parse_socket(cls, text: str) -> Address:
        path = text.removeprefix(_UNIX)
        if path.startswith("//"):  # unix:///path, as gRPC writes it
            path = path[2:]
            if not path.startswith("/"):
                raise _refused(text, "has no path after unix://; write unix:///path")
        if not path:
            raise _refused(text, "names no path")
        wrong = _what_cannot_be_told(path)
        if wrong is not None:
            raise _refused(text, f"has a path with {wrong}, which not every language can be told")
        return cls(path)

    @classmethod
    def _parse_tcp(cls, text: str, host_and_port: str, *, tls: bool) -> Address:
        host, _, port = host_and_port.rpartition(":")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            raise _refused(text, "has colons in its host; write [::1]:7000")
        if not host:
            raise _refused(text, "has no host and port")
        if not _PORT.fullmatch(port) or not 1 <= int(port) <= 65535:
            raise _refused(text, "has no port from 1 to 65535")
        return cls(None, host, int(port), tls)

    @property
    def is_socket(self) -> bool:
        """Whether it is a Unix socket."""
        return self.path is not None

    @property
    def authority(self) -> str:
        """What HTTP/2 calls the daemon."""
        if self.path is not None:
            return "localhost"
        return f"{self._host()}:{self.port}"

    def connect(self, timeout: float | None = None, tls: Tls | None = None) -> socket.socket:
        """Open a connection: blocking, not inherited by programs that are executed.

        Nothing is sent on a Unix socket before it is known who listens; see ``polyproc._peer``.

        Args:
            timeout: how many seconds it may take; None for as long as the system tries.
            tls: with which files; None for those that the environment names.

        Raises:
            UnreachableError: there is nobody to connect to.
            UntrustedError: somebody else listens there, or could have put the socket there.
            ValueError: the files of TLS make no sense.

        """
        deadline = None if timeout is None else time.monotonic() + timeout
        if self.path is not None:
            return self._explained(timeout, lambda: self._connect_unix(deadline))
        context = _context(tls) if self.tls else None
        name = self.host if tls is None or tls.server_name is None else tls.server_name
        return self._explained(timeout, lambda: self._connect_tcp(deadline, context, name))

    def _explained(
        self, timeout: float | None, connect: Callable[[], socket.socket]
    ) -> socket.socket:
        try:
            return connect()
        except (UnreachableError, UntrustedError):
            raise
        except (OSError, UnicodeError) as e:
            raise_of_handler(e)
            raise self.explain(e, timeout) from e

    def _connect_unix(self, deadline: float | None) -> socket.socket:
        assert self.path is not None
        owner: int | None = None
        # Where it cannot be looked at, the system does not connect either, in words of its own.
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            owner = _peer.require_path(self.path, usual=self.usual)
        with contextlib.ExitStack() as opened:
            connected: socket.socket = _Socket(socket.AF_UNIX, socket.SOCK_STREAM)
            opened.callback(connected.close)
            _connect_whole(connected, self.path.encode(), deadline)
            if owner is None:  # The socket came to be in between.
                owner = _peer.require_path(self.path, usual=self.usual)
            _peer.require_peer(connected, self.path, owner, usual=self.usual)
            opened.pop_all()
            return connected

    def _connect_tcp(
        self, deadline: float | None, context: ssl.SSLContext | None, name: str
    ) -> socket.socket:
        with contextlib.ExitStack() as opened:
            connected = self._reach(deadline)
            opened.callback(lambda: connected.close())
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if context is not None:
                connected.settimeout(_left(deadline))
                connected = wrapped = context.wrap_socket(connected, server_hostname=name)
                if wrapped.selected_alpn_protocol() != "h2":
                    raise UnreachableError(
                        f"Expected HTTP/2 in TLS at {self}, but what listens there does not speak "
                        "it",
                        may_pass=False,
                    )
            connected.settimeout(None)
            opened.pop_all()
            return connected

    def _reach(self, deadline: float | None) -> socket.socket:
        """Try each address of the host; raise the first failure when none is good."""
        failure: OSError | None = None
        for family, kind, protocol, _, where in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            attempt = _Socket(family, kind, protocol)
            try:
                attempt.settimeout(_left(deadline))
                attempt.connect(where)
            except OSError as e:
                attempt.close()
                raise_of_handler(e)
                failure = failure or e
            except BaseException:
                attempt.close()
                raise
            else:
                return attempt
        raise failure or OSError(f"no address of {self.host} is known")

    def explain(self, failure: Exception, timeout: float | None = None) -> UnreachableError:
        """Say in a sentence why a connection failed, also one that broke at its first use."""
        if self.tls:
            sentence = self._explain_tls(failure)
            if sentence is not None:
                return UnreachableError(sentence, may_pass=False)
        absent = isinstance(failure, (FileNotFoundError, ConnectionRefusedError))
        may_pass = True
        if absent:
            why = f"nothing listens there; {_START_THERE if self.tls else _START}"
        elif isinstance(failure, (socket.gaierror, UnicodeError)):
            why = "no host of that name is known"
        elif isinstance(failure, PermissionError):
            may_pass = False
            why = "this user may not open it; the socket belongs to the user who started the daemon"
        elif isinstance(failure, (TimeoutError, BlockingIOError)):
            within = "" if timeout is None else f" within {timeout:g} seconds"
            why = f"it did not answer{within}: it stands still, or has too much to do"
        elif "path too long" in str(failure):
            may_pass = False
            why = "a socket cannot have so long a path"
        else:
            why = f"it cannot be reached: {getattr(failure, 'strerror', None) or failure}"
        return UnreachableError(
            f"Expected a daemon at {self}, but {why}", absent=absent, may_pass=may_pass
        )

    def _explain_tls(self, failure: Exception) -> str | None:
        import ssl

        if not isinstance(failure, ssl.SSLError):
            return None
        detail = failure.reason or str(failure)
        if isinstance(failure, ssl.SSLCertVerificationError):
            said = failure.verify_message
            if failure.verify_code == 9:
                found = ("one that is valid now", f"it is not valid yet ({said})")
            elif failure.verify_code == 10:
                found = ("one that is valid now", f"it has expired ({said})")
            elif failure.verify_code in (62, 64):
                found = (f"for {self.host}", f"it is for another host ({said})")
            else:
                found = (
                    "of a CA that this client trusts",
                    f"it is of another ({said}); set POLYPROC_TLS_CA to the CA's",
                )
            return (
                f"Expected the certificate of the daemon at {self} to be {found[0]}, but {found[1]}"
            )
        if "ALERT" in detail:
            return (
                f"Expected the daemon at {self} to agree on TLS, but it refused "
                f"({detail.lower().replace('_', ' ')})"
            )
        if isinstance(failure, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return None
        if any(sign in detail for sign in ("WRONG_VERSION", "HTTP_REQUEST", "RECORD_LAYER")):
            return f"Expected TLS at {self}, but what listens there does not speak it"
        return None

    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def __str__(self) -> str:
        """As it is written in ``POLYPROC_ADDRESS``."""
        if self.path is not None:
            return _UNIX + self.path
        return f"{_TLS if self.tls else ''}{self._host()}:{self.port}"


def _context(tls: Tls | None) -> ssl.SSLContext:
    from polyproc._tls import Tls

    return (Tls.of() if tls is None else tls).context()


def _refused(text: str, why: str) -> ValueError:
    return ValueError(
        "Expected an address such as unix:/path, host:port or tls://host:port, but "
        f"'{_shown(text)}' {why}"
    )


def _what_cannot_be_told(path: str) -> str | None:
    """Say what in a path cannot be told to every language.

    Some gRPC libraries read it as a URI, and some as several addresses.
    """
    if not _is_whole(path):
        return "bytes that are not UTF-8"
    for each in path:
        if each < " " or each == "\x7f":
            return f"the control character U+{ord(each):04X}"
        if each in _NOT_FOR_ALL:
            return f"a '{each}'"
    return None


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
    return left


def _connect_whole(connecting: socket.socket, path: bytes, deadline: float | None) -> None:
    """Connect a Unix socket.

    A connect that does not block fails at once where too many are waiting, and cannot be waited
    for; so this one blocks, for a while that the socket itself counts. After a signal the socket
    is not connected, though Python says so.
    """
    while True:
        left = _left(deadline)
        if left is not None:
            _set_send_timeout(connecting, max(left, 0.001))
        try:
            connecting.connect(path)
            connecting.getpeername()
        except OSError as e:
            raise_of_handler(e)
            if e.errno == errno.EISCONN:
                break
            if e.errno not in (errno.ENOTCONN, errno.EINTR):
                raise
        else:
            break
    if deadline is not None:
        _set_send_timeout(connecting, 0)


def _set_send_timeout(connecting: socket.socket, seconds: float) -> None:
    whole = int(seconds)
    connecting.setsockopt(
        socket.SOL_SOCKET,
        socket.SO_SNDTIMEO,
        struct.pack("@ll", whole, int((seconds - whole) * 1_000_000)),
    )


class MissingTokenError(ValueError):
    """There is no file where the token was said to be."""


def find_token(address: Address, variables: Mapping[str, str] | None = None) -> str | None:
    """Find the token that a daemon on TCP asks for; None where there is none.

    What ``POLYPROC_TOKEN`` says, else the content of the file that ``POLYPROC_TOKEN_FILE`` names,
    else that of the file ``token`` in the daemon's default folder. A Unix socket needs none; and
    this machine's own token, which was not named, is not for others.

    Raises:
        ValueError: there is one that cannot be used.

    """
    if address.is_socket:
        return None
    variables = environment() if variables is None else variables
    token = _setting(variables, "POLYPROC_TOKEN")
    if token is not None:
        return sendable_token(token, "POLYPROC_TOKEN")
    file = named_path(variables, "POLYPROC_TOKEN_FILE")
    if file is not None:
        return read_token(file)
    if address.tls:
        return None
    folder = default_folder(variables)
    usual = f"{folder}/token"
    if not os.access(usual.encode(), os.R_OK):
        return None
    _require_trusted(folder, TrustedPath.require_folder)
    return read_token(usual)


def read_token(file: str) -> str:
    """Read the token in a file, if this user or root wrote it.

    Another's would have the client take another's daemon for its own.

    Raises:
        ValueError: there is none that can be used.

    """
    if os.path.lexists(file.encode()):
        _require_trusted(file, TrustedPath.require_secret)
    try:
        with open(file.encode(), encoding="utf-8") as opened:
            return sendable_token(opened.read(), file)
    except FileNotFoundError as e:
        raise MissingTokenError(
            f"Expected the daemon's token in {file}, but there is no such file"
        ) from e
    except UnicodeDecodeError as e:
        raise _unreadable(file, "it is no text") from e
    except OSError as e:
        raise _unreadable(file, e.strerror) from e


def sendable_token(given: str, where: str) -> str:
    """Strip a token of what is around it, such as a line break; no sentence repeats it."""
    token = given.strip()
    if not _SENDABLE.fullmatch(token):
        raise ValueError(
            f"Expected a token of one line of ASCII without spaces in {where}, but "
            + ("there is more" if token else "it is empty")
        )
    return token


def _require_trusted(path: str, question: Callable[[TrustedPath], None]) -> None:
    try:
        question(TrustedPath(path, "set POLYPROC_TOKEN_FILE to the file that the daemon wrote"))
    except UntrustedError as e:
        raise ValueError(str(e)) from e
    except OSError as e:
        raise _unreadable(path, e.strerror) from e


def _unreadable(path: str, why: str | None) -> ValueError:
    return ValueError(f"Expected the daemon's token in {path}, but it cannot be read: {why}")
