package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.internal.v1.Abandon;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictDeleteRequest;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.EventCreateRequest;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListPopRequest;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * What was large once and is empty now leaves no room behind: that would be in nobody's account,
 * and grow with every round.
 */
final class SpareRoomTest {
  private static final int ROUNDS = 20;
  private static final int MANY = 16_384;
  private static final long MOST = 1 << 20;

  private static final Limits LIMITS =
      EngineFixture.LIMITS.toBuilder()
          .setStoredBytes(1L << 30)
          .setListItems(1 << 20)
          .setWaiters(1 << 20)
          .setWindowCalls(1 << 20)
          .build();

  private final Engine engine = new Engine(EngineFixture.boot(LIMITS));

  private void apply(
      String operation, com.google.protobuf.Message request, Envelope.Builder around) {
    Operation method = engine.operations().byName(operation);
    Recipient recipient =
        (call, reply, last) -> {
          if (reply.error() != null) {
            throw new AssertionError(reply.error());
          }
        };
    engine.apply(EngineFixture.STARTED, new Invocation(method, request, around.build(), recipient));
    engine.takeTouched();
    engine.takeEffects();
  }

  private void apply(String operation, com.google.protobuf.Message request) {
    apply(operation, request, Envelope.newBuilder());
  }

  private static Value number(long number) {
    return Value.newBuilder().setInt(number).build();
  }

  private static long heap() {
    System.gc();
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private interface Round {
    void go(int round);
  }

  private void check(Round round) {
    round.go(0);
    long before = heap();
    for (int i = 1; i <= ROUNDS; i++) {
      round.go(i);
    }
    assertThat(heap() - before).isLessThan(MOST);
    engine.checkInvariants();
  }

  @Test
  void shouldKeepNoRoomOfDicts() {
    check(
        round -> {
          String dict = "dict" + round;
          apply("DictService/Create", DictCreateRequest.newBuilder().setDict(dict).build());
          for (int i = 0; i < MANY; i++) {
            apply(
                "DictService/Set",
                DictSetRequest.newBuilder()
                    .setDict(dict)
                    .setKey(number(i))
                    .setValue(number(1))
                    .build());
          }
          for (int i = MANY - 1; i >= 0; i--) {
            int key = round % 2 == 0 ? i : MANY - 1 - i; // From the end, or from the beginning.
            apply(
                "DictService/Delete",
                DictDeleteRequest.newBuilder().setDict(dict).setKey(number(key)).build());
          }
        });
  }

  @Test
  void shouldKeepNoRoomOfLists() {
    check(
        round -> {
          String list = "list" + round;
          apply("ListService/Create", ListCreateRequest.newBuilder().setList(list).build());
          for (int i = 0; i < MANY; i++) {
            apply(
                "ListService/Append",
                ListAppendRequest.newBuilder().setList(list).setValue(number(i)).build());
          }
          for (int i = 0; i < MANY; i++) {
            apply("ListService/Pop", ListPopRequest.newBuilder().setList(list).build());
          }
        });
  }

  @Test
  void shouldKeepNoRoomOfLines() {
    check(
        round -> {
          String event = "event" + round;
          apply("EventService/Create", EventCreateRequest.newBuilder().setEvent(event).build());
          for (int i = 1; i <= MANY; i++) {
            apply(
                "EventService/Wait",
                EventWaitRequest.newBuilder().setEvent(event).build(),
                Envelope.newBuilder().setTicket(i));
          }
          List<Long> all = LongStream.rangeClosed(1, MANY).boxed().toList();
          engine.world().waiting().abandon(Abandon.newBuilder().addAllTickets(all).build());
        });
  }

  @Test
  void shouldKeepNoRoomOfWindows() {
    check(
        round -> {
          String session = "session" + round;
          apply(
              "SessionService/Open",
              SessionOpenRequest.getDefaultInstance(),
              Envelope.newBuilder().setSecret(session));
          Envelope.Builder around = Envelope.newBuilder().setSession(session);
          for (int i = 1; i <= MANY; i++) {
            long sequence = round % 2 == 0 ? i : (long) i << 32;
            apply(
                "SessionService/Cancel",
                SessionCancelRequest.newBuilder().setSequence(sequence).build(),
                around);
          }
          engine
              .sessions()
              .find(session)
              .window()
              .confirm(round % 2 == 0 ? MANY + 1 : (MANY + 1L) << 32, List.of());
        });
  }
}
