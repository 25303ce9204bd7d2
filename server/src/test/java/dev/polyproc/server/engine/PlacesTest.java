package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.polyproc.internal.v1.Abandon;
import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Drain;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.EventState;
import dev.polyproc.internal.v1.LineState;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.Tick;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.EventWaitRequest;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.LockAcquireResponse;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.Ref;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls that stand in several lines at once, or move from one to another. */
final class PlacesTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<String> answers = new ArrayList<>();
  private final Engine engine = engine();
  private final Gate one = new Gate(engine, "one");
  private final Gate two = new Gate(engine, "two");
  private long now = EngineFixture.STARTED;
  private long tickets;

  private static Engine engine() {
    return new Engine(EngineFixture.boot(EngineFixture.LIMITS));
  }

  /** An object with a number of seats; the first in line goes in when there are enough for it. */
  private static final class Gate extends ManagedObject {
    private final Waiters<Guest> line = new Waiters<>(this);
    private final Waiters<Guest> other = new Waiters<>(this);
    private int seats;

    Gate(Engine engine, String name) {
      super(
          new Header(
              engine.world(),
              Ref.newBuilder()
                  .setName(name)
                  .setIncarnation(engine.world().clock().nextNumber())
                  .build(),
              Lifetime.LIFETIME_PERSISTENT,
              EngineFixture.STARTED,
              Party.getDefaultInstance(),
              null));
      world().objects().restore(this);
    }

    void open(int more) {
      seats += more;
      advance();
    }

    @Override
    public void advance() {
      for (Guest next = line.oldest(); next != null && next.wants <= seats; next = line.oldest()) {
        seats -= next.wants;
        next.answer(reply(number()));
      }
    }

    @Override
    protected void deleted() {}

    @Override
    public List<Waiters<?>> lines() {
      return List.of(other, line);
    }

    @Override
    protected String summary() {
      return "";
    }

    @Override
    protected void save(ObjectState.Builder state) {
      state.setEvent(EventState.getDefaultInstance());
    }

    @Override
    protected void check() {
      Guest next = line.oldest();
      World.require(next == null || next.wants > seats, "nobody waits for seats that are there");
    }
  }

  /** Who wants seats; at the end of its time it moves to a line, or gives up. */
  private static final class Guest extends Parked {
    private final int wants;
    private final List<Waiters<Guest>> afterwards;

    Guest(Invocation call, int wants, List<Waiters<Guest>> afterwards) {
      super(call);
      this.wants = wants;
      this.afterwards = afterwards;
    }

    @Override
    protected Answer expired() {
      afterwards.forEach(line -> line.join(this));
      return afterwards.isEmpty() ? reply(0) : Answer.LATER;
    }

    @Override
    protected void save(ParkedState.Builder state) {
      state.setSingleAcquirer(wants);
    }
  }

  private static Answer reply(long token) {
    return Answer.of(LockAcquireResponse.newBuilder().setToken(token).build());
  }

  private Recipient recipient(String who) {
    return (call, reply, last) -> answers.add(who + " " + where(reply));
  }

  private String where(Answer reply) {
    if (!(reply.response() instanceof LockAcquireResponse seated)) {
      return "refused";
    }
    long token = seated.getToken();
    return token == one.number() ? "at one" : token == two.number() ? "at two" : "nowhere";
  }

  private Invocation call(String who) {
    return call(who, Origin.getDefaultInstance());
  }

  private Invocation call(String who, Origin origin) {
    return new Invocation(
        engine.operations().byName("EventService/Wait"),
        EventWaitRequest.getDefaultInstance(),
        Envelope.newBuilder().setTicket(++tickets).setOrigin(origin).build(),
        recipient(who));
  }

  @SafeVarargs
  private Guest comes(String who, int wants, Waiters<Guest>... lines) {
    return comes(new Guest(call(who), wants, List.of()), Timers.NEVER, lines);
  }

  @SafeVarargs
  private Guest comes(Guest guest, long timeout, Waiters<Guest>... lines) {
    assertThat(engine.world().waiting().park(guest, timeout, lines)).isEqualTo(Answer.LATER);
    engine.checkInvariants();
    return guest;
  }

  private void pass(long nanos) {
    now += nanos;
    engine.apply(now, NodeEvent.newBuilder().setTick(Tick.getDefaultInstance()).build());
    engine.checkInvariants();
  }

  @Test
  void shouldBeServedByTheFirstOfSeveral() {
    comes("ann", 1, one.line, two.line);
    comes("ben", 1, one.line);

    two.open(1);

    assertThat(answers).containsExactly("ann at two");
    one.open(1);
    assertThat(answers).containsExactly("ann at two", "ben at one");
    engine.checkInvariants();
    assertThat(engine.world().waiting().size()).isZero();
  }

  @Test
  void shouldStandBeforeWhoCameLaterInEachLine() {
    comes("ann", 1, one.line);
    comes("ben", 1, two.line, one.line);
    comes("cal", 1, two.line, one.line);

    one.open(2);

    assertThat(answers).containsExactly("ann at one", "ben at one");
    two.open(1);
    assertThat(answers).last().isEqualTo("cal at two");
  }

  @Test
  void shouldLetThoseBehindItGoOnInTheOtherLines() {
    comes("ann", 2, one.line, two.line);
    comes("ben", 1, one.line);
    one.open(1);

    two.open(2);

    assertThat(answers).containsExactly("ann at two", "ben at one");
    engine.checkInvariants();
  }

  @Test
  void shouldLetThoseBehindItGoOnWhenItsTimeIsUp() {
    comes(new Guest(call("ann"), 3, List.of()), SECOND, one.line, two.line);
    comes("ben", 1, one.line);
    comes("cal", 1, two.line);
    one.open(1);
    two.open(1);

    pass(SECOND);

    assertThat(answers).containsExactly("ann nowhere", "ben at one", "cal at two");
  }

  @Test
  void shouldLetThoseBehindItGoOnWhenItIsAbandoned() {
    Guest ann = comes("ann", 3, one.line, two.line);
    comes("ben", 1, one.line);
    comes("cal", 1, two.line);
    one.open(1);
    two.open(1);

    engine.apply(
        now,
        NodeEvent.newBuilder()
            .setAbandon(Abandon.newBuilder().addTickets(ann.call().ticket()))
            .build());

    assertThat(answers).containsExactly("ben at one", "cal at two");
    engine.checkInvariants();
  }

  @Test
  void shouldLetThoseBehindItGoOnWhenItsDaemonGoesDown() {
    Origin going = Origin.newBuilder().setNode("another").setBoot("1").build();
    comes(new Guest(call("ann", going), 3, List.of()), Timers.NEVER, one.line, two.line);
    comes("ben", 1, one.line);
    comes("cal", 1, two.line);
    one.open(1);
    two.open(1);

    engine.apply(now, NodeEvent.newBuilder().setDrain(Drain.newBuilder().setOrigin(going)).build());

    assertThat(answers).containsExactly("ann refused", "ben at one", "cal at two");
    engine.checkInvariants();
  }

  @Test
  void shouldLetThoseBehindItGoOnWhenItsDaemonWasRestarted() {
    Origin before = Origin.newBuilder().setNode("another").setBoot("1").build();
    comes(new Guest(call("ann", before), 3, List.of()), Timers.NEVER, one.line, two.line);
    comes("ben", 1, one.line);
    comes("cal", 1, two.line);
    one.open(1);
    two.open(1);

    Boot.Builder again =
        EngineFixture.boot(EngineFixture.LIMITS).toBuilder()
            .setOrigin(before.toBuilder().setBoot("2"));
    engine.apply(now, NodeEvent.newBuilder().setBoot(again).build());

    assertThat(answers).containsExactly("ben at one", "cal at two");
    engine.checkInvariants();
  }

  @Test
  void shouldEndWithAnyOfItsObjects() {
    comes("ann", 2, one.line, two.line);
    comes("ben", 1, two.line);
    two.open(1);

    engine.world().objects().delete(one);

    assertThat(answers).containsExactly("ann refused", "ben at two");
    engine.checkInvariants();
  }

  @Test
  void shouldWaitOnInAnotherLineWithoutATimeLimit() {
    comes(new Guest(call("ann"), 1, List.of(two.line)), SECOND, one.other);
    comes("ben", 1, two.line);
    pass(SECOND);
    assertThat(answers).isEmpty();
    assertThat(one.waiting()).isZero();
    assertThat(two.waiting()).isEqualTo(2);

    pass(1_000 * SECOND);
    two.open(2);

    assertThat(answers).containsExactly("ben at two", "ann at two");
  }

  @Test
  void shouldBeServedAtOnceWhereItMovesWhenItCan() {
    comes(new Guest(call("ann"), 1, List.of(two.line)), SECOND, one.other);
    two.open(1);

    pass(SECOND);

    assertThat(answers).containsExactly("ann at two");
  }

  @Test
  void shouldForgetItsTimeLimitWhenItIsMoved() {
    Guest ann = comes(new Guest(call("ann"), 1, List.of()), SECOND, one.other);

    two.line.join(ann);

    pass(2 * SECOND);
    assertThat(answers).isEmpty();
    assertThat(engine.nextDeadline()).isEqualTo(Timers.NEVER);
  }

  @Test
  void shouldComeBackInAllItsLines() throws InvalidProtocolBufferException {
    Guest ann = comes("ann", 2, two.line, one.line);
    Guest ben = comes(new Guest(call("ben"), 1, List.of()), SECOND, one.line, two.other);
    ParkedState saved = ParkedState.parseFrom(ann.save().toByteArray());
    ParkedState savedLater = ParkedState.parseFrom(ben.save().toByteArray());
    long charged = engine.world().budget().used();
    engine.world().waiting().dismiss(List.of(ann, ben), Refusal.shuttingDown());
    answers.clear();

    restore(saved, "ann");
    restore(savedLater, "ben");

    engine.checkInvariants();
    assertThat(engine.world().budget().used()).isEqualTo(charged);
    assertThat(engine.world().waiting())
        .extracting(Parked::save)
        .containsExactly(saved, savedLater);
    assertThat(one.line).extracting(guest -> guest.wants).containsExactly(2, 1);
    assertThat(two.line).extracting(guest -> guest.wants).containsExactly(2);
    assertThat(two.other).hasSize(1);
    pass(SECOND);
    two.open(2);
    assertThat(answers).containsExactly("ben nowhere", "ann at two");
  }

  private void restore(ParkedState saved, String who) {
    Invocation call = engine.operations().restore(saved.getCall());
    call.answerTo(envelope -> recipient(who));
    List<Waiters<?>> lines = new ArrayList<>();
    for (LineState line : saved.getLinesList()) {
      Gate gate = line.getObject() == one.number() ? one : two;
      lines.add(gate.lines().get(line.getNumber()));
    }
    Guest guest = new Guest(call, (int) saved.getSingleAcquirer(), List.of());
    engine.world().waiting().restore(guest, lines, saved);
  }
}
