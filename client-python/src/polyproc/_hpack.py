"""Decodes headers as HPACK has them (RFC 7541), where no entries are added to its table.

`hpack` is loaded only for a text in the Huffman code, which daemons hardly ever use: it takes 9 MB
of memory and 35 ms, which each fork pays for as well.
"""

from __future__ import annotations

_TABLE = tuple(
    (line.partition(b" ")[0], line.partition(b" ")[2])
    for line in b"""\
:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate""".splitlines()
)
"""Its static part, from 1 on."""

_MOST_BYTES = 1 << 16
"""Of headers that were decoded: a few of the wire can stand for many."""


class MalformedHeaders(Exception):
    """Headers that cannot be read; the message says why."""


def decode(block: bytes) -> list[tuple[str, str]]:
    """Returns the names and values of a header block, in their order.

    Raises:
        MalformedHeaders: It is no such block, or asks for entries that were added to the table.
    """
    try:
        return [(name.decode(), value.decode()) for name, value in _Block(block).headers()]
    except IndexError:
        raise MalformedHeaders("they are cut off") from None
    except UnicodeDecodeError:
        raise MalformedHeaders("they are not in UTF-8") from None


class _Block:
    """A header block that is being read, from its begin on."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._at = 0

    def headers(self) -> list[tuple[bytes, bytes]]:
        headers: list[tuple[bytes, bytes]] = []
        left = _MOST_BYTES
        while self._at < len(self._block):
            kind = self._block[self._at]
            if kind & 0x80:
                name, value = _entry(self._number(7))
            elif kind & 0x60 == 0x20:
                if self._number(5) or headers:
                    raise MalformedHeaders("a table that nobody allowed")
                continue
            else:
                number = self._number(6 if kind & 0x40 else 4)
                name = _entry(number)[0] if number else self._text()
                value = self._text()
            headers.append((name, value))
            left -= 32 + len(name) + len(value)
            if left < 0:
                raise MalformedHeaders(f"more than {_MOST_BYTES} bytes")
        return headers

    def _number(self, bits: int) -> int:
        most = (1 << bits) - 1
        number = self._byte() & most
        if number < most:
            return number
        for shift in range(0, 35, 7):
            byte = self._byte()
            number += (byte & 0x7F) << shift
            if byte < 0x80:
                return number
        raise MalformedHeaders("a number without end")

    def _byte(self) -> int:
        byte = self._block[self._at]
        self._at += 1
        return byte

    def _text(self) -> bytes:
        in_code = self._block[self._at] & 0x80
        size = self._number(7)
        begin, self._at = self._at, self._at + size
        if self._at > len(self._block):
            raise IndexError
        text = self._block[begin : self._at]
        return _of_huffman(text) if in_code else text


def _entry(number: int) -> tuple[bytes, bytes]:
    if not 1 <= number <= len(_TABLE):
        raise MalformedHeaders(f"there is no entry {number} of the table")
    return _TABLE[number - 1]


def _of_huffman(text: bytes) -> bytes:
    from hpack.exceptions import HPACKError
    from hpack.huffman_table import decode_huffman

    try:
        return decode_huffman(text)
    except HPACKError as e:
        raise MalformedHeaders(str(e)) from e
