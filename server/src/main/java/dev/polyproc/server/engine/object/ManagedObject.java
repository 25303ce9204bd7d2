package dev.polyproc.server.engine.object;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.call.Waited;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.ObjectSummary;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What all objects with a name have in common. */
public abstract class ManagedObject implements OrderedTable.Row<String>, Holding, Waited {
  /** What the largest kind takes while it is empty, with its place in the tables. */
  private static final long BYTES = 800;

  private final Header header;
  private boolean deleted;

  /** What every object is born with; {@code session} is the one at whose end it goes, if any. */
  public record Header(
      World world,
      Ref ref,
      Lifetime lifetime,
      long created,
      Party creator,
      @Nullable Caller session) {}

  /**
   * A kind of objects: how the contract calls it, and its class.
   *
   * @param livesWhileUsed whether there may be some that live only while they are used
   */
  public record Kind<T extends ManagedObject>(
      ObjectKind kind, Class<T> type, boolean livesWhileUsed) {
    /** A kind of which none lives only while it is used. */
    public Kind(ObjectKind kind, Class<T> type) {
      this(kind, type, false);
    }
  }

  protected ManagedObject(Header header) {
    this.header = header;
  }

  public final World world() {
    return header.world();
  }

  /** The object, as others may refer to it: one that lives while it is used goes by name. */
  @Override
  public final Ref ref() {
    return lifetime() == Lifetime.LIFETIME_WHILE_USED
        ? header.ref().toBuilder().clearIncarnation().build()
        : header.ref();
  }

  @Override
  public final String name() {
    return header.ref().getName();
  }

  /** When it was created. */
  protected final long created() {
    return header.created();
  }

  public final Lifetime lifetime() {
    return header.lifetime();
  }

  /** Whether it lives as long as somebody refers to it. */
  public final boolean isReferenced() {
    return lifetime() == Lifetime.LIFETIME_REFERENCED;
  }

  public final Party creator() {
    return header.creator();
  }

  public final @Nullable Caller session() {
    return header.session();
  }

  /** Whether the object is gone; an undo or a timer may still know it. */
  public final boolean isDeleted() {
    return deleted;
  }

  /** Whether the object is deleted, or as good as: the session has ended at whose end it goes. */
  @Override
  public boolean isGone() {
    Caller owner = header.session();
    return deleted || (owner != null && owner.hasEnded());
  }

  @Override
  public final String key() {
    return name();
  }

  @Override
  public final long number() {
    return header.ref().getIncarnation();
  }

  @Override
  public final void sessionEnded() {
    world().objects().delete(this);
  }

  /** Why it refuses something. */
  protected final Refusal refusal(ErrorReason reason, String sentence) {
    return new Refusal(reason, sentence).with("object", name());
  }

  /** What an object takes out of the budget beside what it stores. */
  static long footprint(String name, long textBytes) {
    return BYTES + Footprint.of(name) + textBytes;
  }

  public final long footprint() {
    return footprint(name(), Invocation.textBytes(header.creator())) + furtherBytes();
  }

  /** What it takes out of the budget beside what every object does, and what it stores. */
  protected long furtherBytes() {
    return 0;
  }

  public final void markDeleted() {
    deleted = true;
  }

  /** It was restored, and had been deleted before: what went at once then is not to come back. */
  protected void restoredDeleted() {}

  /**
   * Serves whoever can be served now. Called after anything that may let somebody go on; calling it
   * once more does nothing.
   */
  public abstract void advance();

  @Override
  public final void goOn() {
    world().advance(this);
  }

  /** Lets go of all that can be let go of at once: it is deleted. */
  protected void deleted() {}

  /**
   * Gives back a part of what it stored, which takes a microsecond or a few: it is deleted, and its
   * waiting calls have been told.
   *
   * @return false when nothing is left
   */
  protected boolean giveBackSome() {
    return false;
  }

  /** All items have come back that did so from a session that has ended. */
  public void hasBack(long session) {}

  @Override
  public abstract List<Waiters<?>> lines();

  /** The lines in which people see calls wait for it. */
  public List<Waiters<?>> shownLines() {
    return lines();
  }

  /** What it was created as, beside its name and its lifetime. */
  protected Shape shape() {
    return Shape.PLAIN;
  }

  /** What the object is and holds, in words. */
  protected abstract String summary();

  /** What it counts, for operators. */
  protected Figures figures() {
    return Figures.NONE;
  }

  /** Does something with each value that the object stores. */
  protected void forEachValue(Consumer<Value> action) {}

  /** Who holds the object or a part of it, the oldest first. */
  public List<Holder> holders(int max) {
    return List.of();
  }

  /** Puts the object's own state into {@code state}. */
  protected abstract void save(ObjectState.Builder state);

  /** What takes an unconfirmed grant of this object back. */
  public Undo restoreUndo(UndoState state) {
    throw new IllegalStateException("Expected nothing to undo for '" + name() + "'");
  }

  /** Fails unless the object is whole. */
  protected abstract void check();

  public final ObjectState saveAll() {
    ObjectState.Builder state =
        ObjectState.newBuilder()
            .setRef(header.ref())
            .setLifetime(lifetime())
            .setCreated(header.created())
            .setCreator(header.creator());
    if (header.session() != null) {
      state.setSession(header.session().number());
    }
    save(state);
    return state.build();
  }

  public final int waiting() {
    int waiting = 0;
    for (Waiters<?> line : shownLines()) {
      waiting += line.size();
    }
    return waiting;
  }

  public final ObjectSummary summarize() {
    return ObjectSummary.newBuilder()
        .setRef(ref())
        .setSummary(summary())
        .setWaiters(waiting())
        .setCreated(Times.timestamp(header.created()))
        .setLifetime(lifetime())
        .setStoredRefs(world().references().stored(this))
        .setRetainingSessions(world().references().retaining(this))
        .addAllShape(shape().fields())
        .build();
  }

  /** The same, and what it counts. */
  public final ObjectSummary summarizeAll() {
    return summarize().toBuilder().addAllFigures(figures().all()).build();
  }

  final void checkAll() {
    for (Waiters<?> line : lines()) {
      long place = 0;
      for (Parked parked : line) {
        World.require(parked.isIn(line), "a waiter knows its line");
        World.require(parked.place() > place, "a line is in the order of its places");
        place = parked.place();
      }
    }
    check();
  }
}
