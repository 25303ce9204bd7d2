"""Programs that are known from multiprocessing, each process a session over bare stubs."""

import multiprocessing
import os
import sys

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from polyproc.v1 import queue_pb2, queue_pb2_grpc, session_pb2, session_pb2_grpc
from polyproc.v1.value_pb2 import Value

SECONDS = 60  # No wait of an example takes as long.
STOP = "STOP"


class Queues:
    """A process's session, and its calls to one daemon."""

    def __init__(self):
        channel = grpc.insecure_channel(os.environ["POLYPROC_ADDRESS"])
        sessions = session_pb2_grpc.SessionServiceStub(channel)
        process = session_pb2.ClientProcess(pid=os.getpid())
        time = Duration(seconds=10 * SECONDS)
        opening = session_pb2.SessionOpenRequest(client="example", time_to_live=time, process=process)
        self.session = [("polyproc-session", sessions.Open(opening, timeout=SECONDS).session)]
        self.stub = queue_pb2_grpc.QueueServiceStub(channel)

    def call(self, method, request):
        return getattr(self.stub, method)(request, metadata=self.session, timeout=2 * SECONDS)

    def create(self, queue, unfinished=queue_pb2.QUEUE_UNFINISHED_UNSPECIFIED):
        self.call("Create", queue_pb2.QueueCreateRequest(queue=queue, unfinished=unfinished))

    def put(self, queue, item):
        self.call("Put", queue_pb2.QueuePutRequest(queue=queue, item=item))

    def get(self, queue, seconds=SECONDS):
        """The answer; without an item when none came."""
        timeout = Duration(seconds=seconds)
        return self.call("Get", queue_pb2.QueueGetRequest(queue=queue, timeout=timeout))

    def task_done(self, queue):
        return self.call("TaskDone", queue_pb2.QueueTaskDoneRequest(queue=queue)).unfinished

    def join(self, queue):
        timeout = Duration(seconds=SECONDS)
        return self.call("Join", queue_pb2.QueueJoinRequest(queue=queue, timeout=timeout)).joined

    def empty(self, queue):
        return self.call("Size", queue_pb2.QueueSizeRequest(queue=queue)).size == 0


def reason(call, *arguments):
    try:
        call(*arguments)
        return "nothing"
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin", b"")
        info = error_details_pb2.ErrorInfo()
        for detail in status_pb2.Status.FromString(details).details:
            detail.Unpack(info)
        return info.reason


def join(queues, queue):
    print("joined" if queues.join(queue) else "not joined", flush=True)


# A producer, a consumer and join.


def produce_and_stop(queue):
    queues = Queues()
    for item in (1, 2):
        print("Producer", item, flush=True)
        queues.put(queue, Value(int=item))
    print("Producer", STOP, flush=True)
    queues.put(queue, Value(text=STOP))


def consume_until_stop(queue):
    queues = Queues()
    while True:
        item = queues.get(queue).item
        shown = item.text if item.HasField("text") else item.int
        print("Consumer", shown, flush=True)
        queues.task_done(queue)
        if shown == STOP:
            return


def producer_and_consumer(start, queue):
    queues = Queues()
    queues.create(queue, queue_pb2.QUEUE_UNFINISHED_RETURN)
    producer = start(produce_and_stop, queue)
    consumer = start(consume_until_stop, queue)
    producer.join()
    join(queues, queue)
    consumer.join()
    print("once more", reason(queues.task_done, queue))
    plain = queue + "/plain"
    queues.create(plain)
    print("a plain queue", reason(queues.task_done, plain), reason(queues.join, plain))


# Workers that share one queue of work, and put results into another.


def sum_of_squares(queue):
    queues = Queues()
    while not queues.empty(queue):
        task = queues.get(queue, seconds=0)  # Another one may have been faster.
        if task.HasField("item"):
            queues.put(queue + "/results", Value(int=task.item.int**2))
            queues.task_done(queue)


def work_queue(start, queue):
    queues = Queues()
    queues.create(queue, queue_pb2.QUEUE_UNFINISHED_RETURN)
    queues.create(queue + "/results")
    for number in range(1000):
        queues.put(queue, Value(int=number))
    workers = [start(sum_of_squares, queue) for _ in range(4)]
    join(queues, queue)
    for worker in workers:
        worker.join()
    total = 0
    while not queues.empty(queue + "/results"):
        total += queues.get(queue + "/results").item.int
    print("The sum of squares is:", total)


# A consumer that ends when the queue is empty.


def produce_ten(queue):
    queues = Queues()
    for number in range(10):
        queues.put(queue, Value(int=number))


def consume_while_not_empty(queue):
    queues = Queues()
    while not queues.empty(queue):
        print(queues.get(queue).item.int, flush=True)


def while_not_empty(start, queue):
    Queues().create(queue)
    start(produce_ten, queue).join()
    start(consume_while_not_empty, queue).join()


# A consumer that ends at a None.


def produce_until_none(queue):
    queues = Queues()
    for number in range(10):
        queues.put(queue, Value(int=number))
        print("Produced:", number, flush=True)
    queues.put(queue, Value(null={}))


def consume_until_none(queue):
    queues = Queues()
    while True:
        item = queues.get(queue).item
        if item.HasField("null"):
            return
        print("Consumed:", item.int, flush=True)


def sentinel(start, queue):
    Queues().create(queue)
    both = [start(produce_until_none, queue), start(consume_until_none, queue)]
    for process in both:
        process.join()
    print("exit codes", [process.exitcode for process in both])


EXAMPLES = {
    "0-3": producer_and_consumer,
    "0-16": work_queue,
    "1-4": while_not_empty,
    "3-2": sentinel,
}

# Roles that a program of another language asks for.
ROLES = {"produce": produce_and_stop, "consume": consume_until_stop}


def run():
    context = multiprocessing.get_context("spawn")

    def start(role, *arguments):
        process = context.Process(target=role, args=arguments)
        process.start()
        return process

    what, queue = sys.argv[1:]
    if what in ROLES:
        ROLES[what](queue)
    else:
        EXAMPLES[what](start, queue)


if __name__ == "__main__":
    run()
