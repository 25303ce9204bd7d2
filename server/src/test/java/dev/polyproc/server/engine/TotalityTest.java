package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import dev.polyproc.contract.RandomMessages;
import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.State;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.time.Turn;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No request makes the engine throw, whatever is in it and around it; what is refused changes
 * nothing; and all of it can be replayed.
 */
final class TotalityTest {
  private static final int ENTRIES = 4_000;

  private EngineFixture world = inPieces(Turn.PIECE);
  private int secrets;
  private final TreeMap<String, Integer> answered = new TreeMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldAnswerWhateverComes(long seed) {
    answerWhateverComes(seed);
  }

  /** Nearly every entry comes while others have left some of their work. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 16})
  void shouldAnswerWhateverComesBetweenPieces(int piece) {
    world = inPieces(piece);
    answerWhateverComes(piece);
  }

  private static EngineFixture inPieces(int piece) {
    return new EngineFixture(
        EngineFixture.bootAtZero(
            EngineFixture.LIMITS.toBuilder()
                .setStoredBytes(100_000)
                .setObjects(30)
                .setSessions(8)
                .setWaiters(50)
                .build()),
        EngineFixture.Care.INVARIANTS,
        piece);
  }

  private void answerWhateverComes(long seed) {
    Random random = new Random(seed);
    RandomMessages messages = new RandomMessages(random);
    List<Operation> operations = operations();
    while (world.replay().size() < ENTRIES) {
      world.stall(java.time.Duration.ofMillis(random.nextInt(100)));
      if (random.nextInt(20) == 0) {
        open(SessionOpenRequest.newBuilder().setClient("sane").build());
      } else if (random.nextInt(15) == 0) {
        NodeEvent event = (NodeEvent) messages.fill(NodeEvent.newBuilder(), 3);
        if (event.hasBoot()) {
          world.observe(withSaneLimits(event));
        } else if (!event.hasDrain()) {
          world.observe(event);
        }
      } else {
        call(operations.get(random.nextInt(operations.size())), messages, random);
      }
    }

    assertThat(answered.keySet())
        .as("methods that were not always refused")
        .hasSizeGreaterThan(operations.size() / 5);
    Replay.Snapshot now = world.replay().snapshot(world.engine());
    Replay.Snapshot again = world.replay().through(List.of(world.replay().beginning(), now)).get(1);
    assertThat(Replay.hash(again))
        .as(() -> Replay.difference(now, again))
        .isEqualTo(Replay.hash(now));
    assertThat(world.replay().through(List.of(now)).get(0)).isEqualTo(now);
  }

  private List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    for (var service : world.engine().operations().services()) {
      for (var method : service.getMethods()) {
        Operation operation =
            world.engine().operations().byName(service.getName() + "/" + method.getName());
        if (operation.hasHandler()) {
          operations.add(operation);
        }
      }
    }
    return operations;
  }

  private void open(SessionOpenRequest request) {
    Envelope envelope =
        Envelope.newBuilder()
            .setMethod(1)
            .setRequest(request.toByteString())
            .setSecret("secret-" + (secrets + 1))
            .setTicket(world.nextTicket())
            .build();
    if (!world
        .apply(new Pending<>(envelope, SessionOpenResponse.getDefaultInstance()))
        .isRefused()) {
      secrets++;
    }
  }

  private void call(Operation operation, RandomMessages messages, Random random) {
    Message request =
        messages.fill(DynamicMessage.newBuilder(operation.descriptor().getInputType()), 4);
    Envelope envelope =
        around(random, messages)
            .setMethod(operation.number())
            .setRequest(request.toByteString())
            .setFingerprint(request.hashCode())
            .setSecret("secret-" + (secrets + 1))
            .setTicket(world.nextTicket())
            .build();
    Pending<DynamicMessage> call =
        new Pending<>(
            envelope, DynamicMessage.getDefaultInstance(operation.descriptor().getOutputType()));
    boolean timePassed = world.engine().nextDeadline() <= world.now();
    State before = States.withoutMemory(world.engine().snapshot().toState());
    if (operation.isRead()) {
      world.read(call);
    } else {
      world.apply(call);
    }
    if (!call.isRefused() && operation.name().equals("SessionService/Open")) {
      secrets++;
    }
    if (call.isRefused() && !timePassed) {
      assertThat(call.sentence()).as(operation.name()).startsWith("Expected ").contains(", but ");
      States.requireEqual(
          operation.name() + " " + request + " to be left",
          before,
          States.withoutMemory(world.engine().snapshot().toState()));
    } else {
      answered.merge(operation.name(), 1, Integer::sum);
    }
  }

  private NodeEvent withSaneLimits(NodeEvent boot) {
    Boot.Builder sane = boot.getBoot().toBuilder().setLimits(world.engine().boot().getLimits());
    return boot.toBuilder().setBoot(sane).build();
  }

  /** Mostly something sane, for otherwise nothing else would be seen of the request. */
  private Envelope.Builder around(Random random, RandomMessages messages) {
    Envelope.Builder envelope =
        random.nextInt(6) == 0
            ? ((Envelope) messages.fill(Envelope.newBuilder(), 2)).toBuilder()
            : Envelope.newBuilder().setSequence(1 + random.nextInt(3_000));
    if (random.nextInt(4) > 0) {
      envelope.setSession("secret-" + (secrets - random.nextInt(9))).clearGuard().clearAttachment();
    }
    return envelope;
  }
}
