"""The files of a connection through TLS. Loaded where one is made, or such files are named."""

# Paths are bytes here, which pathlib does not take.
# ruff: noqa: PTH123

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from polyproc._address import environment, named_path

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class Tls:
    """The PEM files with which a connection through TLS is made."""

    ca: str | None = None
    """Whose certificates the daemon may show; None for those that the system trusts."""
    certificate: str | None = None
    """What the client shows; None for none."""
    key: str | None = None
    """The certificate's private key."""
    server_name: str | None = None
    """The host that the daemon's certificate is for, where it is not that of the address."""

    @classmethod
    def of(cls, variables: Mapping[str, str] | None = None) -> Tls:
        """Those that the environment names."""
        variables = environment() if variables is None else variables
        return cls(
            named_path(variables, "POLYPROC_TLS_CA"),
            named_path(variables, "POLYPROC_TLS_CERTIFICATE"),
            named_path(variables, "POLYPROC_TLS_KEY"),
        )

    def or_else(self, other: Tls) -> Tls:
        """Return these, and where there are none those of ``other``."""
        identity = other if self.certificate is None and self.key is None else self
        return Tls(
            other.ca if self.ca is None else self.ca,
            identity.certificate,
            identity.key,
            other.server_name if self.server_name is None else self.server_name,
        )

    def context(self) -> ssl.SSLContext:
        """Read what the files hold now.

        Raises:
            ValueError: one is missing, cannot be read or makes no sense.

        """
        import ssl

        if (self.certificate is None) != (self.key is None):
            raise ValueError(
                "Expected POLYPROC_TLS_CERTIFICATE and POLYPROC_TLS_KEY, but there is only "
                + ("POLYPROC_TLS_CERTIFICATE" if self.key is None else "POLYPROC_TLS_KEY")
            )
        _require_readable("the daemon's CA in PEM", self.ca)
        _require_readable("the client's certificate in PEM", self.certificate)
        _require_readable("the client's key in PEM", self.key)
        try:
            context = ssl.create_default_context(cafile=_encoded(self.ca))
        except ssl.SSLError as e:
            raise ValueError(
                f"Expected the daemon's CA in PEM in {self.ca}, but they hold something else"
            ) from e
        # The same certificates are good in each Python, and those that Java takes.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.set_alpn_protocols(["h2"])
        closing = {"__del__": socket.SocketType.close}  # As `_Socket`.
        context.sslsocket_class = type("TlsSocket", (ssl.SSLSocket,), closing)
        if self.certificate is not None and self.key is not None:
            try:
                context.load_cert_chain(
                    self.certificate.encode(), self.key.encode(), password=_no_password
                )
            except (ssl.SSLError, ValueError) as e:
                raise ValueError(
                    "Expected the client's certificate in PEM, and its key without a password, in "
                    f"{self.certificate} and {self.key}, but they hold something else"
                ) from e
        return context


def _encoded(path: str | None) -> bytes | None:
    return None if path is None else path.encode()


def _no_password() -> str:
    """Instead of OpenSSL's question on the terminal."""
    raise ValueError("Expected a key without a password, but it has one")


def _require_readable(what: str, file: str | None) -> None:
    if file is None:
        return
    try:
        with open(file.encode(), "rb") as opened:
            opened.read(1)
    except FileNotFoundError as e:
        raise ValueError(f"Expected {what} in {file}, but there is no such file") from e
    except OSError as e:
        raise ValueError(f"Expected {what} in {file}, but it cannot be read: {e.strerror}") from e
