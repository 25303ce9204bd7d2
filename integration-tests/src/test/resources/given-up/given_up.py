"""Gives a command up that waits, on Ctrl-C, and makes the next one when it is told to."""

import signal
import sys

from polyproc.v1 import queue_pb2, queue_pb2_grpc
from session import Session

signal.signal(signal.SIGINT, signal.default_int_handler)  # Also where it is ignored at the start.
session = Session("given up")
queues = queue_pb2_grpc.QueueServiceStub(session.channel)
session.call(queues.Create, queue_pb2.QueueCreateRequest(queue=sys.argv[1]))
print("ready", flush=True)
input()
get = queue_pb2.QueueGetRequest(queue=sys.argv[1])
try:
    session.call(queues.Get, get)
except KeyboardInterrupt:
    print("given up", flush=True)
input()
print("got", session.call(queues.Get, get).item.int, flush=True)
session.close()
