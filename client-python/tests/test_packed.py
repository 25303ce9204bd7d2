import pytest

from polyproc import PICKLE, PLAIN, codec_of
from polyproc._job import packed_task
from polyproc._packed import pack, packer, unpack, unpacker
from polyproc.multiprocessing._outcomes import TASKS
from polyproc.multiprocessing._tasks import CALL
from polyproc.v1 import dict_pb2, object_pb2, pool_pb2, value_pb2

SIZES = (0, 1, 2, *range(55, 95), 120, *range(123, 130), 16_370, *range(16_375, 16_390), 70_000)


def packed(obj: object) -> value_pb2.Value:
    return dict_pb2.DictGetResponse.FromString(b"\x0a" + pack(obj)).value


@pytest.mark.parametrize("size", SIZES)
def test_text_and_bytes_are_written_as_protobuf_does(size: int) -> None:
    for obj in (b"x" * size, "x" * size, "é" * size):
        message = b"\x0a" + pack(obj)
        assert message == dict_pb2.DictGetResponse(value=as_value(obj)).SerializeToString()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_read_by_hand_is_what_protobuf_reads(size: int) -> None:
    for obj in (b"x" * size, "x" * size, "é" * size):
        message = dict_pb2.DictGetResponse(value=as_value(obj)).SerializeToString()
        assert unpack(message) == (obj if len(message) <= 16_386 else None)


@pytest.mark.parametrize(
    "obj", [None, True, -1, 1 << 70, 0.5, ["a"], ("a",), {"a": b"b"}], ids=repr
)
def test_other_values_are_left_to_protobuf(obj: object) -> None:
    value = packed(obj)
    assert value == PLAIN.encode(obj)
    assert unpack(dict_pb2.DictGetResponse(value=value).SerializeToString()) is None


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x0a",
        b"\x0a\x00",
        b"\x0a\x00\x10\x01",
        b"\x0a\x02\x32\x00\x10\x01",  # with a field behind the value
        b"\x10\x01\x0a\x02\x32\x00",
        b"\x0a\x04\x32\x00\x32\x00",  # twice a text, of which the last counts
        b"\x0a\x03\x0a\x01\x00",
        b"\x0a\x02\x32\x80",
        b"\x0a\x05\x32\x81\x80\x00x",  # a size in more bytes than it needs
        b"\x0a\x84\x80\x00\x32\x02ab",
    ],
    ids=bytes.hex,
)
def test_what_is_not_exactly_one_text_is_left_to_protobuf(message: bytes) -> None:
    assert unpack(message) is None


def test_every_cut_of_a_message_is_left_to_protobuf() -> None:
    for obj in (b"x" * 5, "x" * 200):
        message = dict_pb2.DictGetResponse(value=as_value(obj)).SerializeToString()
        for end in range(len(message)):
            assert unpack(message[:end]) is None


class Shared:
    """Stands for a handle of a shared object."""

    def _polyproc_ref_(self) -> object_pb2.Ref:
        return object_pb2.Ref(kind=object_pb2.OBJECT_KIND_QUEUE, name="q", incarnation=300)


@pytest.mark.parametrize("size", SIZES)
def test_pickles_are_written_as_protobuf_does(size: int) -> None:
    for obj in ("x" * size, {"a": b"x" * size, "q": Shared()}, [Shared()] * 3 + ["x" * size]):
        message = b"\x0a" + packer(PICKLE)(obj)
        value = PICKLE.encode(obj)
        assert message == dict_pb2.DictGetResponse(value=value).SerializeToString()


@pytest.mark.parametrize("size", SIZES)
def test_tasks_are_written_as_protobuf_does(size: int) -> None:
    call = pool_pb2.PoolCall(function="f" * size)
    request = pool_pb2.PoolSubmitRequest(tasks=[pool_pb2.PoolTask(call=call)] * 2)
    task = packed_task(call.SerializeToString())
    assert task + task == request.SerializeToString()


def test_a_task_of_the_drop_in_is_a_call_of_its_one_function() -> None:
    request = pool_pb2.PoolSubmitRequest.FromString(
        packed_task(CALL + TASKS.pack((len, ("a",), {})))
    )
    [task] = request.tasks
    assert task.call.function == "python"
    assert TASKS.read(task.call.payload, None) == (len, ("a",), {})
    call = pool_pb2.PoolCall(function="python", payload=TASKS.encode((len, ("a",), {})))
    assert task == pool_pb2.PoolTask(call=call)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="half a surrogate pair"):
        pack("a\ud800")


def test_what_has_a_codec_is_written_and_read_by_it() -> None:
    codec = codec_of(set[str])
    message = b"\x0a" + packer(codec)({"a"})
    assert dict_pb2.DictGetResponse.FromString(message).value == codec.encode({"a"})
    assert unpacker(codec)(b"\x0a\x03\x32\x01a") is None


def as_value(obj: bytes | str) -> value_pb2.Value:
    return value_pb2.Value(bytes=obj) if isinstance(obj, bytes) else value_pb2.Value(text=obj)
