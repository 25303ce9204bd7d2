"""The methods of the contract, by name, out of its descriptors."""

from __future__ import annotations

import importlib
from typing import Any, Generic, TypeVar

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message

from polyproc import _frames
from polyproc._deep import without_depth
from polyproc.v1 import admin_pb2, options_pb2, session_pb2

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_FILES = [
    importlib.import_module(f"polyproc.v1.{name}_pb2")
    for name in (
        "admin",
        "array",
        "barrier",
        "condition",
        "dict",
        "event",
        "latch",
        "list",
        "lock",
        "namespace",
        "pipe",
        "pool",
        "process",
        "queue",
        "read_write_lock",
        "semaphore",
        "session",
        "shared_memory",
        "shared_value",
    )
]

_NUMBER: Any = options_pb2.number


class Method(Generic[Q, R]):
    """A method: its permanent number, its path, and what reads its response."""

    __slots__ = ("_parse", "_response", "fields", "name", "number", "path")

    def __init__(self, name: str, request: type[Q], response: type[R]) -> None:
        """Finds it.

        Args:
            name: such as "QueueService/Put".
            request: the class of its requests, which is checked.
            response: the class of its responses, likewise.
        """
        descriptor = _DESCRIPTORS[name]
        if (descriptor.input_type.name, descriptor.output_type.name) != (
            request.DESCRIPTOR.name,
            response.DESCRIPTOR.name,
        ):
            raise TypeError(f"Expected the messages of {name}, but got {request} and {response}")
        self.name = name
        self.path = f"/{descriptor.containing_service.full_name}/{descriptor.name}"
        self.number: int = descriptor.GetOptions().Extensions[_NUMBER]
        self.fields = _frames.method_fields(self.number)
        self._parse = response.FromString
        self._response: Any = response.DESCRIPTOR

    def read(self, response: bytes) -> R:
        """Parses a response; values that nest too deep become opaque ones, see `_deep`."""
        try:
            return self._parse(response)
        except DecodeError:
            return self._parse(without_depth(response, self._response))


_DESCRIPTORS: dict[str, MethodDescriptor] = {
    f"{service.name}/{method.name}": method
    for file in _FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}

_PATHS: dict[int, str] = {
    method.GetOptions().Extensions[_NUMBER]: f"/{method.containing_service.full_name}/{method.name}"
    for method in _DESCRIPTORS.values()
}


def path_of(number: int) -> str:
    """The path of a method, by its permanent number."""
    return _PATHS[number]


# Those that several modules call.
DELETE = Method("AdminService/Delete", admin_pb2.AdminDeleteRequest, admin_pb2.AdminDeleteResponse)
DESCRIBE = Method(
    "AdminService/Describe", admin_pb2.AdminDescribeRequest, admin_pb2.AdminDescribeResponse
)
RETAIN = Method(
    "SessionService/Retain", session_pb2.SessionRetainRequest, session_pb2.SessionRetainResponse
)
