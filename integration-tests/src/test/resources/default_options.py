"""A client of another language with nothing but gRPC's default options: what it is told, and takes."""

import sys

import grpc
from google.protobuf.duration_pb2 import Duration
from polyproc.v1 import lock_pb2, lock_pb2_grpc, process_pb2, process_pb2_grpc
from polyproc.v1 import queue_pb2, queue_pb2_grpc
from polyproc.v1.value_pb2 import Value

channel = grpc.insecure_channel("unix:" + sys.argv[1])
queues = queue_pb2_grpc.QueueServiceStub(channel)

queues.Create(queue_pb2.QueueCreateRequest(queue="python"))
items = [Value(bytes=bytes(5_000))] * 1_000
queues.PutMany(queue_pb2.QueuePutManyRequest(queue="python", items=items))
sizes = []
while sum(sizes) < 1_000:
    many = queues.GetMany(queue_pb2.QueueGetManyRequest(queue="python", timeout=Duration()))
    sizes.append(len(many.deliveries))
print("items", sum(sizes), "replies", len(sizes))

queues.Put(queue_pb2.QueuePutRequest(queue="python", item=Value(bytes=bytes(5_000_000))))
get = queue_pb2.QueueGetRequest(queue="python", timeout=Duration())
try:
    queues.Get(get, metadata=[("polyproc-max-reply-bytes", "4194304")])
except grpc.RpcError as error:
    print(error.code().name, queues.Size(queue_pb2.QueueSizeRequest(queue="python")).size)
large = grpc.insecure_channel(
    "unix:" + sys.argv[1], [("grpc.max_receive_message_length", -1)]
)
print("large", len(queue_pb2_grpc.QueueServiceStub(large).Get(get).item.bytes))

processes = process_pb2_grpc.ProcessServiceStub(channel)
for command in ("x" * 4_000, "/ü" * 4_000, "\n" * 4_000):
    try:
        processes.Start(process_pb2.ProcessStartRequest(command=command))
    except grpc.RpcError as error:
        print(error.code().name, len(error.details()) < 1_000)

locks = lock_pb2_grpc.LockServiceStub(channel)
locks.Create(lock_pb2.LockCreateRequest(lock="größe"))
hold = locks.Acquire(lock_pb2.LockAcquireRequest(lock="größe", lease=Duration(seconds=600)))
guard = [("polyproc-guard-bin", f"größe:{hold.token}".encode())]
put = queue_pb2.QueuePutRequest(queue="python", item=Value(text="x"))
print("guarded", queues.Put(put, metadata=guard).accepted)
