package dev.polyproc.server.engine.object;

import dev.polyproc.internal.v1.RemainState;
import dev.polyproc.server.engine.time.Turn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
    Supplier<RemainState> save();

    /** The object that has ended; null where it is none. */
    default @Nullable ManagedObject object() {
      return null;
    }

    /** The number of the session that has ended; 0 where it is none. */
    default long session() {
      return 0;
    }

    /**
     * Whether something comes back, from a grant that was not confirmed, that refers to an object.
     */
    default boolean bringsBack(ManagedObject object) {
      return false;
    }

    /** Items come back to an object; it serves whom it can when all have. */
    default void comesBack(ManagedObject to) {}

    /** Whether an object serves whom it can when all has come back. */
    default boolean awaits(ManagedObject to) {
      return false;
    }
  }

  /** Whether an object serves whom it can when all has come back from a session. */
  boolean isAwaitedBy(ManagedObject object) {
    return all.stream().anyMatch(ended -> ended.awaits(object));
  }

  /** Whether something will be stored again that refers to an object. */
  boolean bringsBack(ManagedObject object) {
    return all.stream().anyMatch(ended -> ended.bringsBack(object));
  }

  /** The numbers of the sessions among them. */
  public List<Long> sessions() {
    if (all.isEmpty()) {
      return List.of();
    }
    return all.stream().map(Ended::session).filter(session -> session != 0).toList();
  }

  /** Whether a session is among them. */
  boolean hasSessions() {
    return all.stream().anyMatch(ended -> ended.session() != 0);
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** Something has ended. */
  public void begin(Ended ended) {
    begin(List.of(ended));
  }

  /** Some have ended at once; they give back in their order, however large a turn is. */
  public void begin(List<? extends Ended> ended) {
    for (int i = ended.size() - 1; i >= 0; i--) {
      all.push(ended.get(i));
    }
    for (Ended next : ended) {
      giveBack(next);
    }
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

  /** Adds an object that is deleted behind those that were restored before. */
  public void restore(ManagedObject object) {
    object.markDeleted();
    object.restoredDeleted();
    restore(new DeletedObject(object));
  }

  /** The objects among them. */
  List<ManagedObject> objects() {
    List<ManagedObject> objects = new ArrayList<>();
    for (Ended ended : all) {
      ManagedObject object = ended.object();
      if (object != null) {
        objects.add(object);
      }
    }
    return objects;
  }
}
