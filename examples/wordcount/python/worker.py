"""A worker of the word count: takes chunks of text until there are no more."""

import collections
import os
import re

import grpc
from google.protobuf import duration_pb2
from polyproc.v1 import dict_pb2, dict_pb2_grpc, event_pb2, event_pb2_grpc
from polyproc.v1 import queue_pb2, queue_pb2_grpc
from polyproc.v1.value_pb2 import Value, ValueEntry, ValueMap
from session import Session, reason

CHUNKS, COUNTS, START = "wordcount/chunks", "wordcount/counts", "wordcount/start"


def main():
    name = os.environ.get("POLYPROC_PROCESS") or f"python-{os.getpid()}"
    session = Session(name)
    queues = queue_pb2_grpc.QueueServiceStub(session.channel)
    dicts = dict_pb2_grpc.DictServiceStub(session.channel)
    events = event_pb2_grpc.EventServiceStub(session.channel)

    # Every call keeps the session alive, so none may wait for longer than the session lives.
    patience = duration_pb2.Duration()
    patience.FromTimedelta(session.time_to_live / 3)

    waiting = event_pb2.EventWaitRequest(event=START, timeout=patience)
    while not session.call(events.Wait, waiting).set:
        pass

    while True:
        try:
            chunk = session.call(
                queues.Get,
                queue_pb2.QueueGetRequest(queue=CHUNKS, timeout=patience, reserve=True),
            )
        except grpc.RpcError as error:
            if reason(error) == "CLOSED":
                break
            raise
        if not chunk.reservation:
            continue

        # First the result, under the chunk's own key, then the acknowledgement: who dies in between
        # leaves the chunk to somebody else, who writes the same counts under the same key.
        fields = {entry.key.text: entry.value for entry in chunk.item.map.entries}
        result = mapping(
            worker=Value(text=name),
            attempt=Value(int=chunk.attempt),
            words=count_words(fields["text"].bytes),
        )
        session.call(
            dicts.Set, dict_pb2.DictSetRequest(dict=COUNTS, key=fields["chunk"], value=result)
        )
        try:
            session.call(
                queues.Acknowledge,
                queue_pb2.QueueAcknowledgeRequest(queue=CHUNKS, reservation=chunk.reservation),
            )
        except grpc.RpcError as error:
            if reason(error) != "RESERVATION_ENDED":  # Somebody else has it, and does it as well.
                raise
    session.close()


def count_words(text):
    """How often each word occurs: a word is the longest run of ASCII letters, in lower case."""
    counts = collections.Counter(re.findall(rb"[a-z]+", text.lower()))
    return mapping(**{word.decode("ascii"): Value(int=n) for word, n in counts.items()})


def mapping(**entries):
    """A map of texts to values."""
    pairs = [ValueEntry(key=Value(text=key), value=value) for key, value in entries.items()]
    return Value(map=ValueMap(entries=pairs))


if __name__ == "__main__":
    main()
