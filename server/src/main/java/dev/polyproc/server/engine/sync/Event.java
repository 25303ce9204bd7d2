package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.EventState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.EventWaitResponse;
import dev.polyproc.v1.ObjectKind;
import java.util.List;

/**
 * A flag, and who waits for it to be set.
 *
 * <p><b>Invariant</b>: nobody waits while it is set.
 */
final class Event extends ManagedObject {
  static final Kind<Event> KIND = new Kind<>(ObjectKind.OBJECT_KIND_EVENT, Event.class);

  private final Waiters<Awaiter> line = new Waiters<>(this);
  private boolean set;

  Event(Header header) {
    super(header);
  }

  static Event restored(Header header, EventState state) {
    Event event = new Event(header);
    event.set = state.getSet();
    return event;
  }

  boolean isSet() {
    return set;
  }

  /** Sets or clears it; answers whether it was set before. */
  boolean set(boolean now) {
    boolean before = set;
    set = now;
    advance();
    return before;
  }

  /** Waits until it is set. */
  Answer await(Invocation call, long timeout) {
    return set ? reply(true) : world().waiting().park(new Awaiter(call), timeout, line);
  }

  private static Answer reply(boolean set) {
    return Answer.of(EventWaitResponse.newBuilder().setSet(set).build());
  }

  /** A Wait. */
  static final class Awaiter extends Parked {
    Awaiter(Invocation call) {
      super(call);
    }

    @Override
    protected Answer expired() {
      return reply(false);
    }

    @Override
    protected void save(ParkedState.Builder state) {
      state.setEventWaiter(true);
    }
  }

  @Override
  public void advance() {
    if (set) {
      line.drain(waiter -> waiter.answer(reply(true)));
    }
  }

  @Override
  protected void deleted() {}

  @Override
  public List<Waiters<?>> lines() {
    return List.of(line);
  }

  @Override
  protected String summary() {
    return set ? "set" : "not set";
  }

  @Override
  protected void save(ObjectState.Builder state) {
    state.setEvent(EventState.newBuilder().setSet(set));
  }

  @Override
  protected void check() {
    World.require(!set || line.isEmpty(), "nobody waits for an event that is set");
  }
}
