"""Whose files are, and who listens at a socket: asked before anything is sent.

The rules are those of the daemon and of the Java client, so that what one side makes the other side
takes; docs/decisions/0015-default-paths.md has the reasons. A path is the bytes of its text in
UTF-8, whatever the locale says.

On Linux the peer of a socket is what ``SO_PEERCRED`` says: who called ``listen``. On macOS and
FreeBSD it is what ``LOCAL_PEERCRED`` says. Where there is neither, no Unix socket is used.
"""

# Paths are bytes here, which pathlib does not take.
# ruff: noqa: PTH109, PTH114, PTH115, PTH116, PTH120, PTH123

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from typing import NamedTuple

ROOT = 0

_FOLDER_OF_ITS_OWNER = 0o700
_OWNER_ONLY = 0o600
_OWNER_AND_READING_GROUP = 0o640
_NOBODY_ELSE_WRITES = 0o755
_MOST_LINKS = 40  # as many as Linux follows
_SOL_LOCAL = 0  # of macOS and FreeBSD

_NAME_ANOTHER = "set POLYPROC_ADDRESS, or XDG_RUNTIME_DIR to a folder of this user"
_NO_PLACE = "have the daemon listen in another folder, with --socket"


class UntrustedError(ConnectionError):
    """A file or a daemon is not used: it is, or may have been made, somebody else's."""


def own_uid() -> int:
    """Return the user that this process runs as."""
    return os.geteuid()


class _Facts(NamedTuple):
    """What lstat(2) says of a file: of a symbolic link itself, not of where it leads."""

    path: str
    mode: int
    uid: int
    gid: int
    links: int

    @staticmethod
    def of(path: str) -> _Facts | None:
        try:
            said = os.lstat(_bytes(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _Facts(path, said.st_mode, said.st_uid, said.st_gid, said.st_nlink)

    def kind(self) -> str:
        for test, words in (
            (stat.S_ISSOCK, "a socket"),
            (stat.S_ISLNK, "a symbolic link"),
            (stat.S_ISREG, "a file"),
            (stat.S_ISDIR, "a folder"),
        ):
            if test(self.mode):
                return words
        return "a device or a pipe"

    def has_more_than(self, permissions: int) -> bool:
        return self.mode & 0o777 & ~permissions != 0

    def is_written_by_others(self) -> bool:
        """Tell whether others than its owner may write it.

        A group that is called as its owner is the owner's own: many systems give each user one.
        """
        if self.mode & stat.S_IWOTH:
            return True
        return bool(self.mode & stat.S_IWGRP) and not self._is_owners_group()

    def _is_owners_group(self) -> bool:
        import grp
        import pwd

        try:
            owner = pwd.getpwuid(self.uid).pw_name
        except KeyError:
            owner = str(self.uid)
        try:
            group = grp.getgrgid(self.gid).gr_name
        except KeyError:
            group = str(self.gid)
        return owner == group

    def permissions(self) -> str:
        return stat.filemode(self.mode)[1:].translate(str.maketrans("sStT", "x-x-"))


def _bytes(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _read_start(path: str) -> str:
    with open(path, "rb") as file:
        return file.read(8192).decode("ascii", "replace").strip()


def _is_perhaps_root_outside(uid: int) -> bool:
    """Tell whether a number may stand for the machine's root.

    In a user namespace that root is not part of (user_namespaces(7)), all users outside of it are
    shown as one, who is nobody.
    """
    try:
        nobody = int(_read_start("/proc/sys/kernel/overflowuid"))
        everybody = ["0", "0", "4294967295"]
        return uid == nobody and _read_start("/proc/self/uid_map").split() != everybody
    except (OSError, ValueError):
        return False  # another system than Linux


def _uid_in_words(uid: int) -> str:
    if _is_perhaps_root_outside(uid):
        return f"uid {uid}, which stands for all users that this user namespace does not map"
    return f"uid {uid}"


class TrustedPath:
    """A path that is used only if nobody but some owners can have made, or change, what lies there.

    The owners are this user and root, unless more are named. Every folder on the way, also behind
    symbolic links, belongs to them and nobody else may write in it; or it is sticky, as /tmp is,
    and what the way takes from it belongs to them. So what was asked of the file at the end stays
    true while it is opened.
    """

    def __init__(self, path: str, advice: str, also: int | None = None) -> None:
        """Take a path, and what to do when it is refused, such as "choose another --socket"."""
        self.path = path if path.startswith("/") else os.getcwd() + "/" + path
        self._advice = advice
        own = own_uid()
        self._owners = {own, ROOT}
        self._owners_in_words = "root" if own == ROOT else "this user or root"
        if also is not None and also not in self._owners:
            self._owners.add(also)
            self._owners_in_words += " or the file's owner"

    def require_folder(self) -> None:
        """Require a folder that only its owner can open."""
        folder = self._require_there("a folder", follow_last=False)
        if not stat.S_ISDIR(folder.mode):
            raise self._another("a folder", folder)
        self._require_owner(folder)
        if folder.has_more_than(_FOLDER_OF_ITS_OWNER):
            raise UntrustedError(
                f"Expected a folder that only this user can open, but {self.path} has mode "
                f"{folder.permissions()}; take one for this alone, with mode 700, or {self._advice}"
            )

    def require_secret(self) -> None:
        """Require a plain file that holds a secret; links to it are followed.

        This user's is for this user alone; root's may be read by its group too.
        """
        file = self._require_there("a plain file", follow_last=True)
        if not stat.S_ISREG(file.mode):
            raise self._another("a plain file", file)
        self._require_owner(file)
        folder = _Facts.of(os.path.dirname(file.path) or "/")
        if file.links > 1 and folder is not None and folder.is_written_by_others():
            # Whoever may write there can give another file of ours a second name.
            raise UntrustedError(
                f"Expected a file of one name in a folder where others may write, but {self.path} "
                f"has {file.links}; {self._advice}"
            )
        own = file.uid == own_uid()
        if file.has_more_than(_OWNER_ONLY if own else _OWNER_AND_READING_GROUP):
            raise UntrustedError(
                f"Expected a token file that only this user can read, but {self.path} has mode "
                f"{file.permissions()}; chmod 600 it"
            )

    def require_file(self) -> None:
        """Require a plain file that nobody else may write."""
        file = self._require_there("a plain file", follow_last=False)
        if not stat.S_ISREG(file.mode):
            raise self._another("a plain file", file)
        self._require_owner(file)
        if file.has_more_than(_NOBODY_ELSE_WRITES):
            raise UntrustedError(
                f"Expected a file that only this user can write, but {self.path} has mode "
                f"{file.permissions()}; chmod 600 it"
            )

    def require_socket(self) -> None:
        """Require a socket that nobody else may open."""
        file = self._require_there("a socket", follow_last=False)
        if not stat.S_ISSOCK(file.mode):
            raise self._another("a socket", file)
        self._require_owner(file)
        if file.has_more_than(_NOBODY_ELSE_WRITES):  # To connect takes the right to write.
            raise UntrustedError(
                f"Expected a socket that only this user can open, but {self.path} has mode "
                f"{file.permissions()}; {self._advice}"
            )

    def require_named_socket(self) -> int:
        """Require a socket that nobody but its owner, this user and root could have put there.

        Links to it are followed. Returns its owner.
        """
        owner = os.stat(_bytes(self.path)).st_uid
        named = TrustedPath(self.path, self._advice, owner)
        file = named._require_there("a socket", follow_last=True)
        if not stat.S_ISSOCK(file.mode):
            raise self._another("a socket", file)
        named._require_owner(file)  # It may have been exchanged since it was asked for its owner.
        return owner

    def _require_there(self, expected: str, *, follow_last: bool) -> _Facts:
        there = self._walk(follow_last=follow_last)
        if there is None:
            link = os.path.islink(_bytes(self.path))
            found = "it is a link that leads nowhere" if link else "there is nothing"
            raise UntrustedError(f"Expected {expected} at {self.path}, but {found}; {self._advice}")
        return there

    def _another(self, expected: str, file: _Facts) -> UntrustedError:
        return UntrustedError(
            f"Expected {expected} at {self.path}, but it is {file.kind()}; {self._advice}"
        )

    def _require_owner(self, file: _Facts) -> None:
        if file.uid not in self._owners:
            raise UntrustedError(
                f"Expected {file.path} to belong to {self._owners_in_words}, but it belongs to "
                f"{_uid_in_words(file.uid)}; {self._advice}"
            )

    def _walk(self, *, follow_last: bool) -> _Facts | None:
        """Go to the file, name by name, as the system does; None when the way ends before."""
        names = [name for name in reversed(self.path.split("/")) if name not in ("", ".")]
        at = _folder("/")
        links = 0
        while names:
            name = names.pop()
            if name == "..":
                at = _folder(os.path.dirname(at.path) or "/")
                continue
            self._require_not_replaceable(at)
            found = _Facts.of(at.path.rstrip("/") + "/" + name)
            if found is None:
                return None
            if at.is_written_by_others():  # It is sticky, or would have been refused.
                self._require_owner(found)
            if not stat.S_ISLNK(found.mode) or not (follow_last or names):
                at = found
                continue
            links += 1
            if links > _MOST_LINKS:
                raise OSError(f"Too many levels of symbolic links: {self.path}")
            target = os.readlink(_bytes(found.path)).decode("utf-8", "surrogateescape")
            names += [part for part in reversed(target.split("/")) if part not in ("", ".")]
            if target.startswith("/"):
                at = _folder("/")
        return at

    def _require_not_replaceable(self, folder: _Facts) -> None:
        """Require that only those who may can exchange what lies in a folder."""
        if folder.uid not in self._owners and not _is_perhaps_root_outside(folder.uid):
            raise UntrustedError(
                f"Expected the folders above {self.path} to belong to {self._owners_in_words}, but "
                f"{folder.path} belongs to {_uid_in_words(folder.uid)}, who may replace what is in "
                f"it; {self._advice}"
            )
        if folder.is_written_by_others() and not folder.mode & stat.S_ISVTX:
            raise UntrustedError(
                f"Expected a folder above {self.path} in which nobody else may write, but "
                f"{folder.path} has mode {folder.permissions()}; {self._advice}"
            )


def _folder(path: str) -> _Facts:
    facts = _Facts.of(path)
    if facts is None:
        raise FileNotFoundError(f"No such folder: {path}")
    return facts


def require_path(path: str, *, usual: bool) -> int:
    """Ask whose the socket at a path is; return the user who may listen there.

    Raises:
        UntrustedError: it is, or may have been put there by, somebody whom nobody named.
        FileNotFoundError: there is none.
        PermissionError: this user may not look.

    """
    if not usual:
        return TrustedPath(path, _NO_PLACE).require_named_socket()
    os.lstat(_bytes(path))  # Nothing is said of a folder without a socket.
    TrustedPath(os.path.dirname(path), _NAME_ANOTHER).require_folder()
    TrustedPath(path, _NAME_ANOTHER).require_socket()
    return ROOT


def require_peer(connected: socket.socket, path: str, owner: int, *, usual: bool) -> None:
    """Require that this user, root or the owner of a socket that was named listens there.

    Raises:
        UntrustedError: it is somebody else.

    """
    uid = peer_uid(connected)
    if uid in (own_uid(), ROOT, owner):
        return
    owners = "this user or root" if usual else "this user, root or the socket's owner"
    raise UntrustedError(
        f"Expected a daemon of {owners} at {path}, but user {uid} listens there; "
        f"{_NAME_ANOTHER if usual else _NO_PLACE}"
    )


def peer_uid(connected: socket.socket) -> int:
    """Return the user at the other end of a Unix socket."""
    if sys.platform.startswith("linux"):
        credentials = connected.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("=iII")
        )
        return int(struct.unpack("=iII", credentials)[1])
    option = getattr(socket, "LOCAL_PEERCRED", None)
    if option is None:
        raise UntrustedError(
            "Expected a system that says who listens at a Unix socket, but this one does not; "
            "set POLYPROC_ADDRESS to host:port"
        )
    # struct xucred: version, user, the number of groups, 16 groups
    credentials = connected.getsockopt(_SOL_LOCAL, option, 76)
    return int(struct.unpack_from("=II", credentials)[1])
