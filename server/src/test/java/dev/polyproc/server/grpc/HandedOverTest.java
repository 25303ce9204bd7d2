package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.rpc.Code;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.log.HandLog;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.OptionsProto;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import dev.polyproc.v1.Value;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What streams do while the log has what they handed over and has not applied it. */
final class HandedOverTest {
  private static final int WINDOW = EngineFixture.LIMITS.getWindowCalls();

  private final HandLog log = new HandLog();
  private InProcess server;
  private String session;

  @BeforeEach
  void start() throws IOException {
    server = new InProcess(log.factory());
    var unused =
        QueueServiceGrpc.newBlockingStub(server.channel())
            .create(QueueCreateRequest.newBuilder().setQueue("jobs").build());
    session =
        SessionServiceGrpc.newBlockingStub(server.channel())
            .open(SessionOpenRequest.getDefaultInstance())
            .getSession();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void shouldAttachWhenTheLogIsLate() {
    log.hold();
    Stream stream = new Stream(attach(1).addCalls(put(1)));
    await().until(() -> log.waiting() == 1);
    assertThat(stream.frames).isEmpty();

    log.letGo();

    await().until(() -> stream.replies() == 1);
    assertThat(stream.frames.get(0).getAttached()).isTrue();
  }

  @Test
  void shouldRefuseAnAttachmentWhenTheLogIsLate() {
    Stream first = new Stream(attach(2));
    await().until(() -> first.frames.size() == 1);
    log.hold();
    Stream second = new Stream(attach(1).addCalls(put(1)));
    await().until(() -> log.waiting() == 1);

    log.letGo();

    await().until(() -> second.ended != null);
    assertThat(Status.fromThrowable(second.ended).getCode())
        .isEqualTo(Status.fromCodeValue(Code.INVALID_ARGUMENT_VALUE).getCode());
    first.send(SessionAttachRequest.newBuilder().addCalls(put(1)));
    await().until(() -> first.replies() == 1);
  }

  @Test
  void shouldAnswerWhatWasHandedOverBeforeTheClientSaidItsLast() {
    log.hold();
    Stream stream = new Stream(attach(1).addCalls(put(1)).addCalls(put(2)));
    stream.requests.onCompleted();
    await().until(() -> log.waiting() == 1);

    log.letGo();

    await().until(() -> stream.completed);
    assertThat(stream.replies()).isEqualTo(2);
  }

  @Test
  void shouldGoOnAfterRoomWasMadeWhileTheLogHadTheCallThatFindsNone() {
    // given
    Stream stream = new Stream(attach(1));
    SessionAttachRequest.Builder full = SessionAttachRequest.newBuilder();
    for (int sequence = 1; sequence <= WINDOW; sequence++) {
      full.addCalls(put(sequence));
    }
    stream.send(full);
    await().until(() -> stream.replies() == WINDOW);

    // when
    log.hold();
    stream.send(SessionAttachRequest.newBuilder().addCalls(put(WINDOW + 1)));
    await().until(() -> log.waiting() == 1);
    var alive =
        SessionServiceGrpc.newFutureStub(confirming(WINDOW + 1))
            .keepAlive(SessionKeepAliveRequest.getDefaultInstance());
    await().until(() -> log.waiting() > 1);
    log.letGo();

    // then
    await().until(() -> stream.replies() == WINDOW + 1);
    await().until(alive::isDone);
  }

  private Channel confirming(long below) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("polyproc-session", Metadata.ASCII_STRING_MARSHALLER), session);
    headers.put(
        Metadata.Key.of("polyproc-received-below", Metadata.ASCII_STRING_MARSHALLER),
        Long.toString(below));
    return ClientInterceptors.intercept(
        server.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private SessionAttachRequest.Builder attach(long number) {
    return SessionAttachRequest.newBuilder().setSession(session).setAttachment(number);
  }

  private static Call put(long sequence) {
    int number =
        dev.polyproc.v1.QueueProto.getDescriptor()
            .findServiceByName("QueueService")
            .findMethodByName("Put")
            .getOptions()
            .getExtension(OptionsProto.number);
    return Call.newBuilder()
        .setSequence(sequence)
        .setMethodNumber(number)
        .setRequest(
            QueuePutRequest.newBuilder()
                .setQueue("jobs")
                .setItem(Value.newBuilder().setInt(sequence))
                .build()
                .toByteString())
        .build();
  }

  /** A stream of the session, and what came over it. */
  private final class Stream implements StreamObserver<SessionAttachResponse> {
    private final List<SessionAttachResponse> frames = new CopyOnWriteArrayList<>();
    private final StreamObserver<SessionAttachRequest> requests =
        SessionServiceGrpc.newStub(server.channel()).attach(this);
    private volatile @Nullable Throwable ended;
    private volatile boolean completed;

    Stream(SessionAttachRequest.Builder first) {
      send(first);
    }

    void send(SessionAttachRequest.Builder frame) {
      requests.onNext(frame.build());
    }

    int replies() {
      return frames.stream().mapToInt(SessionAttachResponse::getRepliesCount).sum();
    }

    @Override
    public void onNext(SessionAttachResponse frame) {
      frames.add(frame);
    }

    @Override
    public void onError(Throwable why) {
      ended = why;
    }

    @Override
    public void onCompleted() {
      completed = true;
    }
  }
}
