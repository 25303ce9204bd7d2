package dev.polyproc.server.engine.object;

import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.Party;
import dev.polyproc.v1.Ref;
import java.util.Iterator;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The objects by name, in the order in which they were created. */
public final class Directory implements Iterable<ManagedObject> {
  private static final String LIFETIME = "LIFETIME_";

  private final World world;
  private final OrderedTable<String, ManagedObject> objects = new OrderedTable<>();
  private long deletions;

  Directory(World world) {
    this.world = world;
  }

  /** An object, and whether it is new. */
  public record Created<T>(T object, boolean isNew) {}

  /** The object of a kind that a call means by a name: of the incarnation that the call says. */
  public <T extends ManagedObject> T find(
      ManagedObject.Kind<T> kind, String name, Invocation call) {
    return checked(kind, find(name, call.incarnation()));
  }

  /** The object of a kind that has a name and an incarnation; 0: any. */
  public <T extends ManagedObject> T find(
      ManagedObject.Kind<T> kind, String name, long incarnation) {
    return checked(kind, find(name, incarnation));
  }

  /** The object of a kind that has a name now. */
  public <T extends ManagedObject> T find(ManagedObject.Kind<T> kind, String name) {
    return checked(kind, find(name, 0));
  }

  private static <T extends ManagedObject> T checked(
      ManagedObject.Kind<T> kind, ManagedObject object) {
    if (!kind.type().isInstance(object)) {
      throw Refusal.wrongKind(object.name(), kind.kind(), object.ref().getKind());
    }
    return kind.type().cast(object);
  }

  /** The object of a name and an incarnation; 0: of any. */
  public ManagedObject find(String name, long incarnation) {
    ManagedObject object = existing(name);
    if (incarnation != 0 && (object == null || object.number() != incarnation)) {
      throw gone(name, incarnation);
    }
    if (object == null) {
      Names.check(name, world.limits());
      throw Refusal.notFound(name);
    }
    return object;
  }

  /** The object of a name is not there any more that had an incarnation. */
  Refusal gone(String name, long incarnation) {
    return world.clock().isBeforeStart(incarnation)
        ? Refusal.lostInRestart(name)
        : Refusal.deleted(name);
  }

  /**
   * Whether there is no object of a name, where the call means any of that name: one that was there
   * may have ended by itself, as a lock per key does.
   */
  public boolean isAbsent(String name, Invocation call) {
    if (call.incarnation() != 0 || existing(name) != null) {
      return false;
    }
    Names.check(name, world.limits());
    return true;
  }

  /** The object of a name; null when there is none, or one that is about to go. */
  public @Nullable ManagedObject existing(String name) {
    ManagedObject object = objects.get(name);
    return object == null || isAboutToGo(object) ? null : object;
  }

  /** The same, or one that is about to go. */
  public @Nullable ManagedObject existingStill(String name) {
    return objects.get(name);
  }

  /** Whether an object is to go in a later entry, because of one before: nobody finds it. */
  public boolean isAboutToGo(ManagedObject object) {
    return object.isGone() || (object.isReferenced() && world.references().isAboutToGo(object));
  }

  public int size() {
    return objects.size();
  }

  /** The object of a number; null when it is not there. */
  public @Nullable ManagedObject numbered(long number) {
    Iterator<ManagedObject> found = objects.after(number - 1);
    ManagedObject first = found.hasNext() ? found.next() : null;
    return first != null && first.number() == number ? first : null;
  }

  /** Those that were created after the object of a number. */
  public Iterator<ManagedObject> after(long number) {
    return objects.after(number);
  }

  @Override
  public Iterator<ManagedObject> iterator() {
    return objects.iterator();
  }

  /**
   * Gets or creates an object.
   *
   * @param name empty for a generated one
   * @param shape what the call asks for; called where an object of that name is there
   */
  public <T extends ManagedObject> Created<T> create(
      ManagedObject.Kind<T> kind,
      String name,
      Lifetime lifetime,
      Invocation call,
      Supplier<Shape> shape,
      Function<ManagedObject.Header, T> make) {
    Lifetime wanted =
        lifetime == Lifetime.LIFETIME_UNSPECIFIED ? Lifetime.LIFETIME_PERSISTENT : lifetime;
    if (wanted == Lifetime.UNRECOGNIZED) {
      throw Refusal.argument(
          "lifetime",
          "Expected a lifetime of the contract, but it is another; leave it out for PERSISTENT");
    }
    if (wanted == Lifetime.LIFETIME_WHILE_USED && !kind.livesWhileUsed()) {
      throw Refusal.argument(
          "lifetime",
          "Expected lifetime WHILE_USED for a lock only, but this is another kind; take PERSISTENT,"
              + " SESSION or REFERENCED");
    }
    if (!name.isEmpty() && (call.incarnation() != 0 || existing(name) != null)) {
      return found(find(kind, name, call), wanted, call, shape.get());
    }
    Caller session =
        wanted == Lifetime.LIFETIME_PERSISTENT || wanted == Lifetime.LIFETIME_WHILE_USED
            ? null
            : call.session("an object that is not of lifetime PERSISTENT");
    T object = add(kind, name, wanted, call, session, make);
    world.references().created(object, session);
    return new Created<>(object, true);
  }

  /**
   * An object that is there already, which must be of the lifetime and shape that are asked for.
   */
  public <T extends ManagedObject> Created<T> found(
      T existing, Lifetime wanted, Invocation call, Shape asked) {
    if (existing.lifetime() != wanted || !existing.shape().equals(asked)) {
      throw exists(existing, wanted, asked);
    }
    world.references().found(existing, call);
    return new Created<>(existing, false);
  }

  /** Creates an object whose name must be free. */
  public <T extends ManagedObject> T createNew(
      ManagedObject.Kind<T> kind,
      String name,
      Invocation call,
      Function<ManagedObject.Header, T> make) {
    ManagedObject existing = existing(name);
    if (existing != null) {
      throw Refusal.exists(
          name,
          "Expected no object named '"
              + name
              + "', but there is "
              + Refusal.withArticle(existing.ref().getKind())
              + " of that name; give another, or delete it by AdminService/Delete");
    }
    return add(kind, name, Lifetime.LIFETIME_PERSISTENT, call, null, make);
  }

  /** What stands in the way of a Create of another lifetime or shape. */
  public static Refusal exists(ManagedObject there, Lifetime lifetime, Shape asked) {
    return there
        .shape()
        .with("lifetime", there.lifetime(), LIFETIME)
        .exists(there.name(), asked.with("lifetime", lifetime, LIFETIME));
  }

  /**
   * Refuses where there may not be so many more objects: for those who create several at once.
   *
   * @param name the longest of their names; empty for generated ones
   */
  public void requireRoomFor(int more, String name, Invocation call) {
    world.budget().require(more * footprint(name, call));
    requireRoomFor(more);
  }

  /** The same, whatever they take out of the budget. */
  public void requireRoomFor(int more) {
    if (objects.size() + more > world.limits().getObjects()) {
      throw Refusal.limit("objects", world.limits().getObjects(), "objects");
    }
  }

  /** What an object will take out of the budget, beside what it stores. */
  public static long footprint(String name, Invocation call) {
    String longest = name.isEmpty() ? Names.LONGEST_GENERATED : name;
    return ManagedObject.footprint(longest, call.textBytes());
  }

  /**
   * Creates an object that no call asks for, as there is something to be told by it: also where
   * there are as many as there may be. Its name is one that an object may have, and free.
   */
  public <T extends ManagedObject> T createUnasked(
      ManagedObject.Kind<T> kind,
      String name,
      Lifetime lifetime,
      Function<ManagedObject.Header, T> make) {
    return add(kind, name, lifetime, Party.getDefaultInstance(), null, make);
  }

  private <T extends ManagedObject> T add(
      ManagedObject.Kind<T> kind,
      String name,
      Lifetime lifetime,
      Invocation call,
      @Nullable Caller session,
      Function<ManagedObject.Header, T> make) {
    if (!name.isEmpty()) {
      Names.check(name, world.limits());
    }
    requireRoomFor(1, name, call);
    return add(kind, name, lifetime, call.party(), session, make);
  }

  private <T extends ManagedObject> T add(
      ManagedObject.Kind<T> kind,
      String name,
      Lifetime lifetime,
      Party creator,
      @Nullable Caller session,
      Function<ManagedObject.Header, T> make) {
    long number = world.clock().nextNumber();
    String actual = name.isEmpty() ? Names.generate(kind.kind(), number, objects) : name;
    Ref ref = Ref.newBuilder().setKind(kind.kind()).setName(actual).setIncarnation(number).build();
    Caller owner = lifetime == Lifetime.LIFETIME_SESSION ? session : null;
    long now = world.clock().now();
    T object = make.apply(new ManagedObject.Header(world, ref, lifetime, now, creator, owner));
    ManagedObject before = objects.get(actual);
    if (before != null) {
      delete(before); // It was about to go.
    }
    restore(object);
    return object;
  }

  public void restore(ManagedObject object) {
    objects.add(object);
    world.budget().chargeAlways(object.footprint());
    Caller session = object.session();
    if (session != null) {
      session.hold(object);
    }
  }

  /**
   * Deletes an object; whoever waits for it is told, and what it stored is given back: now, or in
   * later entries where that is much.
   */
  public void delete(ManagedObject object) {
    if (object.isDeleted()) {
      return;
    }
    // From now on the object serves nobody, whatever those who leave give back.
    object.markDeleted();
    objects.remove(object.name());
    deletions++;
    world.budget().release(object.footprint());
    if (object.session() != null) {
      object.session().letGo(object);
    }
    world.references().deleted(object);
    object.deleted();
    world.remains().begin(new DeletedObject(object));
  }

  /** How many were deleted: what depends on which are there is found out anew when it grows. */
  public long deletions() {
    return deletions;
  }

  void check() {
    for (ManagedObject object : objects) {
      World.require(!object.isDeleted(), "a listed object is not deleted");
      if (!object.isGone()) {
        object.checkAll();
      }
    }
  }
}
