package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.log.LateLog;
import dev.polyproc.v1.AdminProto;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.OptionsProto;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueProto;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.StreamRecorder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Methods that the node serves itself, by the first of them. */
final class NodeMethodTest {
  private static final String NAME = "AdminService/ServerInfo";
  private static final int SERVER_INFO =
      AdminProto.getDescriptor()
          .findServiceByName("AdminService")
          .findMethodByName("ServerInfo")
          .getOptions()
          .getExtension(OptionsProto.number);
  private static final int CREATE_QUEUE =
      QueueProto.getDescriptor()
          .findServiceByName("QueueService")
          .findMethodByName("Create")
          .getOptions()
          .getExtension(OptionsProto.number);

  private InProcess server;

  @BeforeEach
  void start() throws IOException {
    server = new InProcess();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void shouldAnswerWhoHasNoSession() {
    AdminServerInfoResponse info = info(server.channel());

    assertThat(info.getServer().getBoot()).isEqualTo("boot");
    assertThat(info.getServer().getPid()).isNotZero();
    assertThat(info.getServer().getContractRevision()).isNotZero();
    assertThat(info.getLimits()).isEqualTo(EngineFixture.LIMITS);
  }

  @Test
  void shouldAnswerASessionsOwnRpc() {
    AdminServerInfoResponse info = info(of(open(), 1));

    assertThat(info.getUsage().getSessions()).isEqualTo(1);
  }

  @Test
  void shouldNotServeASessionThatIsGone() {
    Channel gone = of(open(), 1);
    var unused =
        SessionServiceGrpc.newBlockingStub(gone).end(SessionEndRequest.getDefaultInstance());

    assertThatThrownBy(() -> info(gone))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND));
  }

  @Test
  void shouldMakeNoEntryAndRecordNothing() {
    Channel session = of(open(), 1);
    long before = info(session).getUsage().getEntries();
    long bytes = info(session).getUsage().getStoredBytes();

    AdminServerInfoResponse again = info(session);

    assertThat(again.getUsage().getEntries()).isEqualTo(before);
    assertThat(again.getUsage().getStoredBytes()).isEqualTo(bytes);
  }

  @Test
  void shouldServeTheCallsOfAFrameInTheirOrder() throws Exception {
    shouldServeInOrder();
  }

  @Test
  void shouldServeTheCallsOfAFrameInTheirOrderWhenTheLogIsLate() throws Exception {
    server.close();
    server = new InProcess(LateLog.withRebuilds(1, 3));
    shouldServeInOrder();
  }

  private void shouldServeInOrder() throws Exception {
    SessionAttachRequest.Builder frame = attach();
    for (long sequence = 1; sequence <= 40; sequence += 2) {
      frame.addCalls(create(sequence)).addCalls(serverInfo(sequence + 1));
    }

    List<Reply> replies = exchange(frame.build());

    assertThat(replies).hasSize(40);
    for (int i = 0; i < 40; i++) {
      assertThat(replies.get(i).getSequence()).isEqualTo(i + 1);
      if (i % 2 == 1) {
        assertThat(info(replies.get(i)).getUsage().getObjects()).isEqualTo(i / 2 + 1);
      }
    }
  }

  @Test
  void shouldServeARepeatAnew() throws Exception {
    SessionAttachRequest frame =
        attach().addCalls(serverInfo(1)).addCalls(create(2)).addCalls(serverInfo(1)).build();

    List<Reply> replies = exchange(frame);

    assertThat(replies).extracting(Reply::getSequence).containsExactly(1L, 2L, 1L);
    assertThat(info(replies.get(0)).getUsage().getObjects()).isZero();
    assertThat(info(replies.get(2)).getUsage().getObjects()).isEqualTo(1);
  }

  @Test
  void shouldLetOthersGoOnWhileTheNodeTakesItsTime() throws Exception {
    // given
    List<Runnable> later = answersLater();
    StreamRecorder<SessionAttachResponse> responses = StreamRecorder.create();
    StreamObserver<SessionAttachRequest> frames =
        SessionServiceGrpc.newStub(server.channel()).attach(responses);

    // when
    frames.onNext(attach().addCalls(serverInfo(1)).addCalls(create(2)).build());
    await().until(() -> replies(responses).size() == 1);

    // then
    assertThat(replies(responses).get(0).getSequence()).isEqualTo(2);
    server.onLoop(later.get(0));
    await().until(() -> replies(responses).size() == 2);
    assertThat(replies(responses).get(1).getSequence()).isEqualTo(1);
    frames.onCompleted();
  }

  /** From here on the node answers when it is told to: what it has to answer. */
  private List<Runnable> answersLater() {
    List<Runnable> later = new CopyOnWriteArrayList<>();
    server
        .services()
        .methods()
        .put(
            NAME,
            (request, response, from, then) -> later.add(() -> then.accept(Answer.of(response))));
    return later;
  }

  @Test
  void shouldStillAnswerWhoSendsNoMoreWhenTheNodeTakesItsTime() throws Exception {
    List<Runnable> later = answersLater();
    StreamRecorder<SessionAttachResponse> responses = StreamRecorder.create();
    StreamObserver<SessionAttachRequest> frames =
        SessionServiceGrpc.newStub(server.channel()).attach(responses);
    frames.onNext(attach().addCalls(serverInfo(1)).addCalls(create(2)).build());
    frames.onCompleted();
    await().until(() -> replies(responses).size() == 1 && later.size() == 1);
    // What the stream did at its client's end is done.
    assertThat(open()).isNotEmpty();

    server.onLoop(later.get(0));

    assertThat(responses.awaitCompletion(20, TimeUnit.SECONDS)).isTrue();
    assertThat(replies(responses)).extracting(Reply::getSequence).containsExactly(2L, 1L);
  }

  @Test
  void shouldRefuseMoreThanItMayLeaveUnansweredThoughTheirStreamsAreGone() throws Exception {
    List<Runnable> later = answersLater();
    int most = EngineFixture.LIMITS.getOpenCalls();
    SessionAttachRequest.Builder many = attach();
    for (long sequence = 1; sequence <= most; sequence++) {
      many.addCalls(serverInfo(sequence));
    }
    ClientCall<SessionAttachRequest, SessionAttachResponse> gone =
        server.channel().newCall(SessionServiceGrpc.getAttachMethod(), CallOptions.DEFAULT);
    ClientCalls.asyncBidiStreamingCall(gone, StreamRecorder.<SessionAttachResponse>create())
        .onNext(many.build());
    await().until(() -> later.size() == most);
    gone.cancel("the test ends it", null);

    assertThatThrownBy(() -> info(server.channel()))
        .hasMessageContaining("Expected at most " + most + " calls that the daemon's node has not");

    server.onLoop(later.get(0));
    StreamRecorder<AdminServerInfoResponse> next = StreamRecorder.create();
    AdminServiceGrpc.newStub(server.channel())
        .serverInfo(AdminServerInfoRequest.getDefaultInstance(), next);
    await().until(() -> later.size() == most + 1);
    server.onLoop(later.get(most));
    assertThat(next.awaitCompletion(20, TimeUnit.SECONDS)).isTrue();
    assertThat(next.getValues()).hasSize(1);
  }

  @Test
  void shouldNotStartWhileANodesMethodHasNoHandler() {
    server.services().methods().remove(NAME);

    assertThatThrownBy(() -> server.services().definitions())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(NAME);
  }

  // The small language of these tests.

  private static AdminServerInfoResponse info(Channel channel) {
    return AdminServiceGrpc.newBlockingStub(channel)
        .serverInfo(AdminServerInfoRequest.getDefaultInstance());
  }

  private static AdminServerInfoResponse info(Reply reply) throws InvalidProtocolBufferException {
    return AdminServerInfoResponse.parseFrom(reply.getResponse());
  }

  private String open() {
    return SessionServiceGrpc.newBlockingStub(server.channel())
        .open(SessionOpenRequest.getDefaultInstance())
        .getSession();
  }

  private Channel of(String session, long sequence) {
    Metadata headers = new Metadata();
    headers.put(key("polyproc-session"), session);
    headers.put(key("polyproc-sequence"), Long.toString(sequence));
    return ClientInterceptors.intercept(
        server.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private SessionAttachRequest.Builder attach() {
    return SessionAttachRequest.newBuilder().setSession(open()).setAttachment(1);
  }

  private static Call.Builder serverInfo(long sequence) {
    return call(sequence, SERVER_INFO, AdminServerInfoRequest.getDefaultInstance().toByteString());
  }

  private static Call.Builder create(long sequence) {
    QueueCreateRequest create = QueueCreateRequest.newBuilder().setQueue("q" + sequence).build();
    return call(sequence, CREATE_QUEUE, create.toByteString());
  }

  private static Call.Builder call(long sequence, int method, ByteString request) {
    return Call.newBuilder().setSequence(sequence).setMethodNumber(method).setRequest(request);
  }

  private List<Reply> exchange(SessionAttachRequest frame) throws Exception {
    StreamRecorder<SessionAttachResponse> responses = StreamRecorder.create();
    StreamObserver<SessionAttachRequest> frames =
        SessionServiceGrpc.newStub(server.channel()).attach(responses);
    frames.onNext(frame);
    frames.onCompleted();
    assertThat(responses.awaitCompletion(20, TimeUnit.SECONDS)).isTrue();
    return replies(responses);
  }

  private static List<Reply> replies(StreamRecorder<SessionAttachResponse> responses) {
    return responses.getValues().stream()
        .flatMap(frame -> frame.getRepliesList().stream())
        .toList();
  }
}
