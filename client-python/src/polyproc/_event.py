"""Events: a flag that programs wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from polyproc._methods import Method
from polyproc._object import Handle, lifetime, named, time_to_wait
from polyproc.v1 import event_pb2

if TYPE_CHECKING:
    from polyproc._client import Client

_CREATE = Method("EventService/Create", event_pb2.EventCreateRequest, event_pb2.EventCreateResponse)
_SET = Method("EventService/Set", event_pb2.EventSetRequest, event_pb2.EventSetResponse)
_CLEAR = Method("EventService/Clear", event_pb2.EventClearRequest, event_pb2.EventClearResponse)
_IS_SET = Method("EventService/IsSet", event_pb2.EventIsSetRequest, event_pb2.EventIsSetResponse)
_WAIT = Method("EventService/Wait", event_pb2.EventWaitRequest, event_pb2.EventWaitResponse)


class Event(Handle):
    """A flag that is set or not, as `threading.Event`, shared by all programs."""

    __slots__ = ()

    @classmethod
    def _create(cls, client: Client, name: str | None) -> Event:
        request = event_pb2.EventCreateRequest(
            event=named(name),
            lifetime=lifetime(name),
        )
        return cls(client, client._call(_CREATE, request).ref)

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._call(_IS_SET, event_pb2.EventIsSetRequest(event=self.name)).set

    def set(self) -> None:
        """Sets it: all that wait go on."""
        self._call(_SET, event_pb2.EventSetRequest(event=self.name))

    def clear(self) -> None:
        """Clears it."""
        self._call(_CLEAR, event_pb2.EventClearRequest(event=self.name))

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until it is set.

        Args:
            timeout: for how many seconds at most; None: for ever.

        Returns:
            Whether it was set in time.
        """
        request = event_pb2.EventWaitRequest(event=self.name)
        if timeout is not None:
            request.timeout.CopyFrom(time_to_wait(timeout))
        return self._call(_WAIT, request).set
