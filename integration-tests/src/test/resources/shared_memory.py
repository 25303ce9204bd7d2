"""A segment of shared memory: mapped by the standard library, located and locked over bare stubs."""

import mmap
import os
import struct

import grpc
from google.protobuf.duration_pb2 import Duration
from polyproc.v1 import lock_pb2, lock_pb2_grpc, object_pb2, session_pb2, session_pb2_grpc
from polyproc.v1 import shared_memory_pb2, shared_memory_pb2_grpc

SECONDS = 60  # No wait of a test takes as long.
HEADER = struct.Struct("<8sIIQQQII")
LETTERS = {6: "i", 8: "q", 11: "d"}


class Segment:
    """A segment, and this process's session. `with` holds the segment's lock."""

    def __init__(self, name, type=None, length=0):
        """Maps the segment, and creates it before where there is a type."""
        channel = grpc.insecure_channel(os.environ["POLYPROC_ADDRESS"])
        process = session_pb2.ClientProcess(pid=os.getpid())
        time = Duration(seconds=10 * SECONDS)
        opening = session_pb2.SessionOpenRequest(client="memory", time_to_live=time, process=process)
        sessions = session_pb2_grpc.SessionServiceStub(channel)
        self.name = name
        self.session = [("polyproc-session", sessions.Open(opening, timeout=SECONDS).session)]
        self.memories = shared_memory_pb2_grpc.SharedMemoryServiceStub(channel)
        self.locks = lock_pb2_grpc.LockServiceStub(channel)
        if type is not None:
            shape = shared_memory_pb2.SharedMemoryCreateRequest(memory=name, type=type, length=length)
            self.call(self.memories.Create, shape)
        where = self.call(
            self.memories.Locate, shared_memory_pb2.SharedMemoryLocateRequest(memory=name)
        )
        self.lock = where.lock
        with open(where.path, "r+b") as file:
            size = os.fstat(file.fileno()).st_size
            assert size == where.bytes, f"Expected {where.bytes} bytes, but it has {size}"
            memory = mmap.mmap(file.fileno(), size)
        found = HEADER.unpack_from(memory)[:5]
        expected = (b"POLYPROC", 1, where.type, where.length, where.ref.incarnation)
        assert found == expected, f"Expected {expected} in the header, but it is {found}"
        self.elements = memoryview(memory)[64:].cast(LETTERS[where.type])

    def call(self, method, request):
        return method(request, metadata=self.session, timeout=SECONDS)

    def __enter__(self):
        shape = lock_pb2.LockCreateRequest(
            kind=lock_pb2.LOCK_KIND_REENTRANT, lifetime=object_pb2.LIFETIME_WHILE_USED
        )
        self.call(self.locks.Acquire, lock_pb2.LockAcquireRequest(lock=self.lock, create=shape))
        return self

    def __exit__(self, *failure):
        self.call(self.locks.Release, lock_pb2.LockReleaseRequest(lock=self.lock))

    def add_writer(self):
        self.call(
            self.memories.AddWriter,
            shared_memory_pb2.SharedMemoryAddWriterRequest(memory=self.name),
        )
