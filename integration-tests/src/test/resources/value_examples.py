"""Programs with shared values that are known from multiprocessing, over bare stubs."""

import multiprocessing
import os
import sys

import grpc
from google.protobuf.duration_pb2 import Duration
from polyproc.v1 import array_pb2, array_pb2_grpc, element_pb2, list_pb2, lock_pb2, lock_pb2_grpc
from polyproc.v1 import object_pb2, session_pb2, session_pb2_grpc
from polyproc.v1 import shared_value_pb2, shared_value_pb2_grpc
from polyproc.v1.value_pb2 import Value

SECONDS = 60  # No wait of an example takes as long.


class Memory:
    """A process's session, and its calls to one daemon."""

    def __init__(self):
        channel = grpc.insecure_channel(os.environ["POLYPROC_ADDRESS"])
        sessions = session_pb2_grpc.SessionServiceStub(channel)
        process = session_pb2.ClientProcess(pid=os.getpid())
        time = Duration(seconds=10 * SECONDS)
        opening = session_pb2.SessionOpenRequest(client="example", time_to_live=time, process=process)
        self.session = [("polyproc-session", sessions.Open(opening, timeout=SECONDS).session)]
        self.values = shared_value_pb2_grpc.ValueServiceStub(channel)
        self.arrays = array_pb2_grpc.ArrayServiceStub(channel)
        self.locks = lock_pb2_grpc.LockServiceStub(channel)

    def call(self, stub, method, request):
        return getattr(stub, method)(request, metadata=self.session, timeout=SECONDS)

    def create(self, value, type):
        request = shared_value_pb2.ValueCreateRequest(value=value, type=type)
        return self.call(self.values, "Create", request).lock

    def get(self, value):
        return self.call(self.values, "Get", shared_value_pb2.ValueGetRequest(value=value)).content

    def set(self, value, content):
        request = shared_value_pb2.ValueSetRequest(value=value, content=content)
        self.call(self.values, "Set", request)

    def add(self, value):
        request = shared_value_pb2.ValueAddRequest(value=value)
        return self.call(self.values, "Add", request).content.int

    def increment(self, value):
        """Not in one step: two that do so at a time may count once."""
        self.set(value, Value(int=self.get(value).int + 1))

    def acquire(self, lock):
        shape = lock_pb2.LockCreateRequest(
            kind=lock_pb2.LOCK_KIND_REENTRANT, lifetime=object_pb2.LIFETIME_WHILE_USED
        )
        self.call(self.locks, "Acquire", lock_pb2.LockAcquireRequest(lock=lock, create=shape))

    def release(self, lock):
        self.call(self.locks, "Release", lock_pb2.LockReleaseRequest(lock=lock))


def run_all(start, function, count, *arguments):
    processes = [start(function, *arguments) for _ in range(count)]
    for process in processes:
        process.join()
        assert process.exitcode == 0, process.exitcode


# Ten processes count to ten under the value's lock.


def count_to_ten(value, lock):
    memory = Memory()
    for _ in range(10):
        memory.acquire(lock)
        memory.increment(value)
        memory.release(lock)
    print("num.value =", memory.get(value).int, flush=True)


def counting(start, value):
    memory = Memory()
    lock = memory.create(value, element_pb2.ELEMENT_TYPE_INT32)
    run_all(start, count_to_ten, 10, value, lock)
    print("Final value:", memory.get(value).int)


# A number and an array that another process changes.


def change(value, array):
    memory = Memory()
    memory.set(value, Value(float=3.1415927))
    whole = memory.call(memory.arrays, "Slice", array_pb2.ArraySliceRequest(array=array)).elements.ints
    negated = element_pb2.Elements(ints=[-number for number in whole])
    memory.call(
        memory.arrays, "SetSlice", array_pb2.ArraySetSliceRequest(array=array, elements=negated)
    )


def number_and_array(start, value):
    memory = Memory()
    memory.create(value, element_pb2.ELEMENT_TYPE_FLOAT64)
    array = value + "/array"
    memory.call(
        memory.arrays,
        "Create",
        array_pb2.ArrayCreateRequest(
            array=array,
            type=element_pb2.ELEMENT_TYPE_INT32,
            length=10,
            elements=element_pb2.Elements(ints=range(10)),
        ),
    )
    run_all(start, change, 1, value, array)
    print(memory.get(value).float)
    print(list(memory.call(memory.arrays, "Slice", array_pb2.ArraySliceRequest(array=array)).elements.ints))
    tail = list_pb2.ListRange(start=-1, step=-3)
    some = array_pb2.ArraySliceRequest(array=array, range=tail)
    print(list(memory.call(memory.arrays, "Slice", some).elements.ints))


# Five processes count, in two steps, in one, and under the lock.


def count_in_two_steps(value):
    Memory().increment(value)


def count_in_one_step(value):
    Memory().add(value)


def count_under_lock(value, lock):
    memory = Memory()
    memory.acquire(lock)
    memory.increment(value)
    memory.release(lock)


def counter(start, value):
    memory = Memory()
    lock = memory.create(value, element_pb2.ELEMENT_TYPE_INT32)
    run_all(start, count_in_two_steps, 5, value)
    print("in two steps:", str(1 <= memory.get(value).int <= 5).lower())
    memory.set(value, Value(int=0))
    run_all(start, count_in_one_step, 5, value)
    print("in one step:", memory.get(value).int)
    memory.set(value, Value(int=0))
    run_all(start, count_under_lock, 5, value, lock)
    print("under the lock:", memory.get(value).int)


def main():
    context = multiprocessing.get_context("spawn")

    def start(function, *arguments):
        process = context.Process(target=function, args=arguments)
        process.start()
        return process

    examples = {"0-2": counting, "0-8": number_and_array, "1-5": counter}
    examples[sys.argv[1]](start, sys.argv[2])


if __name__ == "__main__":
    main()
