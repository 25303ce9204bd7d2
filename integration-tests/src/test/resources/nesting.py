"""Nested objects from bare stubs: appends through two dicts, or holds a list until it is killed."""

import os
import sys
import time

import grpc
from polyproc.v1 import dict_pb2, dict_pb2_grpc, list_pb2, list_pb2_grpc, object_pb2
from polyproc.v1 import session_pb2, session_pb2_grpc
from polyproc.v1.value_pb2 import Value

channel = grpc.insecure_channel(os.environ["POLYPROC_ADDRESS"])
sessions = session_pb2_grpc.SessionServiceStub(channel)
process = session_pb2.ClientProcess(pid=os.getpid())
opened = sessions.Open(session_pb2.SessionOpenRequest(client="nesting.py", process=process))
metadata = [("polyproc-session", opened.session)]
dicts = dict_pb2_grpc.DictServiceStub(channel)
lists = list_pb2_grpc.ListServiceStub(channel)


def inner(outer, key):
    """The ref under a key."""
    request = dict_pb2.DictGetRequest(dict=outer, key=Value(text=key))
    return dicts.Get(request, metadata=metadata).value.ref


def append(name, count):
    """Walks down for every value, as who does not keep refs."""
    for number in range(count):
        middle = inner(name, "middle")
        bottom = inner(middle.name, "list")
        request = list_pb2.ListAppendRequest(list=bottom.name, value=Value(int=number))
        exactly = metadata + [("polyproc-incarnation", str(bottom.incarnation))]
        lists.Append(request, metadata=exactly)


def hold(name):
    """Creates a list that lives as long as this process, and says so."""
    request = list_pb2.ListCreateRequest(list=name, lifetime=object_pb2.LIFETIME_REFERENCED)
    lists.Create(request, metadata=metadata)
    # The stream ties the session to this process.
    attach = sessions.Attach(frames())
    next(attach)
    print("held", flush=True)
    next(attach)


def frames():
    """The first frame, and nothing for as long as the test takes."""
    yield session_pb2.SessionAttachRequest(session=opened.session, attachment=1)
    time.sleep(600)


if sys.argv[1] == "append":
    append(sys.argv[2], int(sys.argv[3]))
else:
    hold(sys.argv[2])
