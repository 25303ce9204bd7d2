package dev.polyproc.server.engine;

import dev.polyproc.internal.v1.Abandon;
import dev.polyproc.internal.v1.Origin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The calls that wait, of all objects and sessions, in the order in which they began to. */
public final class WaitingCalls implements Iterable<Parked> {
  private final World world;
  private final Map<Ticket, Parked> byTicket = new HashMap<>();
  private final TreeMap<Long, Parked> byOrder = new TreeMap<>();

  /** Tickets are told apart by where they were given: each daemon counts its own. */
  private record Ticket(Origin origin, long number) {
    static Ticket of(Call call) {
      return new Ticket(call.origin(), call.ticket());
    }
  }

  WaitingCalls(World world) {
    this.world = world;
  }

  /** Makes a waiting call of a kind of its own. */
  @FunctionalInterface
  public interface ParkedFactory {
    Parked make(
        World world, Call call, Waiters line, long order, long place, long since, long until);
  }

  /**
   * Parks a call until somebody answers it or its time runs out; a call that does not want to wait
   * is answered at once.
   *
   * @param timeout in nanoseconds, or {@link Timers#NEVER}
   * @param expired the reply when the time runs out
   */
  public Reply park(Waiters line, Call call, long timeout, Supplier<Reply> expired) {
    if (timeout == 0) {
      return expired.get();
    }
    park(line, call, timeout, expired, Parked::new);
    return Reply.LATER;
  }

  /** Parks a call as a kind of its own. */
  public Parked park(
      Waiters line, Call call, long timeout, Supplier<Reply> expired, ParkedFactory factory) {
    requireRoom(call, 0);
    Clock clock = world.clock();
    long order = clock.nextOrder();
    Parked parked = factory.make(world, call, line, order, order, clock.now(), clock.in(timeout));
    register(parked, expired);
    return parked;
  }

  /**
   * Refuses where the call may not wait: for those who change something before they park.
   *
   * @param further what will be taken out of the budget beside what every waiting call takes
   */
  public void requireRoom(Call call, long further) {
    int most = world.limits().getWaiters();
    if (byOrder.size() >= most) {
      throw Refusal.limit("waiters", most, "waiting calls");
    }
    if (call.mustNotWait()) {
      throw Refusal.shuttingDown();
    }
    world.budget().require(Parked.BYTES + call.footprint() + further);
  }

  void register(Parked parked, Supplier<Reply> expired) {
    parked.charge(world.budget());
    byOrder.put(parked.order(), parked);
    Call call = parked.call();
    if (call.ticket() != 0) {
      byTicket.put(Ticket.of(call), parked);
    }
    Session session = call.session();
    if (session != null) {
      session.add(parked);
      if (call.isRecorded()) {
        session.window().waiting(call, parked);
      }
    }
    parked.start(expired);
  }

  void remove(Parked parked) {
    parked.release(world.budget());
    byOrder.remove(parked.order());
    Call call = parked.call();
    if (call.ticket() != 0) {
      byTicket.remove(Ticket.of(call));
    }
    if (call.session() != null) {
      call.session().remove(parked);
    }
  }

  /** A repeat takes the place of a waiting call over: the rpc that had it before has none. */
  void takenOver(Parked parked, Call repeat) {
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
  void abandon(Abandon event) {
    List<Parked> gone = withdraw(event.getOrigin(), event.getTicketsList());
    List<Parked> givenUp = withdraw(event.getOrigin(), event.getGivenUpList());
    world.together(
        () -> {
          gone.forEach(this::leave);
          for (Parked parked : givenUp) {
            leave(parked);
            parked.takenBack();
          }
        });
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
  void endBefore(Origin started) {
    List<Parked> gone =
        byOrder.values().stream()
            .filter(
                parked ->
                    !parked.call().isRecorded()
                        && Origins.isBefore(parked.call().origin(), started))
            .toList();
    gone.forEach(Parked::withdraw);
    world.together(() -> gone.forEach(this::leave));
  }

  private void leave(Parked withdrawn) {
    withdrawn.left();
    forget(withdrawn.call());
    world.advance(withdrawn.object());
  }

  /** The rpc of a call has ended by its own deadline: the call leaves as one that is given up. */
  void giveUp(Parked parked, Refusal refusal) {
    parked.leave();
    forget(parked.call());
    world.outgoing().send(parked.call(), Reply.of(refusal), true);
    parked.takenBack();
    world.advance(parked.object());
  }

  /**
   * Refuses waiting calls without recording it. All of them leave their lines before any gives back
   * what it has, so that nothing is handed from one to the next.
   */
  void dismiss(List<Parked> waiting, Refusal refusal) {
    waiting.forEach(Parked::withdraw);
    for (Parked parked : waiting) {
      parked.left();
      forget(parked.call());
      world.outgoing().send(parked.call(), Reply.of(refusal), true);
    }
  }

  /** A call has left without a reply that can be repeated: should it come again, it is new. */
  private static void forget(Call call) {
    if (call.session() != null && call.isRecorded()) {
      call.session().window().forgetWaiting(call.sequence());
    }
  }

  /** Tells everybody who waits at a daemon that it goes; should they call again, it is new. */
  void drain(Origin going) {
    List<Parked> told =
        byOrder.values().stream().filter(parked -> parked.call().origin().equals(going)).toList();
    world.together(
        () -> {
          dismiss(told, Refusal.shuttingDown());
          told.forEach(parked -> world.advance(parked.object()));
        });
  }

  int size() {
    return byOrder.size();
  }

  /** Those that began to wait after the one of a number. */
  Iterator<Parked> after(long order) {
    return byOrder.tailMap(order, false).values().iterator();
  }

  @Override
  public Iterator<Parked> iterator() {
    return byOrder.values().iterator();
  }
}
