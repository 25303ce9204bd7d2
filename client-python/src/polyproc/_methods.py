"""The methods of the contract, by name, out of its descriptors."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from google.protobuf.message import DecodeError, Message

from polyproc import _frames
from polyproc._deep import without_depth
from polyproc.v1 import admin_pb2, options_pb2, session_pb2

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)

_NUMBER: Any = options_pb2.number

_paths: dict[int, str] = {}
"""Of those that were found, by number. What is never called is never loaded."""


class Method(Generic[Q, R]):
    """A method: its permanent number, its path, and what reads its response."""

    __slots__ = ("_parse", "_response", "fields", "name", "number", "path")

    def __init__(self, name: str, request: type[Q], response: type[R]) -> None:
        """Finds it.

        Args:
            name: such as "QueueService/Put".
            request: the class of its requests, in whose file its service is; which is checked.
            response: the class of its responses, likewise.
        """
        service, _, method = name.partition("/")
        services = request.DESCRIPTOR.file.services_by_name
        descriptor = services[service].methods_by_name[method]
        if (descriptor.input_type.name, descriptor.output_type.name) != (
            request.DESCRIPTOR.name,
            response.DESCRIPTOR.name,
        ):
            raise TypeError(f"Expected the messages of {name}, but got {request} and {response}")
        self.name = name
        self.path = f"/{services[service].full_name}/{method}"
        self.number: int = descriptor.GetOptions().Extensions[_NUMBER]
        _paths[self.number] = self.path
        self.fields = _frames.method_fields(self.number)
        self._parse = response.FromString
        self._response: Any = response.DESCRIPTOR

    def read(self, response: bytes) -> R:
        """Parses a response; values that nest too deep become opaque ones, see `_deep`."""
        try:
            return self._parse(response)
        except DecodeError:
            return self._parse(without_depth(response, self._response))


def path_of(number: int) -> str:
    """The path of a method that was found, by its permanent number."""
    return _paths[number]


# Those that several modules call.
DELETE = Method("AdminService/Delete", admin_pb2.AdminDeleteRequest, admin_pb2.AdminDeleteResponse)
DESCRIBE = Method(
    "AdminService/Describe", admin_pb2.AdminDescribeRequest, admin_pb2.AdminDescribeResponse
)
END = Method("SessionService/End", session_pb2.SessionEndRequest, session_pb2.SessionEndResponse)
RETAIN = Method(
    "SessionService/Retain", session_pb2.SessionRetainRequest, session_pb2.SessionRetainResponse
)
