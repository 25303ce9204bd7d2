"""Where a daemon is, what it is shown there, and how a connection is made."""

import errno
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemons import Daemon, running_daemon
from polyproc._address import Address, UnreachableError, find_token, read_token, sendable_token
from polyproc._peer import UntrustedError
from polyproc._tls import Tls

EC = "ec_paramgen_curve:prime256v1"
TCP = Address.parse("localhost:1")
TEMPORARY = f"unix:/tmp/polyproc-{os.geteuid()}/polyproc.sock"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, in which only this user may write."""
    with tempfile.TemporaryDirectory(prefix="polyproc-") as name:
        yield Path(name)


def _secret(file: Path, content: str) -> Path:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(content)
    file.chmod(0o600)
    return file


# What an address is


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("unix:/run/polyproc.sock", "unix:/run/polyproc.sock"),
        ("unix:///run/polyproc.sock", "unix:/run/polyproc.sock"),
        ("unix:/run/a é+&:b/s", "unix:/run/a é+&:b/s"),
        ("localhost:7000", "localhost:7000"),
        (" 127.0.0.1:65535\n", "127.0.0.1:65535"),
        ("[::1]:7000", "[::1]:7000"),
        ("tls://example.org:7000", "tls://example.org:7000"),
        ("tls://[::1]:7000", "tls://[::1]:7000"),
    ],
)
def test_should_read_an_address(text: str, shown: str) -> None:
    assert str(Address.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("", "unix:", "localhost", ":7000", "localhost:0", "localhost:65536", "host:x", "host:٣"),
        *("tls://", "tls://host", "tls://:1", "a:1,b:2"),
    ],
)
def test_should_say_what_an_address_looks_like(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Expected an address such as unix:/path, host:port or"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("http://localhost:7461", "leave out http://"),
        ("http://[::1]:7461", "leave out http://"),
        ("dns:///localhost:7461", "leave out dns:///"),
        ("https://localhost:7461", "write tls:// for it"),
        ("TLS://localhost:7461", "write tls:// for it"),
        ("::1:7000", "write [::1]:7000"),
        ("unix://host/run/s", "write unix:///path"),
    ],
)
def test_should_say_what_to_write_instead(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=r"^Expected an address such as ") as refused:
        Address.parse(text)
    assert str(refused.value).endswith(advice)


@pytest.mark.parametrize("name", ["a%25b", "a?b", "a#b", "a,b", "a\tb", "a\x7fb", "a\ufffdb"])
def test_should_refuse_a_path_that_not_every_language_can_be_told(name: str) -> None:
    with pytest.raises(ValueError, match="which not every language can be told"):
        Address.parse(f"unix:/run/{name}/s")


def test_should_refuse_a_path_that_is_not_text_in_a_sentence_that_is() -> None:
    with pytest.raises(ValueError, match="bytes that are not UTF-8") as refused:
        Address.parse(os.fsdecode(b"unix:/run/\xff"))
    str(refused.value).encode()


# What is named and what is usual


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"POLYPROC_ADDRESS": " localhost:7000\n", "XDG_RUNTIME_DIR": "/r"}, "localhost:7000"),
        ({"XDG_RUNTIME_DIR": "/run/user/7"}, "unix:/run/user/7/polyproc/polyproc.sock"),
        ({"XDG_RUNTIME_DIR": "/run/user/7/ "}, "unix:/run/user/7/polyproc/polyproc.sock"),
        ({"XDG_RUNTIME_DIR": "relative", "POLYPROC_ADDRESS": "\n"}, TEMPORARY),
        ({"TMPDIR": "/elsewhere"}, TEMPORARY),
    ],
)
def test_should_find_the_default_address(variables: dict[str, str], found: str) -> None:
    address = Address.default(variables)
    assert str(address) == found
    assert address.usual == ("POLYPROC_ADDRESS" not in variables or found == TEMPORARY)


def test_should_find_the_default_socket_where_a_daemon_without_flags_listens(folder: Path) -> None:
    with running_daemon("--socket", str(folder / "polyproc" / "polyproc.sock")):
        address = Address.default({"XDG_RUNTIME_DIR": str(folder)})
        address.connect(10).close()


def test_should_name_the_variable_that_is_not_text() -> None:
    for broken in ("\ufffd", "\udcff"):
        for name, value in (
            ("POLYPROC_ADDRESS", f"unix:/tmp/{broken}/s"),
            ("XDG_RUNTIME_DIR", f"/tmp/{broken}"),
        ):
            with pytest.raises(ValueError, match=f"^Expected {name} to be .* in UTF-8, but "):
                Address.default({name: value})
        with pytest.raises(
            ValueError, match=r"^Expected POLYPROC_TOKEN_FILE to be a path in UTF-8"
        ):
            find_token(TCP, {"POLYPROC_TOKEN_FILE": f"/tmp/{broken}"})


# Tokens


def test_should_find_the_token_in_the_order_of_the_documentation(folder: Path) -> None:
    named = _secret(folder / "named", "from-named-file\n")
    _secret(folder / "polyproc" / "token", " from-default-file\r\n")
    variables = {"XDG_RUNTIME_DIR": str(folder)}
    by_file = variables | {"POLYPROC_TOKEN_FILE": f"{named}\n"}
    assert find_token(TCP, by_file | {"POLYPROC_TOKEN": "direct\n"}) == "direct"
    assert find_token(TCP, by_file) == "from-named-file"
    assert find_token(TCP, variables) == "from-default-file"
    assert find_token(TCP, {"XDG_RUNTIME_DIR": "/nowhere"}) is None


def test_should_show_the_token_of_this_machine_to_nobody_else(folder: Path) -> None:
    _secret(folder / "polyproc" / "token", "from-default-file\n")
    variables = {"XDG_RUNTIME_DIR": str(folder)}
    assert find_token(Address.parse("tls://localhost:1"), variables) is None
    assert find_token(Address.parse("unix:/x"), variables | {"POLYPROC_TOKEN": "t"}) is None


def test_should_name_a_token_file_that_is_missing(folder: Path) -> None:
    with pytest.raises(ValueError, match="but there is no such file"):
        read_token(str(folder / "missing"))


@pytest.mark.parametrize("token", ["", "\n", "two words", "two\nlines", "ü"])
def test_should_refuse_a_token_that_no_call_can_carry_and_not_repeat_it(token: str) -> None:
    with pytest.raises(ValueError, match=r"^Expected a token of one line of ASCII") as refused:
        sendable_token(token, "a test")
    assert not token.strip() or token not in str(refused.value)


def test_should_refuse_a_token_that_others_can_read(folder: Path) -> None:
    token = _secret(folder / "token", "secret\n")
    token.chmod(0o644)
    with pytest.raises(ValueError, match=r"only this user can read, but .* has mode rw-r--r--"):
        read_token(str(token))
    link = folder / "link"
    link.symlink_to("token")
    with pytest.raises(ValueError, match="only this user can read"):
        read_token(str(link))
    token.chmod(0o600)
    assert read_token(str(link)) == "secret"


def test_should_refuse_a_default_token_in_a_folder_that_others_can_open(folder: Path) -> None:
    token = _secret(folder / "polyproc" / "token", "secret\n")
    token.parent.chmod(0o755)
    with pytest.raises(ValueError, match=r"only this user can open, but .* has mode rwxr-xr-x"):
        find_token(TCP, {"XDG_RUNTIME_DIR": str(folder)})


# Connections


@contextmanager
def _listening(family: int, where: object, backlog: int = 8) -> Iterator[socket.socket]:
    with socket.socket(family) as listener:
        listener.bind(where)  # type: ignore[arg-type]
        listener.listen(backlog)
        yield listener


def test_should_open_blocking_connections_that_no_program_inherits(daemon: Daemon) -> None:
    for text in (daemon.address, f"localhost:{daemon.port}"):
        with Address.parse(text).connect(10) as connected:
            assert connected.gettimeout() is None
            assert not connected.get_inheritable()
            assert os.get_blocking(connected.fileno())
            if connected.family != socket.AF_UNIX:
                assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert connected.recv(9)[3] == 4  # the daemon's SETTINGS


def test_should_wait_for_an_answer_for_longer_than_a_connection_may_take(folder: Path) -> None:
    with (
        _listening(socket.AF_UNIX, str(folder / "s")),
        Address.parse(f"unix:{folder / 's'}").connect(0.05) as connected,
    ):
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            assert not any(connected.getsockopt(socket.SOL_SOCKET, option, 16))


@pytest.mark.parametrize(
    "text", ["unix:{folder}/none", "unix:{folder}/no/folder", "localhost:{port}"]
)
def test_should_say_that_nothing_listens(folder: Path, text: str) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = Address.parse(text.format(folder=folder, port=bound.getsockname()[1]))
        with pytest.raises(UnreachableError) as refused:
            address.connect(10)
    assert refused.value.absent
    assert str(refused.value) == (
        f"Expected a daemon at {address}, but nothing listens there; start one with polyprocd, or "
        "one for this program alone with polyproc.private()"
    )


def test_should_say_that_a_dead_daemon_left_its_socket(folder: Path) -> None:
    with _listening(socket.AF_UNIX, str(folder / "s")):
        pass
    with pytest.raises(UnreachableError, match="nothing listens there"):
        Address.parse(f"unix:{folder / 's'}").connect(10)


def test_should_say_that_no_host_has_that_name() -> None:
    for host in ("no-such-host.invalid", "a" * 70 + ".invalid"):
        with pytest.raises(UnreachableError, match="no host of that name is known") as refused:
            Address.parse(f"{host}:1").connect(10)
        assert not refused.value.absent


def test_should_say_that_a_path_is_too_long(folder: Path) -> None:
    long = folder / ("x" * 120)
    with pytest.raises(UnreachableError, match="a socket cannot have so long a path"):
        Address.parse(f"unix:{long}").connect(10)


def test_should_give_up_where_nobody_accepts(folder: Path) -> None:
    path = str(folder / "s")
    with _listening(socket.AF_UNIX, path, backlog=0), socket.socket(socket.AF_UNIX) as first:
        first.connect(path)
        with pytest.raises(UnreachableError, match=r"it did not answer within 0\.05 seconds"):
            Address.parse(f"unix:{path}").connect(0.05)


def test_should_connect_once_there_is_room(folder: Path) -> None:
    path = str(folder / "s")
    with (
        _listening(socket.AF_UNIX, path, backlog=0) as listener,
        socket.socket(socket.AF_UNIX) as first,
    ):
        first.connect(path)
        accepting = threading.Thread(target=lambda: listener.accept()[0].close())
        accepting.start()
        Address.parse(f"unix:{path}").connect(30).close()
        accepting.join()


def test_should_connect_under_a_storm_of_signals(folder: Path) -> None:
    path = str(folder / "s")
    count = 0

    def count_signal(*_: object) -> None:
        nonlocal count
        count += 1
        if count == 20:
            accepting.start()

    before = signal.signal(signal.SIGALRM, count_signal)
    try:
        with (
            _listening(socket.AF_UNIX, path, backlog=0) as listener,
            socket.socket(socket.AF_UNIX) as first,
        ):
            first.connect(path)
            accepting = threading.Thread(target=lambda: listener.accept()[0].close())
            signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
            with Address.parse(f"unix:{path}").connect(30) as connected:
                signal.setitimer(signal.ITIMER_REAL, 0)
                assert connected.getpeername() == path
                assert count >= 20
            accepting.join()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "thrown",
    [
        KeyboardInterrupt(),
        TimeoutError("own"),
        OSError(errno.EINTR, "own"),
        OSError(errno.EISCONN, "own"),
        OSError(errno.ENOTCONN, "own"),
    ],
    ids=repr,
)
def test_should_close_the_socket_of_a_connection_that_was_interrupted(
    folder: Path, thrown: BaseException
) -> None:
    path = str(folder / "s")

    def interrupt(*_: object) -> None:
        raise thrown

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with _listening(socket.AF_UNIX, path, backlog=0), socket.socket(socket.AF_UNIX) as first:
            first.connect(path)
            opened = len(list(Path("/dev/fd").iterdir()))
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(type(thrown)) as raised:
                Address.parse(f"unix:{path}").connect(30)
            assert raised.value is thrown
            assert len(list(Path("/dev/fd").iterdir())) == opened
    finally:
        signal.signal(signal.SIGALRM, before)


def test_should_refuse_a_socket_that_this_user_may_not_open(folder: Path) -> None:
    failure = PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    explained = Address.parse(f"unix:{folder}/s").explain(failure)
    assert "this user may not open it" in str(explained)
    assert not explained.may_pass


def test_should_refuse_what_is_no_socket(folder: Path) -> None:
    file = folder / "file"
    file.touch()
    with pytest.raises(UntrustedError, match=r"Expected a socket at .*file, but it is a file"):
        Address.parse(f"unix:{file}").connect(10)


# TLS


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates() -> Iterator[Path]:
    """A CA, and a server's certificate for localhost; another CA's, an old one, a client's."""
    if shutil.which("openssl") is None:
        pytest.skip("Expected openssl to make certificates with, but there is none")
    with tempfile.TemporaryDirectory(prefix="polyproc-") as name:
        folder = Path(name)
        for authority in ("ca", "stranger"):
            _openssl(
                *(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", EC, "-nodes", "-subj"),
                *(f"/CN={authority}", "-days", "9", "-keyout", f"{authority}.key"),
                *("-out", f"{authority}.pem"),
            )
        for issued, host, authority in (
            ("server", "localhost", "ca"),
            ("elsewhere", "elsewhere.example", "ca"),
            ("moved", "localhost", "stranger"),
            ("client", "somebody", "ca"),
        ):
            (folder / f"{issued}.ext").write_text(f"subjectAltName=DNS:{host},IP:127.0.0.1\n")
            if host == "elsewhere.example":
                (folder / f"{issued}.ext").write_text(f"subjectAltName=DNS:{host}\n")
            _openssl(
                *(folder, "req", "-newkey", "ec", "-pkeyopt", EC, "-nodes", "-subj", f"/CN={host}"),
                *("-keyout", f"{issued}.key", "-out", f"{issued}.csr"),
            )
            _openssl(
                *(folder, "x509", "-req", "-in", f"{issued}.csr", "-CA", f"{authority}.pem"),
                *("-CAkey", f"{authority}.key", "-CAcreateserial", "-days", "9"),
                *("-extfile", f"{issued}.ext", "-out", f"{issued}.pem"),
            )
        yield folder


@contextmanager
def _serving_tls(folder: Path, issued: str, protocols: list[str]) -> Iterator[Address]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{issued}.pem", folder / f"{issued}.key")
    context.set_alpn_protocols(protocols)

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.recv(1)
        except (ssl.SSLError, OSError):
            connection.close()

    with _listening(socket.AF_INET, ("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve, args=(listener,))
        serving.start()
        yield Address.parse(f"tls://localhost:{listener.getsockname()[1]}")
        serving.join()


def test_should_speak_http2_in_tls_with_a_daemon(certificates: Path) -> None:
    server = [f"{certificates}/server.{kind}" for kind in ("pem", "key")]
    ca = f"{certificates}/ca.pem"
    with running_daemon(
        *("--listen", "localhost:0", "--tls-certificate", server[0], "--tls-key", server[1]),
        *("--tls-client-ca", ca),
    ) as daemon:
        port = (daemon.token_file.parent / "port-file").read_text().split()[1]
        tls = Tls(ca, f"{certificates}/client.pem", f"{certificates}/client.key")
        for host in ("localhost", "127.0.0.1"):
            with Address.parse(f"tls://{host}:{port}").connect(10, tls) as connected:
                assert connected.gettimeout() is None
                assert not connected.get_inheritable()
                connected.sendall(
                    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
                )
                assert connected.recv(9)[3] == 4  # the daemon's SETTINGS


@pytest.mark.parametrize(
    ("issued", "protocols", "sentence"),
    [
        ("moved", ["h2"], "to be of a CA that this client trusts, but it is of another"),
        ("elsewhere", ["h2"], "to be for localhost, but it is for another host"),
        ("server", ["http/1.1"], "Expected HTTP/2 in TLS at "),
    ],
)
def test_should_say_what_is_wrong_with_tls(
    certificates: Path, issued: str, protocols: list[str], sentence: str
) -> None:
    with (
        _serving_tls(certificates, issued, protocols) as address,
        pytest.raises(UnreachableError, match=sentence) as refused,
    ):
        address.connect(10, Tls(f"{certificates}/ca.pem"))
    assert not refused.value.may_pass


def test_should_take_a_certificate_for_the_name_it_is_told(certificates: Path) -> None:
    tls = Tls(f"{certificates}/ca.pem", server_name="elsewhere.example")
    with _serving_tls(certificates, "elsewhere", ["h2"]) as address:
        address.connect(10, tls).close()


def test_should_say_that_no_tls_is_spoken(certificates: Path, daemon: Daemon) -> None:
    with pytest.raises(UnreachableError, match=r"Expected TLS at .*, but what listens there does"):
        Address.parse(f"tls://localhost:{daemon.port}").connect(10, Tls(f"{certificates}/ca.pem"))


def test_should_give_up_a_handshake_that_nobody_answers(certificates: Path) -> None:
    with _listening(socket.AF_INET, ("127.0.0.1", 0)) as listener:
        address = Address.parse(f"tls://localhost:{listener.getsockname()[1]}")
        with pytest.raises(UnreachableError, match=r"it did not answer within 0\.1 seconds"):
            address.connect(0.1, Tls(f"{certificates}/ca.pem"))


def test_should_say_which_file_of_tls_is_no_good(certificates: Path) -> None:
    address = Address.parse("tls://localhost:1")
    missing, ca = f"{certificates}/none.pem", f"{certificates}/ca.pem"
    key = f"{certificates}/client.key"
    for tls, sentence in (
        (Tls(missing), "^Expected the daemon's CA in PEM in .*, but there is no such file"),
        (Tls(key), "^Expected the daemon's CA in PEM in .*, but they hold something else"),
        (Tls(ca, ca, missing), "^Expected the client's key in PEM in .* no such file"),
        (Tls(ca, ca, key), "^Expected the client's certificate in PEM, and its key"),
        (Tls(ca, ca), "but there is only POLYPROC_TLS_CERTIFICATE$"),
    ):
        with pytest.raises(ValueError, match=sentence):
            address.connect(10, tls)


def test_should_not_ask_for_the_password_of_a_key(certificates: Path) -> None:
    _openssl(
        *(certificates, "ec", "-aes128", "-passout", "pass:secret", "-in", "client.key"),
        *("-out", "locked.key"),
    )
    tls = Tls(None, f"{certificates}/client.pem", f"{certificates}/locked.key")
    with pytest.raises(ValueError, match="its key without a password"):
        tls.context()


def test_should_find_the_files_of_tls_in_the_environment() -> None:
    named = Tls.of({"POLYPROC_TLS_CA": "/ca.pem\n", "POLYPROC_TLS_KEY": " "})
    assert named == Tls("/ca.pem")
    assert Tls(certificate="/c", key="/k").or_else(named) == Tls("/ca.pem", "/c", "/k")
    assert Tls("/own").or_else(Tls("/ca", "/c", "/k")) == Tls("/own", "/c", "/k")
