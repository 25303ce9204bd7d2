"""That frames of one reply are read as any other frames are."""

import pytest

from polyproc import _frames


def _frame(sequence: int, response: bytes) -> bytes:
    reply = _frames.number_field(1, sequence) + _frames.field(2, response)
    return _frames.field(2, reply)


@pytest.mark.parametrize("sequence", [1, 127, 128, 16_384, 1 << 40])
@pytest.mark.parametrize("size", [0, 1, 119, 120, 121, 122, 123, 124, 125, 127, 128, 300, 16_383])
def test_finds_the_response_of_a_single_reply(sequence: int, size: int) -> None:
    response = bytes(range(256)) * 64
    frame = _frame(sequence, response[:size])
    single = _frames.single_response(frame)
    assert single is not None
    assert _frames.replies(frame) == [(single[0], frame[single[1] :], None)]
    assert single[0] == sequence
    assert frame[single[1] :] == response[:size]


@pytest.mark.parametrize("size", [10, 200])
def test_leaves_what_is_more_than_one_response_or_cut_off(size: int) -> None:
    frame = _frame(7, b"a" * size)
    refusal = _frames.field(2, _frames.number_field(1, 7) + _frames.field(3, b"a" * size))
    whole = (frame + frame, frame + b"\x08\x01", b"\x08\x01" + frame, refusal)
    for other in (*whole, *(frame[:end] for end in range(len(frame)))):
        assert _frames.single_response(other) is None
