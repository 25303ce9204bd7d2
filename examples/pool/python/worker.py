"""A worker of a pool, from plain generated stubs: clients call its functions by name."""

import os
import traceback

import grpc
from google.protobuf.duration_pb2 import Duration
from polyproc.v1 import pool_pb2, pool_pb2_grpc, session_pb2, session_pb2_grpc
from polyproc.v1.pool_pb2 import PoolCompletion, PoolFailure
from polyproc.v1.value_pb2 import Null, Value, ValueList

FUNCTIONS = {
    "square": lambda number: Value(int=number * number),
    "upper": lambda text: Value(text=text.upper()),
    "language": lambda: Value(text="python"),
}
# To the daemon itself and not to a proxy; a value of any size is taken.
OPTIONS = [("grpc.enable_http_proxy", 0), ("grpc.max_receive_message_length", -1)]


def main():
    channel = grpc.insecure_channel(os.environ["POLYPROC_ADDRESS"], OPTIONS)
    caller = []
    if token_file := os.environ.get("POLYPROC_TOKEN_FILE"):
        with open(token_file, encoding="ascii") as file:
            caller = [("authorization", "Bearer " + file.read().strip())]
    opening = session_pb2.SessionOpenRequest(
        client=f"python-{os.getpid()}",
        time_to_live=Duration(seconds=60),
        process=session_pb2.ClientProcess(pid=os.getpid()),
        process_credential=os.environ.get("POLYPROC_PROCESS_CREDENTIAL", ""),
    )
    sessions = session_pb2_grpc.SessionServiceStub(channel)
    opened = sessions.Open(opening, metadata=caller, timeout=10)
    caller.append(("polyproc-session", opened.session))

    pools = pool_pb2_grpc.PoolServiceStub(channel)
    # Every call keeps the session alive, so none waits for longer than the session lives.
    take = pool_pb2.PoolTakeRequest(pool=os.environ["POLYPROC_POOL"], timeout=Duration(seconds=20))
    while True:
        taken = pools.Take(take, metadata=caller, timeout=30)
        if taken.retire:
            break
        del take.completions[:]
        for run in taken.runs:
            done = call(run.call.function, run.call.payload.list.values)
            done.run = run.run
            take.completions.append(done)
    sessions.End(session_pb2.SessionEndRequest(), metadata=caller, timeout=10)


def call(function, arguments):
    """What came of a call: what it returned, or how it failed."""
    try:
        if function == "polyproc.chunk":
            return PoolCompletion(value=chunk(arguments[0].text, arguments[1:]))
        if function not in FUNCTIONS:
            raise LookupError(f"Expected one of {', '.join(FUNCTIONS)}, but it is {function!r}")
        return PoolCompletion(value=FUNCTIONS[function](*map(plain, arguments)))
    except Exception as error:
        stack = traceback.format_exc()
        failure = PoolFailure(type=type(error).__name__, message=str(error), stack=stack)
        return PoolCompletion(failure=failure)


def chunk(function, calls):
    """What came of several calls as one task, which is how clients send many short ones."""
    settled = []
    for one in calls:
        done = call(function, one.list.values)
        failed = [done.failure.type, done.failure.message, done.failure.stack]
        texts = [Value(text=text) for text in failed]
        values = [Value(null=Null()), *texts] if done.HasField("failure") else [done.value]
        settled.append(Value(list=ValueList(values=values)))
    return Value(list=ValueList(values=settled))


def plain(value):
    """An argument as Python's own object; of plain ones."""
    return getattr(value, value.WhichOneof("kind"))


if __name__ == "__main__":
    main()
