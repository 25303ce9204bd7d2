"""Whose a socket is, and who listens there, is asked before anything is sent."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from polyproc._address import Address
from polyproc._peer import TrustedPath, UntrustedError, peer_uid

STRANGER = 12345
OTHER = 12346

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of other users")


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="polyproc-") as name:
        yield Path(name)


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        yield listener


def _default(folder: Path) -> Address:
    return Address.default({"XDG_RUNTIME_DIR": str(folder)})


def _home(folder: Path) -> Path:
    home = folder / "polyproc"
    home.mkdir(mode=0o700)
    return home


def _require_nothing_sent(listener: socket.socket) -> None:
    listener.settimeout(10)
    connection, _ = listener.accept()
    with connection:
        assert connection.recv(1) == b""


def test_should_take_the_default_socket_of_this_user(folder: Path) -> None:
    with _listening(_home(folder) / "polyproc.sock") as listener:
        Path(listener.getsockname()).chmod(0o600)
        with _default(folder).connect(10) as connected:
            assert peer_uid(connected) == os.geteuid()


def test_should_refuse_a_default_folder_that_others_can_open(folder: Path) -> None:
    home = _home(folder)
    home.chmod(0o750)
    with (
        _listening(home / "polyproc.sock"),
        pytest.raises(UntrustedError, match=r"only this user can open, but .* has mode rwxr-x---"),
    ):
        _default(folder).connect(10)


def test_should_refuse_a_default_socket_that_others_can_open(folder: Path) -> None:
    with _listening(_home(folder) / "polyproc.sock") as listener:
        Path(listener.getsockname()).chmod(0o666)
        with pytest.raises(UntrustedError, match="Expected a socket that only this user can open"):
            _default(folder).connect(10)


def test_should_refuse_a_link_in_the_place_of_the_default_folder(folder: Path) -> None:
    real = folder / "real"
    real.mkdir(mode=0o700)
    (folder / "polyproc").symlink_to("real")
    with (
        _listening(real / "polyproc.sock"),
        pytest.raises(UntrustedError, match=r"Expected a folder at .*, but it is a symbolic link"),
    ):
        _default(folder).connect(10)


def test_should_refuse_a_socket_in_a_folder_where_others_may_write(folder: Path) -> None:
    shared = folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with (
        _listening(shared / "s"),
        pytest.raises(UntrustedError, match=r"in which nobody else may write, but .* rwxrwxrwx"),
    ):
        Address.parse(f"unix:{shared}/s").connect(10)


def test_should_follow_links_to_a_socket_that_was_named(folder: Path) -> None:
    (folder / "real").mkdir()
    (folder / "link").symlink_to(folder / "real")
    with _listening(folder / "real" / "s"):
        (folder / "link" / "t").symlink_to("../real/./s")
        Address.parse(f"unix:{folder}/link/t").connect(10).close()


def test_should_not_follow_links_for_ever(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        TrustedPath(f"{folder}/a/s", "leave it").require_socket()


def test_should_say_that_a_link_leads_nowhere(folder: Path) -> None:
    (folder / "token").symlink_to("nowhere")
    with pytest.raises(UntrustedError, match="but it is a link that leads nowhere; leave it"):
        TrustedPath(f"{folder}/token", "leave it").require_secret()


def test_should_refuse_a_secret_with_a_second_name_where_others_may_write(folder: Path) -> None:
    folder.chmod(0o1777)
    (folder / "token").touch(0o600)
    TrustedPath(f"{folder}/token", "leave it").require_secret()
    os.link(folder / "token", folder / "again")
    with pytest.raises(UntrustedError, match=r"Expected a file of one name .*, but .* has 2"):
        TrustedPath(f"{folder}/token", "leave it").require_secret()


@needs_root
def test_should_refuse_a_default_folder_of_another_user(folder: Path) -> None:
    home = _home(folder)
    with _listening(home / "polyproc.sock"):
        os.chown(home, STRANGER, STRANGER)
        with pytest.raises(UntrustedError, match="to belong to root, but it belongs to uid 12345"):
            _default(folder).connect(10)


@needs_root
def test_should_take_a_socket_of_another_user_that_was_named(folder: Path) -> None:
    folder.chmod(0o755)
    home = folder / "service"
    home.mkdir()
    os.chown(home, STRANGER, STRANGER)
    with _serving_as(STRANGER, home / "s") as path:
        Address.parse(f"unix:{path}").connect(10).close()


@needs_root
def test_should_refuse_who_is_neither_this_user_nor_the_owner(folder: Path) -> None:
    with _serving_as(OTHER, folder / "s") as path:
        os.chown(path, STRANGER, STRANGER)
        with pytest.raises(
            UntrustedError,
            match=r"of this user, root or the socket's owner at .*, but user 12346 listens there",
        ):
            Address.parse(f"unix:{path}").connect(10)


@needs_root
def test_should_refuse_the_folder_of_a_third_user(folder: Path) -> None:
    home = folder / "service"
    home.mkdir()
    os.chown(home, OTHER, OTHER)
    with _listening(home / "s") as listener:
        os.chown(home / "s", STRANGER, STRANGER)
        with pytest.raises(UntrustedError, match="who may replace what is in it"):
            Address.parse(f"unix:{home}/s").connect(10)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


@needs_root
def test_should_send_nothing_to_a_stranger_at_the_default_socket(folder: Path) -> None:
    """A stranger was let in, say by a descriptor that was handed over."""
    path = _home(folder) / "polyproc.sock"
    with _listening(path) as listener:
        path.chmod(0o600)
        # Who listens is who has called listen(2) last.
        again = f"{_become(STRANGER)}; socket.socket(fileno={listener.fileno()}).listen()"
        subprocess.run(
            [sys.executable, "-I", "-W", "ignore", "-c", again],
            pass_fds=[listener.fileno()],
            check=True,
        )
        with pytest.raises(
            UntrustedError, match=r"a daemon of this user or root at .*, but user 12345 listens"
        ):
            _default(folder).connect(10)
        _require_nothing_sent(listener)


def _become(uid: int) -> str:
    """Python's own files may be of a user's who lets nobody in."""
    return f"import os, socket; os.setgid({uid}); os.setuid({uid})"


@contextmanager
def _serving_as(uid: int, path: Path) -> Iterator[Path]:
    """A socket of a user at which another one listens, and sends nothing."""
    with _listening(path) as listener:
        again = (
            f"{_become(uid)}; s = socket.socket(fileno={listener.fileno()}); s.listen(); "
            "print(flush=True); print(len(s.accept()[0].recv(1)), flush=True)"
        )
        with subprocess.Popen(
            [sys.executable, "-I", "-c", again],
            pass_fds=[listener.fileno()],
            stdout=subprocess.PIPE,
        ) as serving:
            assert serving.stdout is not None
            assert serving.stdout.readline() == b"\n"
            os.chown(path, uid, uid)
            yield path
            assert serving.stdout.readline() == b"0\n"
