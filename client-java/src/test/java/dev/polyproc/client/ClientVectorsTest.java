package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.conformance.v1.CallReply;
import dev.polyproc.conformance.v1.ClientStep;
import dev.polyproc.conformance.v1.ClientVector;
import dev.polyproc.contract.Vectors;
import dev.polyproc.testing.CuttableProxy;
import dev.polyproc.v1.Reply;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;

/** What a client of Attach owes, by the test vectors of all languages: with a scripted daemon. */
@Timeout(300)
class ClientVectorsTest {
  private static final long SECONDS = 20;

  @TestFactory
  Stream<DynamicTest> shouldDoWhatTheVectorsSay() {
    List<ClientVector> vectors = Vectors.client().getVectorsList();
    assertThat(vectors).isNotEmpty().map(ClientVector::getName).doesNotHaveDuplicates();
    return vectors.stream()
        .map(vector -> DynamicTest.dynamicTest(vector.getName(), () -> play(vector)));
  }

  private static void play(ClientVector vector) throws Exception {
    try (Script script = new Script(vector.getWindowCalls())) {
      for (int i = 0; i < vector.getStepsCount(); i++) {
        script.play("step " + (i + 1), vector.getSteps(i));
      }
      script.assertNothingComes();
    }
  }

  /** A client, and the daemon that it talks to through a network that can be cut. */
  private static final class Script implements AutoCloseable {
    private final ScriptedDaemon daemon;
    private final CuttableProxy network;
    private final BlockingQueue<SessionLostException> lost = new LinkedBlockingQueue<>();
    private final Map<String, CompletableFuture<?>> results = new HashMap<>();
    private final Polyproc client;
    private final PolyQueue<String> queue;
    private ScriptedStream stream;
    private @Nullable String cancelling;

    Script(int windowCalls) throws IOException, InterruptedException {
      daemon = new ScriptedDaemon(windowCalls);
      network = new CuttableProxy(daemon.port());
      client =
          Polyproc.builder()
              .address(network.address())
              .token("none")
              .onSessionLost(lost::add)
              .connect();
      stream = daemon.connected();
      queue = client.queue(ScriptedDaemon.QUEUE, String.class);
    }

    void play(String where, ClientStep step) throws Exception {
      switch (step.getStepCase()) {
        case PUT -> results.put(step.getPut(), queue.putAsync(step.getPut()));
        case GET -> {
          daemon.ledger().willGet(step.getGet());
          results.put(step.getGet(), queue.takeAsync());
        }
        case CANCEL -> {
          daemon.ledger().giveUp(step.getCancel());
          result(step.getCancel()).cancel(false);
        }
        case EXPECT_CALLS -> expectCalls(where, step.getExpectCalls().getCallsList());
        case REPLY -> reply(step.getReply().getRepliesList());
        case EXPECT_CONFIRMED ->
            Await.until(() -> stream.hasConfirmed(step.getExpectConfirmed().getCallsList()));
        case EXPECT_CANCEL -> {
          cancelling = step.getExpectCancel();
          Await.until(() -> stream.hasCancel(step.getExpectCancel()));
        }
        case ANSWER_CANCEL ->
            stream.answerCancel(Objects.requireNonNull(cancelling), step.getAnswerCancel());
        case EXPECT_RESULT -> expectResult(where, step.getExpectResult());
        case EXPECT_CANCELLED -> Await.until(() -> result(step.getExpectCancelled()).isCancelled());
        case CUT -> network.cut();
        case END_STREAM -> stream.end(step.getEndStream());
        case EXPECT_ATTACH -> {
          stream = daemon.nextAttaching();
          stream.take();
        }
        case REFUSE_ATTACH -> {
          stream = daemon.nextAttaching();
          stream.end(step.getRefuseAttach());
        }
        case EXPECT_LOST ->
            assertThat(lost.poll(SECONDS, TimeUnit.SECONDS))
                .as(where)
                .isNotNull()
                .extracting(PolyprocException::reason)
                .isEqualTo(step.getExpectLost());
        case BURST -> burst(step.getBurst());
        case STEP_NOT_SET -> throw new IllegalArgumentException(where + " is of no known kind");
      }
      assertThat(daemon.ledger().broken()).as(where).isEmpty();
    }

    private CompletableFuture<?> result(String call) {
      return Objects.requireNonNull(results.get(call), call);
    }

    private void expectCalls(String where, List<String> calls) {
      Await.until(() -> stream.hasArrived(calls.size()));
      assertThat(stream.takeArrived(calls.size())).as(where).isEqualTo(calls);
    }

    private void reply(List<CallReply> replies) {
      List<Reply> frame = new ArrayList<>();
      replies.forEach(
          reply -> frame.add(ScriptedReplies.of(daemon.ledger().numberOf(reply.getCall()), reply)));
      stream.send(frame);
    }

    private void expectResult(String where, CallReply expected) throws Exception {
      CompletableFuture<?> result = result(expected.getCall());
      if (expected.hasReason()) {
        assertThat(Failure.reasonOf(result)).as(where).isEqualTo(expected.getReason());
      } else {
        assertThat((Object) result.get(SECONDS, TimeUnit.SECONDS))
            .as(where)
            .isEqualTo(expected.hasItem() ? expected.getItem() : null);
      }
    }

    private void burst(int puts) throws Exception {
      stream.acceptPuts(true);
      List<CompletableFuture<?>> all = new ArrayList<>();
      for (int i = 0; i < puts; i++) {
        all.add(queue.putAsync("burst " + i));
      }
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(SECONDS, TimeUnit.SECONDS);
      stream.acceptPuts(false);
    }

    /** Nothing more: the client's last call, by which it ends its session, comes after all else. */
    void assertNothingComes() {
      client.close();
      assertThat(daemon.ledger().broken()).as("at the end").isEmpty();
      assertThat(stream.takeArrived(1)).as("calls that the script does not have").isEmpty();
      assertThat(daemon.isAttachedTo()).as("an attachment that the script does not have").isFalse();
      assertThat(lost).isEmpty();
    }

    @Override
    public void close() throws IOException {
      client.close();
      network.close();
      daemon.close();
    }
  }
}
