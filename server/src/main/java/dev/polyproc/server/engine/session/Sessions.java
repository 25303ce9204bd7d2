package dev.polyproc.server.engine.session;

import dev.polyproc.internal.v1.Confirm;
import dev.polyproc.internal.v1.SessionEnd;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.OrderedTable;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The sessions that live, in the order in which they were opened, and how they end. */
public final class Sessions implements Iterable<Session> {
  private final World world;
  private final OrderedTable<String, Session> sessions = new OrderedTable<>();

  /** A process's credential works once: one session at most is tied to a process. */
  private final Map<Long, Session> byProcess = new TreeMap<>();

  private final Credentials credentials = new Credentials();
  private final EndedSessions ended = new EndedSessions();

  public Sessions(World world) {
    this.world = world;
  }

  /** The secrets that sessions may show. */
  public Credentials credentials() {
    return credentials;
  }

  public void add(Session session) {
    sessions.add(session);
    world.budget().chargeAlways(session.footprint());
    if (session.process() != 0) {
      byProcess.put(session.process(), session);
    }
  }

  public int size() {
    return sessions.size();
  }

  /** The session of an id; null when there is none. */
  public @Nullable Session existing(String id) {
    return sessions.get(id);
  }

  /** The session of an id. */
  public Session find(String id) {
    Session session = sessions.get(id);
    if (session == null) {
      throw Refusal.sessionNotFound(whyNot(id));
    }
    return session;
  }

  private String whyNot(String id) {
    String cause = ended.cause(id);
    if (cause != null) {
      return "the one that the call names has ended: " + cause;
    }
    return world.clock().beganAfter(Secrets.madeBy(id))
        ? "the daemon was restarted since it opened the one that the call names; open one by"
            + " SessionService/Open"
        : "the one that the call names is unknown or has ended; open one by SessionService/Open";
  }

  /** The session of a number; null when there is none. */
  public @Nullable Session numbered(long number) {
    Iterator<Session> found = sessions.after(number - 1);
    Session first = number > 0 && found.hasNext() ? found.next() : null;
    return first != null && first.number() == number ? first : null;
  }

  /** Why sessions ended, of those that ended last. */
  public EndedSessions ended() {
    return ended;
  }

  /** Those that were opened after the session of a number. */
  public Iterator<Session> after(long number) {
    return sessions.after(number);
  }

  @Override
  public Iterator<Session> iterator() {
    return sessions.iterator();
  }

  /** Ends a session by its own word, with all that it stands for. */
  void endAsAsked(Session session) {
    remove(List.of(session), "it was ended");
  }

  /** Ends a session, with all that it stands for; should it call again, it is told why. */
  public void end(Session session, String cause) {
    end(List.of(session), cause);
  }

  /** Ends sessions, all of them before anything that they had is handed to anybody. */
  private void end(List<Session> ending, String cause) {
    List<Session> living =
        ending.stream().filter(session -> existing(session.key()) == session).toList();
    living.forEach(session -> ended.add(session.key(), cause));
    remove(living, cause);
  }

  private void remove(List<Session> living, String cause) {
    for (Session session : living) {
      sessions.remove(session.key());
      world.budget().release(session.footprint());
      byProcess.remove(session.process());
    }
    Refusal told =
        new Refusal(
            ErrorReason.ERROR_REASON_SESSION_ENDED,
            "Expected the session to live, but it ended: " + cause);
    world.together(() -> giveUpAll(living, told));
    living.forEach(session -> world.outgoing().emit(new Effect.SessionEnded(session.key(), told)));
  }

  private void giveUpAll(List<Session> gone, Refusal told) {
    // Their own calls go first, so that nothing is handed to a session that is gone.
    List<Parked> waiting = new ArrayList<>();
    List<SessionRemains> left = new ArrayList<>();
    Map<Long, SessionRemains> byNumber = new TreeMap<>();
    for (Session session : gone) {
      List<Parked> theirs = new ArrayList<>(session.waitingCalls());
      waiting.addAll(theirs);
      SessionRemains remains = new SessionRemains(world, session);
      left.add(remains);
      byNumber.put(session.number(), remains);
      world.ending(remains);
      world.waiting().dismiss(theirs, told);
      world.ending(null);
    }
    left.forEach(SessionRemains::begin);
    world.remains().begin(left);
    for (Parked parked : waiting) {
      Caller session = parked.call().session();
      advance(parked, session == null ? null : byNumber.get(session.number()));
    }
  }

  /** Those go on who stood behind a call that left: when all has come back from its session. */
  private static void advance(Parked parked, @Nullable SessionRemains left) {
    if (left == null || left.isDone()) {
      parked.advance();
    } else {
      parked.forEachObject(object -> left.comesBack((ManagedObject) object));
    }
  }

  public void end(SessionEnd event) {
    end(living(null, event.getSessionsList()), event.getCause());
  }

  private List<Session> living(@Nullable Session first, List<String> ids) {
    Set<Session> living = new LinkedHashSet<>();
    if (first != null) {
      living.add(first);
    }
    for (String id : ids) {
      Session session = sessions.get(id);
      if (session != null) {
        living.add(session);
      }
    }
    return List.copyOf(living);
  }

  /** Ends those that are tied to processes which are not there any more. */
  public void endTiedTo(Predicate<Long> isGone, String cause) {
    List<Session> tied = new ArrayList<>();
    byProcess.forEach(
        (process, session) -> {
          if (isGone.test(process)) {
            tied.add(session);
          }
        });
    end(tied, cause);
  }

  /** Their time to live begins anew, with whoever watches over them. */
  public void watchAnew() {
    for (Session session : sessions) {
      world.outgoing().emit(new Effect.SessionOpened(session.key(), session.timeToLive()));
    }
  }

  /** Ends the session that was tied to a process, if one was, and others that lived in it. */
  public void processEnded(long process, List<String> others, String cause) {
    end(living(byProcess.get(process), others), cause);
  }

  public void confirm(Confirm event) {
    Session session = sessions.get(event.getSession());
    if (session != null) {
      session.window().confirm(event.getReceivedBelow(), event.getReceivedList());
    }
  }

  public void check() {
    Set<Long> theirs = new HashSet<>();
    for (Session session : sessions) {
      session.window().check();
      session.waitingCalls().forEach(parked -> theirs.add(parked.number()));
    }
    for (Parked parked : world.waiting()) {
      boolean inSession = parked.call().session() != null;
      World.require(
          inSession == theirs.contains(parked.number()), "a session knows its waiting calls");
      World.require(
          !parked.object().isGone() || world.hasLeft(), "nobody waits for a deleted object");
    }
  }
}
