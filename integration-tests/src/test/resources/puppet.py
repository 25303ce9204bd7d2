"""A client that does what it is told: a command a line, an answer each. Its first line is its process id."""

import ctypes
import itertools
import os
import queue
import signal
import sys
import threading

import grpc

address, token = sys.argv[1:]
channel = grpc.insecure_channel(address)
streams = []


def metadata(session):
    return [("authorization", "Bearer " + token)] + [("polyproc-session", id) for id in session]


def call(method, request, *session):
    reply = channel.unary_unary("/" + method)(bytes.fromhex(request), metadata=metadata(session), timeout=60)
    return reply.hex()


def attach(frame):
    more = queue.Queue()
    frames = itertools.chain([bytes.fromhex(frame)], iter(more.get, None))
    stream = channel.stream_stream("/polyproc.v1.SessionService/Attach")(frames, metadata=metadata([]))
    streams.append((stream, more))
    return next(stream).hex()


def fork():
    """A child that does nothing, and keeps what is open."""
    child = os.fork()
    while child == 0:
        signal.pause()
    return child


def obey():
    for line in sys.stdin:
        command, *words = line.split()
        print({"call": call, "attach": attach, "fork": fork}[command](*words), flush=True)
    os._exit(0)


print(os.getpid(), flush=True)
if os.environ.get("FIRST_THREAD_ENDS"):
    threading.Thread(target=obey).start()
    ctypes.CDLL(None).pthread_exit(None)
obey()
