"""That headers are decoded as HPACK has them, beside a library that encodes them."""

import random
from typing import Any

import hpack
import pytest

from polyproc._hpack import MalformedHeaders, decode

_TEXTS = ("", "a", "b" * 60, "application/grpc", "identity,deflate,gzip", "é", "c" * 2000)
_NAMES = (":status", "content-type", "grpc-status", "grpc-message", "x-y", "www-authenticate")


def _headers(choice: random.Random) -> list[tuple[str, str]]:
    return [(choice.choice(_NAMES), choice.choice(_TEXTS)) for _ in range(choice.randrange(0, 12))]


def _encoder() -> hpack.Encoder:
    encoder = hpack.Encoder()
    encoder.header_table_size = 0
    return encoder


def _library() -> Any:
    decoder = hpack.Decoder()
    decoder.max_allowed_table_size = decoder.header_table_size = 0
    return decoder


@pytest.mark.parametrize("seed", range(100))
def test_reads_what_is_written_for_who_keeps_no_table(seed: int) -> None:
    choice = random.Random(seed)
    encoder = _encoder()
    for _ in range(20):
        headers = _headers(choice)
        written = [
            hpack.NeverIndexedHeaderTuple(*each) if choice.random() < 0.2 else each
            for each in headers
        ]
        assert decode(encoder.encode(written, choice.random() < 0.5)) == headers


def test_reads_every_entry_of_the_table() -> None:
    block = bytes(0x80 | number for number in range(1, 62))
    assert decode(block) == _library().decode(block)


@pytest.mark.parametrize("seed", range(500))
def test_refuses_what_the_library_refuses_and_reads_the_rest_alike(seed: int) -> None:
    choice = random.Random(seed)
    block = bytearray(_encoder().encode(_headers(choice), choice.random() < 0.5))
    for _ in range(choice.randrange(0, 4)):
        block[choice.randrange(len(block))] = choice.randrange(256)
    del block[choice.randrange(len(block) + 1) if choice.random() < 0.3 else len(block) :]
    try:
        expected = _library().decode(bytes(block))
    except hpack.HPACKError:
        with pytest.raises(MalformedHeaders):
            decode(bytes(block))
    else:
        assert decode(bytes(block)) == expected


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"\x80", id="entry 0"),
        pytest.param(b"\xbe", id="entry that is not there"),
        pytest.param(b"\xff" + b"\x80" * 20, id="number without end"),
        pytest.param(b"\xff", id="number that is cut off"),
        pytest.param(b"\x40\x05ab", id="name that is cut off"),
        pytest.param(b"\x40\x01a", id="value that is missing"),
        pytest.param(b"\x40\x01a\x01\xff", id="value that is not in UTF-8"),
        pytest.param(b"\x40\x01a\x81\x00", id="Huffman code that is none"),
        pytest.param(b"\x82\x20", id="another size amid headers"),
        pytest.param(b"\x21", id="table that nobody allowed"),
        pytest.param(b"\x90" * 1100, id="too much of it"),
    ],
)
def test_refuses_what_makes_no_sense(block: bytes) -> None:
    with pytest.raises(MalformedHeaders):
        decode(block)
