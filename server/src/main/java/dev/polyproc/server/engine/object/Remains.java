package dev.polyproc.server.engine.object;

import dev.polyproc.internal.v1.RemainState;
import dev.polyproc.server.engine.session.SessionRemains;
import dev.polyproc.server.engine.time.Turn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;

/**
 * What has ended, and gives back what it had: in the entry that ends it, as far as its turn
 * reaches, and in later ones. What ended last goes first, as it does where one thing ends with
 * another.
 */
public final class Remains {
  private final Turn turn;
  private final Deque<Ended> all = new ArrayDeque<>();

  Remains(Turn turn) {
    this.turn = turn;
  }

  /** Something that has ended. */
  public interface Ended {
    /** Gives back a part of what it had; false when nothing is left. */
    boolean giveBackSome();

    /** Goes on giving back, in a later entry. */
    default void inLaterTurn(Runnable piece) {
      piece.run();
    }

    /** What is left of it, in a message that is made later. */
    public Supplier<RemainState> save();
  }

  /** Whether something has not given back all that it had. */
  public boolean has(Ended ended) {
    return all.contains(ended);
  }

  /** Whether an object serves whom it can when all has come back from a session. */
  boolean isAwaitedBy(ManagedObject object) {
    return all.stream()
        .anyMatch(ended -> ended instanceof SessionRemains session && session.awaits(object));
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** Something has ended. */
  public void begin(Ended ended) {
    all.push(ended);
    giveBack(ended);
  }

  /** Goes on with what ended in earlier entries. */
  public void goOn() {
    while (!turn.isOver() && !all.isEmpty()) {
      Ended last = all.element();
      last.inLaterTurn(() -> giveBack(last));
    }
  }

  private void giveBack(Ended ended) {
    while (!turn.isOver()) {
      turn.spend(1);
      if (!ended.giveBackSome()) {
        // What ended with it is done with, or the turn would be over.
        World.require(all.element() == ended, "what ended last has given back all");
        all.pop();
        return;
      }
    }
  }

  /** What is left of each, the one that goes on first first. */
  public List<Supplier<RemainState>> save() {
    List<Supplier<RemainState>> saved = new ArrayList<>(all.size());
    for (Ended ended : all) {
      saved.add(ended.save());
    }
    return saved;
  }

  /** Adds one behind those that were restored before. */
  public void restore(Ended ended) {
    all.addLast(ended);
  }

  /** The objects among them. */
  List<ManagedObject> objects() {
    List<ManagedObject> objects = new ArrayList<>();
    for (Iterator<Ended> i = all.iterator(); i.hasNext(); ) {
      if (i.next() instanceof DeletedObject deleted) {
        objects.add(deleted.object());
      }
    }
    return objects;
  }
}
