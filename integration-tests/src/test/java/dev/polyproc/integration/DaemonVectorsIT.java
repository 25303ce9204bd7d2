package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.polyproc.conformance.v1.DaemonStep;
import dev.polyproc.conformance.v1.DaemonVector;
import dev.polyproc.conformance.v1.ReceivedReplies;
import dev.polyproc.conformance.v1.ReceivedReply;
import dev.polyproc.contract.Vectors;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.SessionEndRequest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client of Attach may rely on, by the test vectors of all languages. */
final class DaemonVectorsIT {
  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private static Client observer;

  @BeforeAll
  static void connect() {
    observer = daemon.client();
  }

  @AfterAll
  static void close() {
    observer.close();
  }

  @TestFactory
  Stream<DynamicTest> shouldDoWhatTheVectorsSay() {
    List<DaemonVector> vectors = Vectors.daemon().getVectorsList();
    assertThat(vectors).isNotEmpty().map(DaemonVector::getName).doesNotHaveDuplicates();
    return vectors.stream()
        .map(vector -> DynamicTest.dynamicTest(vector.getName(), () -> play(vector)));
  }

  private static void play(DaemonVector vector) throws Exception {
    try (Script script = new Script()) {
      for (int i = 0; i < vector.getStepsCount(); i++) {
        script.play("step " + (i + 1), vector.getSteps(i));
      }
      script.assertNothingComes();
    }
  }

  /** A new session, a new queue, and somebody else who looks. */
  private static final class Script implements AutoCloseable {
    private final String session = observer.openSession();
    private final String queue =
        observer.queues().create(Requests.createQueue("")).getRef().getName();
    private final Map<Long, VectorStream> streams = new TreeMap<>();

    void play(String where, DaemonStep step) throws Exception {
      switch (step.getStepCase()) {
        case ATTACH ->
            streams.put(
                step.getAttach(),
                new VectorStream(daemon.get().socket(), session, step.getAttach(), queue));
        case EXPECT_ATTACHED -> stream(step.getExpectAttached()).awaitAttached();
        case SEND -> stream(step.getSend().getAttachment()).send(step.getSend());
        case EXPECT_REPLIES -> expectReplies(where, step.getExpectReplies());
        case CUT -> stream(step.getCut()).cut();
        case EXPECT_END ->
            assertThat(stream(step.getExpectEnd().getAttachment()).awaitRefusal().reason())
                .as(where)
                .isEqualTo(step.getExpectEnd().getReason());
        case EXPECT_WAITING_GETS ->
            await(where)
                .until(
                    () ->
                        observer.queues().size(Requests.size(queue)).getWaitingGets()
                            == step.getExpectWaitingGets());
        case EXPECT_ITEMS ->
            assertThat(items()).as(where).isEqualTo(step.getExpectItems().getTextsList());
        case PUT -> observer.queues().put(Requests.put(queue, Requests.text(step.getPut())));
        case END_SESSION ->
            observer
                .with(Envelope.of(session))
                .sessions()
                .end(SessionEndRequest.getDefaultInstance());
        case STEP_NOT_SET -> throw new IllegalArgumentException(where + " is of no known kind");
      }
    }

    private VectorStream stream(long attachment) {
      return Objects.requireNonNull(streams.get(attachment));
    }

    private void expectReplies(String where, ReceivedReplies expected) throws Exception {
      for (ReceivedReply reply : expected.getRepliesList()) {
        assertThat(stream(expected.getAttachment()).next(reply)).as(where).isEqualTo(reply);
      }
    }

    private List<String> items() {
      return observer
          .queues()
          .list(QueueListRequest.newBuilder().setQueue(queue).build())
          .getItemsList()
          .stream()
          .map(item -> item.getText())
          .toList();
    }

    void assertNothingComes() throws Exception {
      for (Map.Entry<Long, VectorStream> stream : streams.entrySet()) {
        assertThat(stream.getValue().rest()).as("more on %d", stream.getKey()).isEmpty();
      }
    }

    @Override
    public void close() {
      streams.values().forEach(VectorStream::close);
    }
  }
}
