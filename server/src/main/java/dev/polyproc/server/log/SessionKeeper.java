package dev.polyproc.server.log;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.SessionEnd;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Knows when something was last heard of each session, and ends those that fall silent. Only the
 * end is an entry: a new leader would grant everyone a full time to live.
 *
 * <p>Nothing is kept of a session that has ended. One whose end could not be submitted is tried
 * again after another time to live.
 */
public final class SessionKeeper {
  private final Map<String, Seen> sessions = new ConcurrentHashMap<>();

  /** Those that were found speaking, and are not looked at before {@link #lookAgain}. */
  private final Map<String, Seen> speaking = new ConcurrentHashMap<>();

  private final Later later;
  private final LongSupplier nanoTime;
  private final Consumer<NodeEvent> submit;
  private final Predicate<String> speaks;

  /** What waits for the end of the last session. */
  private volatile @Nullable Runnable lastEnded;

  private static final class Seen {
    private final long timeToLive;
    private volatile long last;
    private volatile Runnable takeBack = () -> {};

    Seen(long timeToLive, long now) {
      this.timeToLive = timeToLive;
      this.last = now;
    }
  }

  /** Of sessions that live by what is heard of them. */
  public SessionKeeper(Later later, LongSupplier nanoTime, Consumer<NodeEvent> submit) {
    this(later, nanoTime, submit, session -> false);
  }

  /**
   * The same, where some sessions need not be heard. A look at one of them is the last until {@link
   * #lookAgain}, so that nothing is due for as long as it goes on speaking.
   *
   * @param speaks whether a session's client is known to speak, though nothing is heard here
   */
  public SessionKeeper(
      Later later, LongSupplier nanoTime, Consumer<NodeEvent> submit, Predicate<String> speaks) {
    this.later = later;
    this.nanoTime = nanoTime;
    this.submit = submit;
    this.speaks = speaks;
  }

  /** A session began. */
  public void opened(String session, long timeToLive) {
    Seen seen = new Seen(timeToLive, nanoTime.getAsLong());
    sessions.put(session, seen);
    checkIn(timeToLive, session, seen);
  }

  /** Something was heard of a session. */
  public void heard(String session) {
    Seen seen = sessions.get(session);
    if (seen != null) {
      seen.last = nanoTime.getAsLong();
    }
  }

  /** A session ended, one way or the other. */
  public void ended(String session) {
    speaking.remove(session);
    Seen seen = sessions.remove(session);
    if (seen != null) {
      seen.takeBack.run();
    }
    Runnable waiting = lastEnded;
    if (waiting != null && sessions.isEmpty()) {
      waiting.run();
    }
  }

  /** How many sessions live, as far as this node knows. */
  public int count() {
    return sessions.size();
  }

  /**
   * Runs {@code task}, once or more often, when no session is left: at once where there is none.
   */
  public void whenNoneIsLeft(Runnable task) {
    lastEnded = task;
    if (sessions.isEmpty()) {
      task.run();
    }
  }

  /** Whether a session lives, as far as this node knows. */
  public boolean isOpen(String session) {
    return sessions.containsKey(session);
  }

  /** Ends sessions now, all of them before anything that they had is handed to anybody. */
  public void end(Collection<String> ending, String cause) {
    Map<String, Seen> ended = new LinkedHashMap<>();
    for (String session : ending) {
      Seen seen = sessions.remove(session);
      if (seen != null) {
        speaking.remove(session);
        seen.takeBack.run();
        ended.put(session, seen);
      }
    }
    if (ended.isEmpty()) {
      return;
    }
    try {
      submit.accept(
          NodeEvent.newBuilder()
              .setSessionEnd(SessionEnd.newBuilder().addAllSessions(ended.keySet()).setCause(cause))
              .build());
    } catch (RuntimeException | Error e) {
      ended.forEach(this::lookAfterAgain);
      throw e;
    }
  }

  /** A session that could not be ended. */
  private void lookAfterAgain(String session, Seen seen) {
    if (sessions.putIfAbsent(session, seen) == null) {
      checkIn(seen.timeToLive, session, seen);
    }
  }

  /** Ends all sessions now. */
  public void endAll(String cause) {
    end(List.copyOf(sessions.keySet()), cause);
  }

  /** Looks again, in their time, after those sessions that spoke and do so no more. */
  public void lookAgain() {
    speaking.forEach(
        (session, seen) -> {
          if (!speaks.test(session) && speaking.remove(session, seen)) {
            checkIn(left(seen), session, seen);
          }
        });
  }

  private long left(Seen seen) {
    return seen.timeToLive - (nanoTime.getAsLong() - seen.last);
  }

  private void checkIn(long nanos, String session, Seen seen) {
    seen.takeBack = later.runUnlessTakenBack(nanos, () -> check(session, seen));
    if (sessions.get(session) != seen) {
      seen.takeBack.run(); // It has ended meanwhile.
    }
  }

  private void check(String session, Seen seen) {
    if (sessions.get(session) != seen) {
      return;
    }
    long left = left(seen);
    if (speaks.test(session)) {
      speaking.put(session, seen);
    } else if (left > 0) {
      checkIn(left, session, seen);
    } else {
      end(List.of(session), "nothing was heard of it for its time to live");
    }
  }
}
