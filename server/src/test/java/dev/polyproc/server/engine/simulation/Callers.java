package dev.polyproc.server.engine.simulation;

import dev.polyproc.internal.v1.Abandon;
import dev.polyproc.internal.v1.Confirm;
import dev.polyproc.internal.v1.Drain;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.SessionEnd;
import dev.polyproc.internal.v1.Tick;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Random sessions and callers without one, and what the node sees of them. */
final class Callers {
  private static final int REMEMBERED = 60;

  private final Random random;
  private final EngineFixture world;
  private final Model model;
  private final Requests requests;
  private final boolean endsAtOnce;
  private final List<Caller> sessions = new ArrayList<>();
  private final List<Pending<?>> tickets = new ArrayList<>();

  /** A session, what it called, and how far its numbers go. */
  private static final class Caller {
    final Client client;
    final List<Pending<?>> calls = new ArrayList<>();
    long last;
    long attachment;

    Caller(Client client) {
      this.client = client;
    }
  }

  /**
   * Random callers.
   *
   * @param endsAtOnce whether what ends has given back all before the next entry: then several end
   *     as one
   */
  Callers(Random random, EngineFixture world, Model model, boolean endsAtOnce) {
    this.endsAtOnce = endsAtOnce;
    this.random = random;
    this.world = world;
    this.model = model;
    this.requests = new Requests(random, model);
  }

  // Calls.

  /** Any call. */
  Pending<?> call() {
    if (sessions.isEmpty() || random.nextInt(80) == 0) {
      return open();
    }
    if (random.nextInt(8) == 0) {
      return requests.call(face(world.anonymous()));
    }
    Caller caller = any(sessions);
    if (!model.sessions.containsKey(caller.client.id()) && random.nextInt(3) > 0) {
      sessions.remove(caller); // It calls once more, and hears that it has ended.
    }
    return switch (random.nextInt(40)) {
      case 0, 1, 2, 3 -> repeat(caller);
      case 4, 5 -> cancel(face(next(caller)), cancelled(caller));
      case 6 -> attach(caller);
      case 7 -> requests.call(face(caller.client.unnumbered()));
      case 8 -> requests.call(face(caller.client.from(anySequence(caller))));
      case 9 -> random.nextInt(6) == 0 ? face(next(caller)).end() : tooLate(caller);
      default -> requests.call(face(next(caller)));
    };
  }

  /**
   * A call of somebody who has nothing to do with what is being done.
   *
   * @param all whether all objects that are to end have
   */
  Pending<?> bystander(boolean all) {
    return requests.bystander(
        all,
        sessions.isEmpty() || random.nextInt(8) == 0
            ? world.anonymous()
            : next(any(sessions)).as("thread " + random.nextInt(2)));
  }

  private Pending<?> open() {
    SessionOpenRequest.Builder open = SessionOpenRequest.newBuilder().setClient("client");
    if (random.nextInt(3) == 0) {
      open.setProcessCredential(requests.processes().credential());
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      open.addRetained(requests.references().ref());
    }
    return world.open(open.build());
  }

  private Pending<?> repeat(Caller caller) {
    if (caller.calls.isEmpty()) {
      return requests.call(face(next(caller)));
    }
    return over(caller, caller.client).repeat(any(caller.calls));
  }

  private Pending<?> cancel(Client client, long sequence) {
    return random.nextBoolean() ? client.undo(sequence) : client.cancel(sequence);
  }

  private Pending<?> attach(Caller caller) {
    caller.attachment += random.nextInt(3);
    return caller.client.attach(caller.attachment);
  }

  /** A call over an attachment that was replaced, or will be made. */
  private Pending<?> tooLate(Caller caller) {
    return requests.call(next(caller).over(caller.attachment + 1 - random.nextInt(3)));
  }

  /** The caller's next number, mostly without a gap; now and then it confirms most before. */
  private Client next(Caller caller) {
    caller.last += random.nextInt(30) == 0 ? 1 + random.nextInt(4) : 1;
    Client next = over(caller, caller.client.from(caller.last));
    return random.nextInt(10) == 0
        ? next.havingReceivedBelow(Math.max(0, caller.last - random.nextInt(30)))
        : next;
  }

  private Client over(Caller caller, Client client) {
    return random.nextInt(3) == 0 ? client : client.over(caller.attachment);
  }

  /** The number of a call that waits, or any. */
  private long cancelled(Caller caller) {
    ModelSession session = model.sessions.get(caller.client.id());
    List<Long> waiting =
        session == null
            ? List.of()
            : session.slots.entrySet().stream()
                .filter(slot -> slot.getValue().waiting != null)
                .map(Map.Entry::getKey)
                .toList();
    return waiting.isEmpty() || random.nextInt(3) == 0 ? anySequence(caller) : any(waiting);
  }

  private long anySequence(Caller caller) {
    return Math.max(0, caller.last + 3 - random.nextInt(20));
  }

  /** The client as one of its threads, sometimes in a hurry, under a guard, or confirming. */
  private Client face(Client client) {
    Client face = client.as("thread " + random.nextInt(2));
    if (random.nextInt(15) == 0) {
      face = face.within(Duration.ofMillis(1 + random.nextInt(2_000)));
    }
    if (random.nextInt(20) == 0) {
      face = requests.guarded(face);
    }
    if (random.nextInt(40) == 0 && !client.id().isEmpty()) {
      face = face.havingReceivedBelow(random.nextInt(12));
    }
    return face;
  }

  /** The call was made, and has its reply if it did not have to wait. */
  void told(Pending<?> call) {
    if (call.prototype() instanceof SessionOpenResponse) {
      if (call.replies().get(0).hasResponse()) {
        sessions.add(new Caller(world.client(call)));
      }
      return;
    }
    if (call.envelope().getTicket() != 0) {
      remember(tickets, call);
    }
    if (call.sequence() != 0) {
      sessions.stream()
          .filter(caller -> caller.client.id().equals(call.envelope().getSession()))
          .forEach(caller -> remember(caller.calls, call));
    }
  }

  /** The daemon was restarted: it counts its tickets anew. */
  void restarted() {
    tickets.clear();
  }

  private static void remember(List<Pending<?>> calls, Pending<?> call) {
    calls.add(call);
    if (calls.size() > REMEMBERED) {
      calls.remove(0);
    }
  }

  private <T> T any(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }

  // Events.

  /** Anything that the node may see; {@code late} where the daemon may go down. */
  NodeEvent event(boolean late) {
    NodeEvent.Builder event = NodeEvent.newBuilder();
    int what = random.nextInt(100);
    if (what < 18) {
      return event.setTick(Tick.getDefaultInstance()).build();
    } else if (what < 33 && !tickets.isEmpty()) {
      Abandon.Builder abandon = Abandon.newBuilder();
      Set<Pending<?>> gone = new LinkedHashSet<>();
      for (int some = 1 + random.nextInt(3); some > 0; some--) {
        List<Pending<?>> waiting = tickets.stream().filter(Pending::isWaiting).toList();
        Pending<?> call = any(waiting.isEmpty() || random.nextInt(3) == 0 ? tickets : waiting);
        if (!gone.add(call)) {
          continue;
        }
        if (call.sequence() != 0 || random.nextBoolean()) {
          abandon.addGivenUp(call.envelope().getTicket());
        } else {
          abandon.addTickets(call.envelope().getTicket());
        }
      }
      return event.setAbandon(abandon).build();
    } else if (what < 40 || (what > 85 && random.nextBoolean())) {
      return requests.memory().event();
    } else if (what < 50 || (what < 70 && random.nextBoolean())) {
      return livingIn(requests.processes().event());
    } else if (what < 54 && late) {
      return event.setDrain(Drain.getDefaultInstance()).build();
    } else if (sessions.isEmpty()) {
      return event.build();
    }
    Caller caller = any(sessions);
    if (what < 65) {
      sessions.remove(random.nextInt(3) == 0 ? null : caller);
      SessionEnd.Builder end =
          SessionEnd.newBuilder().addSessions(caller.client.id()).setCause("killed");
      if (what < 57 && endsAtOnce && !sessions.isEmpty()) {
        end.addSessions(any(sessions).client.id()); // Of the same process.
      }
      return event.setSessionEnd(end).build();
    }
    return event.setConfirm(confirm(caller)).build();
  }

  /** The same, now and then with a session that lived in the process which has exited. */
  private NodeEvent livingIn(NodeEvent event) {
    if (!event.hasProcessExited() || !endsAtOnce || sessions.isEmpty() || random.nextInt(3) > 0) {
      return event;
    }
    NodeEvent.Builder more = event.toBuilder();
    more.getProcessExitedBuilder().addSessions(any(sessions).client.id());
    return more.build();
  }

  /** Replies arrived, in whatever order. */
  private Confirm confirm(Caller caller) {
    Confirm.Builder confirm = Confirm.newBuilder().setSession(caller.client.id());
    if (random.nextBoolean()) {
      confirm.setReceivedBelow(Math.max(0, caller.last - random.nextInt(20)));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      long first = Math.max(1, caller.last - random.nextInt(25));
      confirm.addReceived(
          SequenceRange.newBuilder().setFirst(first).setLast(first - 1 + random.nextInt(4)));
    }
    return confirm.build();
  }
}
