package dev.polyproc.server.engine.object;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.RetainedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who refers to the objects of lifetime REFERENCED: sessions that retain them, and stored values.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>An object that nobody refers to any more ends with the entry that made it so, or, where
 *       that has more to end than is within its turn, with a later one.
 *   <li>Where there is no such object, nothing is looked into.
 *   <li>What sessions retain comes out of the budget. Whatever changed nothing is refused where
 *       there is no room; what took a value was given room by it.
 * </ul>
 */
public final class References {
  private final World world;
  private final Map<Long, Referred> objects = new TreeMap<>();
  private final TreeMap<Long, Referred> unreferred = new TreeMap<>();

  References(World world) {
    this.world = world;
  }

  /** One object, and who refers to it. */
  private static final class Referred {
    private final ManagedObject object;
    private final Map<Long, Retained> sessions = new TreeMap<>();
    private long stored;

    Referred(ManagedObject object) {
      this.object = object;
    }
  }

  // Stored values.

  /** A value is stored. */
  public void add(Value value) {
    if (!objects.isEmpty()) {
      forEach(
          value,
          referred -> {
            referred.stored++;
            isReferred(referred);
          });
    }
  }

  /** Values are stored. */
  public void addAll(Iterable<Value> values) {
    if (!objects.isEmpty()) {
      values.forEach(this::add);
    }
  }

  /** A value is stored no longer. */
  public void remove(Value value) {
    if (!objects.isEmpty()) {
      forEach(
          value,
          referred -> {
            referred.stored--;
            World.require(referred.stored >= 0, "a ref that is removed was added");
            check(referred);
          });
    }
  }

  /** Values are stored no longer. */
  public void removeAll(Iterable<Value> values) {
    if (!objects.isEmpty()) {
      values.forEach(this::remove);
    }
  }

  private void check(Referred referred) {
    if (isUnreferred(referred)) {
      unreferred.put(referred.object.number(), referred);
    }
  }

  /** Somebody refers to it, again where nobody did. */
  private void isReferred(Referred referred) {
    if (!unreferred.isEmpty()) {
      unreferred.remove(referred.object.number());
    }
  }

  /** Whether there are objects that nobody refers to, and that have not ended. */
  boolean hasUnreferred() {
    return !unreferred.isEmpty();
  }

  /**
   * Whether nobody refers to an object any more but sessions that have ended, nor what comes back
   * from them: it goes in a later entry, unless something that is stored meanwhile refers to it.
   */
  boolean isAboutToGo(ManagedObject object) {
    Referred referred = world.hasLeft() ? objects.get(object.number()) : null;
    return referred != null
        && referred.stored == 0
        && referred.sessions.values().stream().allMatch(Retained::isAboutToGo)
        && !world.remains().bringsBack(object);
  }

  private static boolean isUnreferred(Referred referred) {
    return referred.stored == 0 && referred.sessions.isEmpty();
  }

  /**
   * Ends what nobody refers to, and what nobody refers to then; always the oldest first. As far as
   * the turn reaches: the rest ends in later entries. Sessions that have ended give all back first:
   * who waits for an object is told of that before it is told that the object is gone.
   */
  public void endUnreferred() {
    if (unreferred.isEmpty() || world.remains().hasSessions()) {
      return;
    }
    while (!unreferred.isEmpty() && !world.turn().isOver()) {
      world.turn().spend(1);
      world.objects().delete(unreferred.firstEntry().getValue().object);
    }
  }

  // Sessions.

  /** An object is new; {@code session} has created it. */
  void created(ManagedObject object, @Nullable Caller session) {
    if (object.isReferenced() && session != null) {
      restore(object);
      retain(session, object);
    }
  }

  /** A Create found its object: for its session it is as if it had created it. */
  void found(ManagedObject object, Invocation call) {
    if (object.isReferenced()) {
      Caller session = call.session("an object that is not of lifetime PERSISTENT");
      requireRoom(session, List.of(object));
      retain(session, object);
    }
  }

  /** Refuses where there is no room for the session to retain objects: nothing is changed yet. */
  public void requireRoom(Caller session, List<ManagedObject> retained) {
    requireRoom(
        session,
        added -> {
          for (ManagedObject object : retained) {
            Referred referred = objects.get(object.number());
            if (referred != null) {
              added.accept(referred);
            }
          }
        });
  }

  /** What it would take out of the budget if a new session retained objects. */
  public long bytesToRetain(List<ManagedObject> retained) {
    return retained.stream()
            .map(ManagedObject::number)
            .filter(objects::containsKey)
            .distinct()
            .count()
        * Retained.BYTES;
  }

  /**
   * Refuses a value as an answer that changed nothing, where there is no room to retain its refs.
   */
  public void requireRoom(Invocation call, Value answer) {
    Caller session = call.session();
    if (session != null && !objects.isEmpty()) {
      requireRoom(session, added -> forEach(answer, added));
    }
  }

  /** Refuses the reply to a read, where there is no room to retain its refs. */
  public void requireRoom(Invocation call, Answer reply) {
    Caller session = call.session();
    if (session != null) {
      requireRoom(session, added -> forEach(call, reply, added));
    }
  }

  private void requireRoom(Caller session, Consumer<Consumer<Referred>> all) {
    Set<Long> added = new TreeSet<>();
    all.accept(
        referred -> {
          if (!referred.sessions.containsKey(session.number())) {
            added.add(referred.object.number());
          }
        });
    if (!added.isEmpty()) {
      world.budget().require(added.size() * Retained.BYTES);
    }
  }

  /** The session retains the object once more, if that needs it. */
  public void retain(Caller session, ManagedObject object) {
    Referred referred = objects.get(object.number());
    if (referred != null) {
      retain(session, referred);
    }
  }

  private void retain(Caller session, Referred referred) {
    Retained retained = referred.sessions.get(session.number());
    if (retained == null) {
      retained =
          new Retained(
              world, session, referred.object, world.clock().nextNumber(), world.clock().now());
      referred.sessions.put(session.number(), retained);
    }
    retained.grow(1);
    isReferred(referred);
  }

  /**
   * The session retains the object less often.
   *
   * @param count how much less; 0: not at all any more
   * @return whether it retained it
   */
  public boolean drop(Caller session, ManagedObject object, long count) {
    Referred referred = objects.get(object.number());
    Retained retained = referred == null ? null : referred.sessions.get(session.number());
    if (referred == null || retained == null) {
      return false;
    }
    if (retained.shrink(count)) {
      referred.sessions.remove(session.number());
      check(referred);
    }
    return true;
  }

  /** What a reply had handed to the session went back: it retains it once less. */
  public void drop(Caller session, Value value) {
    if (!objects.isEmpty()) {
      forEach(value, referred -> drop(session, referred.object, 1));
    }
  }

  /** Whether a session retains the object, or a stored value refers to it. */
  public boolean isReferred(ManagedObject object) {
    Referred referred = objects.get(object.number());
    return referred != null && !isUnreferred(referred) && !isAboutToGo(object);
  }

  /** Who retains the object, in the order in which the sessions were opened. */
  public List<Holder> holders(ManagedObject object, int max) {
    Referred referred = objects.get(object.number());
    return referred == null
        ? List.of()
        : referred.sessions.values().stream()
            .filter(retained -> !retained.isAboutToGo())
            .limit(max)
            .map(Retained::describe)
            .toList();
  }

  long stored(ManagedObject object) {
    Referred referred = objects.get(object.number());
    return referred == null ? 0 : referred.stored;
  }

  int retaining(ManagedObject object) {
    Referred referred = objects.get(object.number());
    return referred == null
        ? 0
        : (int)
            referred.sessions.values().stream().filter(retained -> !retained.isAboutToGo()).count();
  }

  // Replies.

  /** A reply goes out: its session retains what it is handed refs to. */
  public void handOut(Invocation call, Answer reply) {
    Caller session = call.session();
    if (session != null) {
      forEach(call, reply, referred -> retain(session, referred));
    }
  }

  /** Whether a reply to a read hands out refs to what its session would retain. */
  public boolean wouldRetain(Invocation call, Answer reply) {
    if (call.session() == null) {
      return false;
    }
    boolean[] found = new boolean[1];
    forEach(call, reply, referred -> found[0] = true);
    return found[0];
  }

  private void forEach(Invocation call, Answer reply, Consumer<Referred> action) {
    Message response = reply.response();
    if (response != null && !objects.isEmpty()) {
      call.operation().answeredValues().forEach(response, value -> forEach(value, action));
    }
  }

  // Refs.

  private void forEach(Value value, Consumer<Referred> action) {
    switch (value.getKindCase()) {
      case REF -> find(value.getRef(), action);
      case OPAQUE -> value.getOpaque().getRefsList().forEach(ref -> find(ref, action));
      case LIST -> value.getList().getValuesList().forEach(inner -> forEach(inner, action));
      case TUPLE -> value.getTuple().getValuesList().forEach(inner -> forEach(inner, action));
      case MAP ->
          value
              .getMap()
              .getEntriesList()
              .forEach(
                  entry -> {
                    forEach(entry.getKey(), action);
                    forEach(entry.getValue(), action);
                  });
      default -> {
        // It refers to nothing.
      }
    }
  }

  /** Notes the numbers of the objects that values refer to. */
  public void collect(Iterable<Value> values, Set<Long> into) {
    if (!objects.isEmpty()) {
      values.forEach(value -> forEach(value, referred -> into.add(referred.object.number())));
    }
  }

  /** A ref to what is gone refers to nothing, and always will: no incarnation comes back. */
  private void find(Ref ref, Consumer<Referred> action) {
    Referred referred = objects.get(ref.getIncarnation());
    if (referred != null && referred.object.name().equals(ref.getName())) {
      action.accept(referred);
    }
  }

  // The objects.

  public void restore(ManagedObject object) {
    if (object.isReferenced()) {
      objects.put(object.number(), new Referred(object));
    }
  }

  public void restore(Caller session, RetainedState saved) {
    Referred referred = objects.get(saved.getIncarnation());
    World.require(referred != null, "what a session retains is there");
    if (referred != null) {
      Retained retained =
          new Retained(world, session, referred.object, saved.getOrder(), saved.getSince());
      referred.sessions.put(session.number(), retained);
      retained.grow(saved.getCount());
    }
  }

  /** Counts anew what the stored values refer to. */
  public void recount() {
    world.objects().forEach(object -> object.forEachValue(this::add));
    world.remains().objects().forEach(object -> object.forEachValue(this::add));
    objects.values().forEach(this::check);
  }

  void deleted(ManagedObject object) {
    Referred referred = objects.remove(object.number());
    if (referred != null) {
      unreferred.remove(object.number());
      referred.sessions.values().forEach(Retained::end);
      world.turn().spend(referred.sessions.size());
    }
  }

  void check() {
    if (objects.isEmpty()) {
      return;
    }
    Map<Long, Long> counted = new TreeMap<>();
    Consumer<Value> count =
        value -> forEach(value, referred -> counted.merge(referred.object.number(), 1L, Long::sum));
    world.objects().forEach(object -> object.forEachValue(count));
    world.remains().objects().forEach(object -> object.forEachValue(count));
    for (Referred referred : objects.values()) {
      World.require(!referred.object.isDeleted(), "what is referred to is there");
      World.require(
          isUnreferred(referred) == unreferred.containsKey(referred.object.number()),
          "somebody refers to what is there, or it ends");
      World.require(
          counted.getOrDefault(referred.object.number(), 0L) == referred.stored,
          "the stored refs are counted");
    }
  }

  /** The object that a ref of a request means. */
  public ManagedObject resolve(Ref ref) {
    ManagedObject object = world.objects().existing(ref.getName());
    if (ref.getIncarnation() != 0 && (object == null || object.number() != ref.getIncarnation())) {
      throw world.objects().gone(ref.getName(), ref.getIncarnation());
    }
    if (object == null) {
      return world.objects().find(ref.getName(), 0);
    }
    requireKind(ref, object);
    return object;
  }

  /** The same, where what is gone does not matter: null then. */
  public @Nullable ManagedObject ifThere(Ref ref) {
    ManagedObject object = world.objects().existing(ref.getName());
    if (object == null || (ref.getIncarnation() != 0 && object.number() != ref.getIncarnation())) {
      return null;
    }
    requireKind(ref, object);
    return object;
  }

  private static void requireKind(Ref ref, ManagedObject object) {
    if (ref.getKindValue() != 0 && ref.getKind() != object.ref().getKind()) {
      throw Refusal.wrongKind(ref.getName(), ref.getKind(), object.ref().getKind());
    }
  }

  /**
   * Refuses a ref to what is there as another kind of object than it says; and one without an
   * incarnation to what has one: only a lock per key goes by its name.
   */
  public void requireMeant(String field, Ref ref) {
    ManagedObject object = ifThere(ref);
    if (object != null
        && ref.getIncarnation() == 0
        && object.lifetime() != Lifetime.LIFETIME_WHILE_USED) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_INVALID_VALUE,
              "Expected "
                  + field
                  + " to say which '"
                  + ref.getName()
                  + "' it means, but a ref to it has no incarnation, and its lifetime is not"
                  + " WHILE_USED; take incarnation "
                  + object.number())
          .with("field", field);
    }
  }
}
