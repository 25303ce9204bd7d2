package dev.polyproc.server.engine.session;

import dev.polyproc.internal.v1.RemainState;
import dev.polyproc.internal.v1.SessionState;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Remains;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.session.Window.Slot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session that has ended: what was granted to it and not confirmed is undone, then it gives up
 * what it held, in the order in which it was taken. Items that come back from it are handed out
 * when all of them have.
 */
public final class SessionRemains implements Remains.Ended {
  /** What was granted in one go comes back in parts of this part of a piece. */
  private static final int PARTS = 4;

  private final World world;
  private final Session session;
  private final Deque<Slot> undos = new ArrayDeque<>();
  private final Set<ManagedObject> returning = new LinkedHashSet<>();

  /**
   * What the grants to be undone refer to; known when somebody asks, until one is undone or void.
   */
  private @Nullable Set<Long> broughtBack;

  private long knownAt;
  private boolean done;

  public SessionRemains(World world, Session session) {
    this.world = world;
    this.session = session;
  }

  @Override
  public long session() {
    return session.number();
  }

  /** Whether all has been given back. */
  boolean isDone() {
    return done;
  }

  /** From now on the session has ended. */
  void begin() {
    undos.addAll(session.window().end());
    session.ended(this);
  }

  /** The session had ended when the state was saved, and its window was restored. */
  public void restoreUndos() {
    undos.addAll(session.window().all());
  }

  @Override
  public void comesBack(ManagedObject object) {
    returning.add(object);
  }

  @Override
  public boolean awaits(ManagedObject object) {
    return returning.contains(object);
  }

  @Override
  public boolean bringsBack(ManagedObject object) {
    if (undos.isEmpty()) {
      return false;
    }
    if (broughtBack == null || knownAt != world.objects().deletions()) {
      Set<Long> all = new TreeSet<>();
      undos.forEach(slot -> world.references().collect(Window.handedOut(slot), all));
      broughtBack = all;
      knownAt = world.objects().deletions();
    }
    return broughtBack.contains(object.number());
  }

  @Override
  public void inLaterTurn(Runnable piece) {
    world.together(piece);
  }

  @Override
  public boolean giveBackSome() {
    world.ending(this);
    boolean some = giveBackNext();
    world.ending(null);
    return some;
  }

  private boolean giveBackNext() {
    Slot slot = nextUndo();
    if (slot != null) {
      broughtBack = null;
      undoSome(slot);
      return true;
    }
    Holding held = session.oldest();
    if (held != null) {
      // Giving up an object gives up what else the session held of it.
      session.letGo(held);
      held.sessionEnded();
      return true;
    }
    ManagedObject to = nextReturning();
    if (to != null) {
      to.hasBack(session.number());
      world.advance(to);
      return true;
    }
    session.window().close();
    done = true;
    return false;
  }

  /** Whether something is left to take back that was not confirmed. */
  boolean hasUndos() {
    return !undos.isEmpty();
  }

  private void undoSome(Slot slot) {
    int before = Window.toBeUndone(slot);
    int most = Math.max(1, world.turn().piece() / PARTS);
    int left = session.window().undoSome(slot, most);
    if (left > 0) {
      undos.addFirst(slot);
    }
    world.turn().spend(before - left - 1L); // One is spent for whatever is given back.
  }

  /** What is not due any more is passed over at no cost, as it is when it is restored. */
  private @Nullable Slot nextUndo() {
    for (Slot slot = undos.poll(); slot != null; slot = undos.poll()) {
      if (Window.toBeUndone(slot) > 0) {
        return slot;
      }
      session.window().forget(slot);
    }
    return null;
  }

  private @Nullable ManagedObject nextReturning() {
    while (!returning.isEmpty()) {
      ManagedObject next = returning.iterator().next();
      returning.remove(next);
      if (!next.isDeleted()) {
        return next;
      }
    }
    return null;
  }

  @Override
  public Supplier<RemainState> save() {
    RemainState.Builder state = RemainState.newBuilder();
    for (ManagedObject object : returning) {
      if (!object.isDeleted()) {
        state.addReturning(object.number());
      }
    }
    RemainState rest = state.build();
    Supplier<SessionState> saved = session.save();
    return () -> rest.toBuilder().setSession(saved.get()).build();
  }
}
