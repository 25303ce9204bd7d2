package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.SessionEnd;
import dev.polyproc.internal.v1.TenureState;
import dev.polyproc.server.engine.EngineFixture.Care;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Owner;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Tenure;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.EventWaitRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What somebody has for a while, and who that is. */
final class TenureTest {
  private static final long SECOND = 1_000_000_000L;

  private final EngineFixture world = new EngineFixture(EngineFixture.LIMITS, Care.INVARIANTS);
  private final Client a = world.session("a");
  private final Client b = world.session("b");
  private final ManagedObject object = object();
  private final List<String> ends = new ArrayList<>();
  private final long before = world.usedBytes();

  private ManagedObject object() {
    a.event("e").create().response();
    return world.engine().world().objects().find("e", 0);
  }

  /** Something that is had. */
  private final class Seat extends Tenure {
    Seat(Invocation call, long time) {
      super(object, call, time);
    }

    Seat(TenureState saved) {
      super(object, saved, number -> world.engine().sessions().numbered(number));
    }

    @Override
    protected long bytes() {
      return 100;
    }

    @Override
    protected void timeIsUp() {
      ends.add("time");
      end();
    }

    @Override
    public void sessionEnded() {
      ends.add("session");
      end();
    }

    void longer(long time) {
      extend(time);
    }

    TenureState save() {
      return saveTenure();
    }
  }

  private Invocation call(Client client, String owner) {
    Envelope envelope =
        Envelope.newBuilder().setSession(client.id()).setOwner(owner).setCallSite("Main:1").build();
    Engine engine = world.engine();
    Invocation call =
        new Invocation(
            engine.operations().byName("EventService/Wait"),
            EventWaitRequest.getDefaultInstance(),
            envelope,
            Recipient.NOBODY);
    call.session(engine.sessions().existing(client.id()));
    return call;
  }

  private Seat taken(Client client, long time) {
    Seat seat = new Seat(call(client, "main"), time);
    seat.start();
    return seat;
  }

  private void end(Client client) {
    world.observe(
        NodeEvent.newBuilder()
            .setSessionEnd(SessionEnd.newBuilder().addSessions(client.id()).setCause("the test"))
            .build());
  }

  @Test
  void shouldTellOwnersApartBySessionAndName() {
    Seat seat = taken(a, Timers.NEVER);

    assertThat(seat.owner()).isEqualTo(call(a, "main").owner());
    assertThat(seat.isOf(call(a, "main").owner())).isTrue();
    assertThat(seat.isOf(call(a, "other").owner())).isFalse();
    assertThat(seat.isOf(call(b, "main").owner())).isFalse();
  }

  @Test
  void shouldTellNobodyWithoutASession() {
    Seat seat = taken(world.anonymous(), Timers.NEVER);

    assertThat(seat.owner()).isEqualTo(call(world.anonymous(), "main").owner());
    assertThat(seat.isOf(call(world.anonymous(), "main").owner())).isFalse();
    assertThat(seat.isOrphan()).isFalse();
  }

  @Test
  void shouldTakeItsRoomUntilItEnds() {
    Seat seat = taken(a, 5 * SECOND);
    assertThat(world.usedBytes()).isGreaterThanOrEqualTo(before + 100);

    seat.end();

    assertThat(world.usedBytes()).isEqualTo(before);
    world.advance(Duration.ofSeconds(10));
    end(a);
    assertThat(ends).isEmpty();
  }

  @Test
  void shouldEndWithItsTime() {
    Seat seat = taken(a, 5 * SECOND);
    seat.longer(2 * SECOND);
    assertThat(seat.isLive(world.now() + 4 * SECOND)).isTrue();
    world.advance(Duration.ofSeconds(4));
    world.tick();
    seat.longer(5 * SECOND);
    world.advance(Duration.ofSeconds(4));
    assertThat(ends).isEmpty();

    world.advance(Duration.ofSeconds(2));

    assertThat(ends).containsExactly("time");
  }

  @Test
  void shouldNotEndWithItsTimeWhereItHasNone() {
    Seat seat = taken(a, Timers.NEVER);
    seat.longer(SECOND);

    world.advance(Duration.ofSeconds(5));

    assertThat(ends).isEmpty();
  }

  @Test
  void shouldEndWithItsSession() {
    taken(a, 5 * SECOND);

    end(b);
    assertThat(ends).isEmpty();
    end(a);

    assertThat(ends).containsExactly("session");
    world.advance(Duration.ofSeconds(10));
    assertThat(ends).hasSize(1);
  }

  @Test
  void shouldGoOnWithoutItsSessionAndStillSayWhose() {
    Seat seat = taken(a, Timers.NEVER);
    Owner owner = seat.owner();

    seat.orphan();

    assertThat(seat.isOrphan()).isTrue();
    assertThat(seat.session()).isNull();
    assertThat(seat.owner()).isEqualTo(owner);
  }

  @Test
  void shouldComeBackAsItWasSaved() {
    Seat seat = taken(a, 5 * SECOND);
    long used = world.usedBytes();
    TenureState saved = seat.save();
    seat.end();

    Seat back = new Seat(saved);
    back.start();

    assertThat(back.save()).isEqualTo(saved);
    assertThat(back.owner()).isEqualTo(seat.owner());
    assertThat(back.number()).isEqualTo(seat.number());
    assertThat(world.usedBytes()).isEqualTo(used);
    world.advance(Duration.ofSeconds(5));
    assertThat(ends).containsExactly("time");
  }
}
