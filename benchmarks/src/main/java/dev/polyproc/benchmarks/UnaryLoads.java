package dev.polyproc.benchmarks;

import com.google.protobuf.ByteString;
import dev.polyproc.benchmarks.v1.Echo;
import dev.polyproc.benchmarks.v1.EchoServiceGrpc;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.QueueClearRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Value;

/** Unary calls from plain generated stubs on one channel: what every language has. */
final class UnaryLoads {
  private static final int ITEM_BYTES = 100;
  private static final Echo EMPTY = Echo.getDefaultInstance();

  private final EchoServiceGrpc.EchoServiceBlockingStub echo;
  private final EchoServiceGrpc.EchoServiceStub echoAsync;
  private final QueueServiceGrpc.QueueServiceBlockingStub queue;
  private final QueueServiceGrpc.QueueServiceStub queueAsync;
  private final DictServiceGrpc.DictServiceBlockingStub dict;
  private final DictServiceGrpc.DictServiceStub dictAsync;
  private final QueuePutRequest put;
  private final DictSetRequest set;

  UnaryLoads(Connection connection) {
    echo = EchoServiceGrpc.newBlockingStub(connection.channel());
    echoAsync = EchoServiceGrpc.newStub(connection.channel());
    queue = QueueServiceGrpc.newBlockingStub(connection.channel());
    queueAsync = QueueServiceGrpc.newStub(connection.channel());
    dict = DictServiceGrpc.newBlockingStub(connection.channel());
    dictAsync = DictServiceGrpc.newStub(connection.channel());
    queue.create(QueueCreateRequest.newBuilder().setQueue("unary").build());
    dict.create(DictCreateRequest.newBuilder().setDict("unary-dict").build());
    Value item = Value.newBuilder().setBytes(ByteString.copyFrom(new byte[ITEM_BYTES])).build();
    put = QueuePutRequest.newBuilder().setQueue("unary").setItem(item).build();
    set =
        DictSetRequest.newBuilder()
            .setDict("unary-dict")
            .setKey(Value.newBuilder().setText("key"))
            .setValue(item)
            .build();
  }

  Load say() {
    return new OneAtATime("empty unary echo", () -> echo.say(EMPTY));
  }

  Load put() {
    return new OneAtATime("unary queue put", () -> queue.put(put), this::clear);
  }

  Load set() {
    return new OneAtATime("unary dict set", () -> dict.set(set));
  }

  Load say(int depth) {
    return new InFlight<Echo>(
        "empty unary echo", depth, reply -> echoAsync.say(EMPTY, reply), () -> {});
  }

  Load put(int depth) {
    return new InFlight<dev.polyproc.v1.QueuePutResponse>(
        "unary queue put", depth, reply -> queueAsync.put(put, reply), this::clear);
  }

  Load set(int depth) {
    return new InFlight<dev.polyproc.v1.DictSetResponse>(
        "unary dict set", depth, reply -> dictAsync.set(set, reply), () -> {});
  }

  private void clear() {
    var unused = queue.clear(QueueClearRequest.newBuilder().setQueue("unary").build());
  }
}
