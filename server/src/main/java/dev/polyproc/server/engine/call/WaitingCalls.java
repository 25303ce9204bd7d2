package dev.polyproc.server.engine.call;

import dev.polyproc.internal.v1.Abandon;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.Budget;
import dev.polyproc.server.engine.time.Clock;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Turn;
import dev.polyproc.v1.Limits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The calls that wait, of all objects and sessions, in the order in which they began to. */
public final class WaitingCalls implements Iterable<Parked> {
  private final Clock clock;
  private final Timers timers;
  private final Turn turn;
  private final Budget budget;
  private final Outgoing outgoing;
  private final Map<Ticket, Parked> byTicket = new HashMap<>();
  private final TreeMap<Long, Parked> byNumber = new TreeMap<>();

  /** Tickets are told apart by where they were given: each daemon counts its own. */
  private record Ticket(Origin origin, long number) {
    static Ticket of(Invocation call) {
      return new Ticket(call.origin(), call.ticket());
    }
  }

  /** The last part of the room is for sessions of which few calls wait. */
  private static final int PARTS = 4;

  private static final int FEW = 4;

  private int most;
  private int weights;

  public WaitingCalls(
      Limits limits, Clock clock, Timers timers, Turn turn, Budget budget, Outgoing outgoing) {
    this.most = limits.getWaiters();
    this.clock = clock;
    this.timers = timers;
    this.turn = turn;
    this.budget = budget;
    this.outgoing = outgoing;
  }

  /** From now on there may be so many. */
  public void limits(Limits limits) {
    most = limits.getWaiters();
  }

  Clock clock() {
    return clock;
  }

  Timers timers() {
    return timers;
  }

  Outgoing outgoing() {
    return outgoing;
  }

  /**
   * Parks a call until somebody answers it or its time runs out; a call that does not want to wait
   * is answered at once.
   *
   * @param timeout in nanoseconds, or {@link Timers#NEVER}
   * @param lines where it stands: the first of their objects that can serve it does
   * @return the answer of one that does not want to wait, or {@link Answer#LATER}
   */
  @SafeVarargs
  public final <W extends Parked> Answer park(W waiter, long timeout, Waiters<? super W>... lines) {
    return park(waiter, timeout, List.of(lines));
  }

  /** The same, in as many lines as there are. */
  public <W extends Parked> Answer park(
      W waiter, long timeout, List<? extends Waiters<? super W>> lines) {
    if (timeout == 0) {
      return waiter.expired();
    }
    requireRoom(waiter.call(), waiter.furtherBytes(), waiter.weight());
    waiter.begin(this, List.copyOf(lines), clock.nextNumber(), clock.now(), clock.in(timeout));
    register(waiter);
    return Answer.LATER;
  }

  /**
   * Refuses where the call may not wait: for those who change something before they park.
   *
   * @param further what will be taken out of the budget beside what every waiting call takes
   * @param weight as how many calls it will count
   */
  public void requireRoom(Invocation call, long further, int weight) {
    if (weights + weight > most) {
      throw Refusal.limit("waiters", most, "waiting calls");
    }
    Caller caller = call.session();
    int room = most - most / PARTS;
    if ((caller == null || caller.waiting() >= FEW) && weights + weight > room) {
      throw Refusal.limit(
          "waiters", room, "waiting calls beside those of sessions of which few wait");
    }
    if (call.mustNotWait()) {
      throw Refusal.shuttingDown();
    }
    budget.require(Parked.BYTES + call.footprint() + further);
  }

  /** One waits again as it did when its state was saved. */
  public void restore(Parked parked, List<Waiters<?>> lines, ParkedState saved) {
    parked.begin(this, lines, saved);
    register(parked);
  }

  private void register(Parked parked) {
    budget.chargeAlways(parked.charged());
    weights += parked.weight();
    byNumber.put(parked.number(), parked);
    Invocation call = parked.call();
    if (call.ticket() != 0) {
      byTicket.put(Ticket.of(call), parked);
    }
    Caller caller = call.session();
    if (caller != null) {
      caller.add(parked);
    }
    parked.start();
  }

  void remove(Parked parked) {
    turn.worked(parked.weight());
    budget.release(parked.charged());
    weights -= parked.weight();
    byNumber.remove(parked.number());
    Invocation call = parked.call();
    if (call.ticket() != 0) {
      byTicket.remove(Ticket.of(call));
    }
    Caller caller = call.session();
    if (caller != null) {
      caller.remove(parked);
    }
  }

  /** A repeat takes the place of a waiting call over: the rpc that had it before has none. */
  public void takenOver(Parked parked, Invocation repeat) {
    byTicket.remove(Ticket.of(parked.call()));
    parked.takenOver(repeat);
    if (repeat.ticket() != 0) {
      byTicket.put(Ticket.of(repeat), parked);
    }
  }

  /**
   * The rpcs of calls are gone: the calls leave without a trace, all of them before anything is
   * handed to anybody.
   */
  public void abandon(Abandon event) {
    List<Parked> gone = withdraw(event.getOrigin(), event.getTicketsList());
    List<Parked> givenUp = withdraw(event.getOrigin(), event.getGivenUpList());
    gone.forEach(this::leave);
    for (Parked parked : givenUp) {
      leave(parked);
      parked.takenBack();
    }
  }

  private List<Parked> withdraw(Origin origin, List<Long> tickets) {
    List<Parked> withdrawn = new ArrayList<>();
    for (long ticket : tickets) {
      Parked parked = byTicket.get(new Ticket(origin, ticket));
      if (parked != null) {
        parked.withdraw();
        withdrawn.add(parked);
      }
    }
    return withdrawn;
  }

  /**
   * A daemon has started: those calls of the runs before it on its node have left that nobody can
   * come back for, as they have no number.
   */
  public void endBefore(Origin started) {
    List<Parked> gone =
        byNumber.values().stream()
            .filter(
                parked ->
                    !parked.call().isRecorded()
                        && Origins.isBefore(parked.call().origin(), started))
            .toList();
    gone.forEach(Parked::withdraw);
    gone.forEach(this::leave);
  }

  private void leave(Parked withdrawn) {
    withdrawn.left();
    forget(withdrawn.call());
    withdrawn.leftUnanswered();
    withdrawn.advance();
  }

  /** The rpc of a call has ended by its own deadline: the call leaves as one that is given up. */
  void giveUp(Parked parked, Refusal refusal) {
    parked.leave();
    forget(parked.call());
    outgoing.send(parked.call(), Answer.of(refusal), true);
    parked.leftUnanswered();
    parked.takenBack();
    parked.advance();
  }

  /**
   * Refuses waiting calls without recording it. All of them leave their lines before any gives back
   * what it has, so that nothing is handed from one to the next.
   */
  public void dismiss(List<Parked> waiting, Refusal refusal) {
    waiting.forEach(Parked::withdraw);
    for (Parked parked : waiting) {
      parked.left();
      forget(parked.call());
      outgoing.send(parked.call(), Answer.of(refusal), true);
      parked.leftUnanswered();
    }
  }

  /** A call has left without a reply that can be repeated: should it come again, it is new. */
  private static void forget(Invocation call) {
    Caller caller = call.session();
    if (caller != null && call.isRecorded()) {
      caller.forget(call);
    }
  }

  /** Tells everybody who waits at a daemon that it goes; should they call again, it is new. */
  public void drain(Origin going) {
    List<Parked> told =
        byNumber.values().stream().filter(parked -> parked.call().origin().equals(going)).toList();
    dismiss(told, Refusal.shuttingDown());
    told.forEach(Parked::advance);
  }

  public int size() {
    return byNumber.size();
  }

  /** Those that began to wait after the one of a number. */
  public Iterator<Parked> after(long number) {
    return byNumber.tailMap(number, false).values().iterator();
  }

  @Override
  public Iterator<Parked> iterator() {
    return byNumber.values().iterator();
  }
}
