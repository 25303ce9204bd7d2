package dev.polyproc.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.rpc.Status;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.memory.Reports;
import dev.polyproc.server.memory.SegmentFiles;
import dev.polyproc.server.memory.Segments;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import dev.polyproc.v1.Value;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What is refused before the engine sees it: by calls, and by the classes that look at them. */
final class NodeExamples {
  private static final String PUT = "QueueService/Put";
  private static final String ATTACH = "SessionService/Attach";
  private static final String HEALTH = "grpc.health.v1.Health/Check";

  private final ErrorExamples examples;

  private NodeExamples(ErrorExamples examples) {
    this.examples = examples;
  }

  static void provoke(ErrorExamples examples) throws Exception {
    NodeExamples node = new NodeExamples(examples);
    node.parser();
    node.admission();
    node.authentication();
    node.room();
    node.segments();
    try (InProcess daemon = new InProcess()) {
      node.methods(daemon);
      node.requests(daemon);
      node.attach(daemon);
      examples.add("QueueService/Consume", SlowConsumer.run(daemon));
    }
  }

  private void refused(String call, Refusal refusal) {
    examples.add(call, refusal.status());
  }

  private void thrown(String call, Runnable refused) {
    try {
      refused.run();
    } catch (Refusal refusal) {
      refused(call, refusal);
      return;
    } catch (StatusRuntimeException e) {
      examples.add(call, Objects.requireNonNull(StatusProto.fromThrowable(e)));
      return;
    }
    throw new AssertionError("Expected " + call + " to be refused");
  }

  private static ByteString put(Value item) {
    return QueuePutRequest.newBuilder().setItem(item).build().toByteString();
  }

  private void parser() {
    Limits small =
        EngineFixture.LIMITS.toBuilder()
            .setRequestBytes(1_000)
            .setRequestFields(100)
            .setWindowCalls(16)
            .build();
    RequestParser parser = new RequestParser(small);
    ByteString large =
        put(Value.newBuilder().setBytes(ByteString.copyFrom(new byte[2_000])).build());
    thrown(PUT, () -> parser.parse(PUT, QueuePutRequest.parser(), large));
    Value one = Value.newBuilder().setInt(1).build();
    ByteString many =
        QueuePutManyRequest.newBuilder()
            .addAllItems(Collections.nCopies(100, one))
            .build()
            .toByteString();
    String putMany = "QueueService/PutMany";
    thrown(putMany, () -> parser.parse(putMany, QueuePutManyRequest.parser(), many));
    Value deep = one;
    for (int i = 0; i < 4 * small.getValueDepth(); i++) {
      Value.Builder around = Value.newBuilder();
      around.getListBuilder().addValues(deep);
      deep = around.build();
    }
    ByteString nested = put(deep);
    thrown(PUT, () -> parser.parse(PUT, QueuePutRequest.parser(), nested));
    ByteString garbage = ByteString.copyFromUtf8("garbage");
    thrown(PUT, () -> parser.parse(PUT, QueuePutRequest.parser(), garbage));
    SessionAttachRequest frame =
        SessionAttachRequest.newBuilder()
            .addAllCalls(Collections.nCopies(17, Call.getDefaultInstance()))
            .build();
    thrown(ATTACH, () -> parser.parseFrame(frame.toByteArray()));
  }

  private void admission() {
    refused(PUT, Compression.refusal("gzip"));
    refused(PUT, Connections.tooMany(10_000));
    refused(PUT, OpenCalls.tooMany(100_000, 75_001, 2_000));
    refused(HEALTH, Admission.tooManyUnauthenticated(64, ""));
    refused(HEALTH, Foreign.tooLarge());
  }

  private void authentication() {
    Authentication authentication = new Authentication("secret", 1000);
    TestLoop loop = new TestLoop();
    Unsent unsent =
        new Unsent(
            EngineFixture.LIMITS,
            loop,
            new Unsent.Total(EngineFixture.LIMITS, (nanos, task) -> {}, System::nanoTime));
    Shard shard = Unread.shard(loop, unsent);
    Connection tcp = new Connection(null, null, null, shard);
    Connection socket = new Connection(Peer.of(4242, 1), null, null, shard);
    for (Connection connection : List.of(tcp, socket)) {
      for (String shown : List.of("", "Basic secret", "Bearer another")) {
        Metadata headers = new Metadata();
        if (!shown.isEmpty()) {
          headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), shown);
        }
        Attributes attributes = Attributes.newBuilder().set(Connection.KEY, connection).build();
        refused(
            PUT,
            Authentication.refusal(
                Objects.requireNonNull(authentication.whyNot(attributes, headers))));
      }
    }
  }

  /** Where other requests and replies have all the room. */
  private void room() {
    Connection connection = new Unread().connection();
    Arrivals arrivals = new Arrivals(1 << 20, 16);
    arrivals.take(connection, 2 << 20);
    refused(PUT, arrivals.tooMuch());
    connection.backlog().take(Unread.MOST_EACH);
    refused(ATTACH, connection.backlog().unread("streams", 0));
  }

  private void segments() throws IOException {
    Path folder = Files.createTempDirectory("segments");
    CompletableFuture<String> made = new CompletableFuture<>();
    Segments segments = segmentsIn(folder, folder, made);
    segments.make(1, "name", ElementType.ELEMENT_TYPE_INT8, 1, 65);
    made.join();
    Ref prices = Ref.newBuilder().setName("prices").setIncarnation(1).build();
    Connection tcp = new Unread().connection();
    SharedMemoryLocateResponse found =
        SharedMemoryLocateResponse.newBuilder().setRef(prices).build();
    String locate = "SharedMemoryService/Locate";
    thrown(locate, () -> new LocateMethod(segments).serve(found, found, tcp, answer -> {}));
    Files.delete(segments.locate(prices).toCompletableFuture().join());
    CompletableFuture<Refusal> lost = new CompletableFuture<>();
    var unused =
        segments
            .locate(prices)
            .whenComplete((path, e) -> lost.complete(LocateMethod.refusal("prices", e)));
    refused(locate, lost.join());
    refused(
        locate,
        LocateMethod.refusal(
            "prices",
            new UncheckedIOException(
                new FileSystemException(
                    "/dev/shm/polyproc-0123456789abcdef-s", null, "Too many open files"))));
    refused(
        locate,
        LocateMethod.refusal("prices", new OutOfMemoryError("unable to create native thread")));
    refused(locate, NodeCalls.tooMany(100_000));
    segments.close();
    Files.delete(folder);
  }

  private static Segments segmentsIn(Path folder, Path beside, CompletableFuture<String> told) {
    return SegmentFiles.in(
            folder, beside.resolve("segments"), (file, content) -> Files.writeString(file, content))
        .make(
            new Reports() {
              @Override
              public void made(long memory) {
                told.complete("");
              }

              @Override
              public void failed(long memory, boolean isFull, String sentence) {
                told.complete(sentence);
              }
            });
  }

  /** What becomes of a real segment that cannot be made. */
  static String notMade(Path folder, long bytes) {
    try {
      CompletableFuture<String> sentence = new CompletableFuture<>();
      Path beside = Files.createTempDirectory("segments");
      Segments segments = segmentsIn(folder, beside, sentence);
      segments.make(1, "name", ElementType.ELEMENT_TYPE_FLOAT64, 1, bytes);
      String told = sentence.join();
      segments.close();
      Files.delete(beside);
      return told;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void methods(InProcess daemon) {
    UnknownMethods unknown = new UnknownMethods(daemon.engine().operations().services());
    for (String method : List.of("EventService/Delete", "QueueService/Push", "Queues/Put")) {
      refused(method, unknown.refusal("polyproc.v1." + method));
    }
  }

  private void requests(InProcess daemon) {
    var stream =
        QueueServiceGrpc.getPutMethod().toBuilder().setType(MethodType.CLIENT_STREAMING).build();
    BlockingQueue<Status> ends = new LinkedBlockingQueue<>();
    StreamObserver<QueuePutRequest> two =
        ClientCalls.asyncClientStreamingCall(
            daemon.channel().newCall(stream, CallOptions.DEFAULT), ended(ends));
    two.onNext(QueuePutRequest.getDefaultInstance());
    two.onNext(QueuePutRequest.getDefaultInstance());
    examples.add(PUT, next(ends));
    ProcessOutputRequest output = ProcessOutputRequest.newBuilder().setProcess("p").build();
    thrown(
        "ProcessService/Output",
        () -> {
          var unused =
              ProcessServiceGrpc.newBlockingStub(daemon.channel()).output(output).hasNext();
        });
  }

  private void attach(InProcess daemon) {
    BlockingQueue<Status> ends = new LinkedBlockingQueue<>();
    var sessions = SessionServiceGrpc.newStub(daemon.channel());
    sessions.attach(ended(ends)).onNext(SessionAttachRequest.getDefaultInstance());
    examples.add(ATTACH, next(ends));
    String session =
        SessionServiceGrpc.newBlockingStub(daemon.channel())
            .open(SessionOpenRequest.getDefaultInstance())
            .getSession();
    Call get = Call.newBuilder().setSequence(1).setMethodNumber(101).build();
    sessions
        .attach(ended(ends))
        .onNext(
            SessionAttachRequest.newBuilder()
                .setSession(session)
                .setAttachment(1)
                .addCalls(get.toBuilder().setSequence(0))
                .addCalls(get.toBuilder().setMethodNumber(9_999))
                .addCalls(get.toBuilder().setDeadline(Duration.getDefaultInstance()))
                .build());
    for (int i = 0; i < 3; i++) {
      examples.add(ATTACH, next(ends));
    }
  }

  private static Status next(BlockingQueue<Status> ends) {
    try {
      return Objects.requireNonNull(ends.poll(30, TimeUnit.SECONDS), "a refusal in time");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Notes how calls end, those of a frame too. */
  private static <R> StreamObserver<R> ended(BlockingQueue<Status> ends) {
    return new StreamObserver<>() {
      @Override
      public void onNext(R reply) {
        if (reply instanceof SessionAttachResponse frame) {
          frame.getRepliesList().forEach(each -> ends.add(each.getError()));
        }
      }

      @Override
      public void onError(Throwable failure) {
        ends.add(Objects.requireNonNull(StatusProto.fromThrowable(failure)));
      }

      @Override
      public void onCompleted() {}
    };
  }
}
