package dev.polyproc.server.engine;

import com.google.protobuf.Duration;
import dev.polyproc.internal.v1.Confirm;
import dev.polyproc.internal.v1.SessionEnd;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.Ref;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All there is: time, numbers, objects, sessions, waiting calls, the budget, and what goes out.
 * Handlers change the state through it.
 */
public final class World {
  private static final Duration ZERO = Duration.getDefaultInstance();

  private final Limits limits;
  private final Timers timers = new Timers();
  private final OrderedTable<String, ManagedObject> objects = new OrderedTable<>();
  private final OrderedTable<String, Session> sessions = new OrderedTable<>();
  private final Map<Long, Parked> parkedByTicket = new HashMap<>();
  private final Map<Long, Parked> parkedByOrder = new TreeMap<>();
  private final Map<String, Credential> credentials = new HashMap<>();
  private List<Caller> touched = new ArrayList<>();
  private List<Effect> effects = new ArrayList<>();
  private long now;
  private long seen;
  private long lastOrder;
  private long lastToken;
  private long storedBytes;
  private boolean draining;
  private @Nullable Set<ManagedObject> unsettled;
  private final References references = new References(this);
  private long expected;

  World(Limits limits, long now, long token) {
    this.limits = limits;
    this.now = now;
    this.seen = now;
    this.lastToken = token;
  }

  /** Fails when an invariant does not hold: a bug of ours. */
  public static void require(boolean condition, String invariant) {
    if (!condition) {
      throw new IllegalStateException("Expected that " + invariant);
    }
  }

  public Limits limits() {
    return limits;
  }

  public Timers timers() {
    return timers;
  }

  // Time and numbers.

  /** The engine's time in nanoseconds since 1970; it only grows. */
  public long now() {
    return now;
  }

  void advanceTo(long time) {
    now = Math.max(now, time);
    seen = now;
  }

  /** The time as reads see it: no entry may have come for a while. */
  public long seen() {
    return seen;
  }

  void seen(long time) {
    seen = Math.max(now, time);
  }

  /** A number above all given before, to anything. */
  public long nextOrder() {
    return ++lastOrder;
  }

  /** A fencing token above all given before. */
  public long nextToken() {
    return ++lastToken;
  }

  /** The highest number given so far: no object has a higher incarnation. */
  public long lastOrder() {
    return lastOrder;
  }

  long lastToken() {
    return lastToken;
  }

  void restoreNumbers(long order, long token) {
    lastOrder = order;
    lastToken = token;
  }

  /** A duration within the limits, in nanoseconds; {@link Timers#NEVER} when absent. */
  public long duration(String field, boolean present, Duration duration) {
    if (!present) {
      return Timers.NEVER;
    }
    long nanos = Times.nanos(duration);
    if (nanos < 0 || nanos > Times.nanos(limits.getDuration())) {
      throw Refusal.duration(field, duration, "0 s to " + limits.getDuration().getSeconds() + " s");
    }
    return nanos;
  }

  /** A duration that is absent or at least a nanosecond. */
  public long positiveDuration(String field, boolean present, Duration duration) {
    if (present && duration.equals(ZERO)) {
      throw Refusal.duration(field, duration, "more than 0 s");
    }
    return duration(field, present, duration);
  }

  /** The time {@code nanos} from now, or {@link Timers#NEVER} where time does not reach. */
  public long in(long nanos) {
    return nanos >= Timers.NEVER - now ? Timers.NEVER : now + nanos;
  }

  // The budget.

  /** Takes {@code bytes} out of the budget, or refuses. */
  public void charge(long bytes) {
    requireBudget(bytes);
    storedBytes += bytes;
  }

  /** Refuses what does not fit the budget, and takes nothing yet. */
  public void requireBudget(long bytes) {
    if (storedBytes + bytes > limits.getStoredBytes()) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_MEMORY_FULL,
              String.format(
                  java.util.Locale.ROOT,
                  "Expected room for %d bytes within the budget of %d, but %d are used",
                  bytes,
                  limits.getStoredBytes(),
                  storedBytes))
          .with("limit", "stored_bytes");
    }
  }

  /** Takes bytes that were there already, elsewhere: never refused. */
  public void chargeAlways(long bytes) {
    storedBytes += bytes;
  }

  public void release(long bytes) {
    storedBytes -= bytes;
  }

  long storedBytes() {
    return storedBytes;
  }

  // Objects.

  /** The object of a name and kind. */
  public <T extends ManagedObject> T find(ManagedObject.Kind<T> kind, String name) {
    ManagedObject object = find(name);
    if (!kind.type().isInstance(object)) {
      throw Refusal.wrongKind(name, kind.kind(), object.ref().getKind());
    }
    return kind.type().cast(object);
  }

  /** From now on only an object of this incarnation is found; 0: of any. */
  void find(long incarnation) {
    expected = incarnation;
  }

  /** The object of a name. */
  ManagedObject find(String name) {
    ManagedObject object = objects.get(name);
    if (expected != 0 && (object == null || object.order() != expected)) {
      throw Refusal.deleted(name);
    }
    if (object == null) {
      Names.check(name, limits);
      throw Refusal.notFound(name);
    }
    return object;
  }

  /** The object of a name; null when there is none. */
  public @Nullable ManagedObject existing(String name) {
    return objects.get(name);
  }

  OrderedTable<String, ManagedObject> objects() {
    return objects;
  }

  /** An object, and whether it is new. */
  public record Created<T>(T object, boolean isNew) {}

  /**
   * Gets or creates an object.
   *
   * @param name empty for a generated one
   * @param sameShape whether an object of that name is what the call asks for
   */
  public <T extends ManagedObject> Created<T> create(
      ManagedObject.Kind<T> kind,
      String name,
      Lifetime lifetime,
      Call call,
      Predicate<T> sameShape,
      Function<ManagedObject.Header, T> make) {
    Lifetime wanted =
        lifetime == Lifetime.LIFETIME_UNSPECIFIED ? Lifetime.LIFETIME_PERSISTENT : lifetime;
    if (wanted == Lifetime.UNRECOGNIZED) {
      throw Refusal.argument("lifetime", "Expected a known lifetime, but it is not one of ours");
    }
    if (!name.isEmpty() && (expected != 0 || objects.get(name) != null)) {
      T existing = find(kind, name);
      if (existing.lifetime() != wanted || !sameShape.test(existing)) {
        throw exists(name);
      }
      references.found(existing, call);
      return new Created<>(existing, false);
    }
    Session session =
        wanted == Lifetime.LIFETIME_PERSISTENT
            ? null
            : call.session("an object that is not of lifetime PERSISTENT");
    T object = add(kind, name, wanted, call, session, make);
    references.created(object, session);
    return new Created<>(object, true);
  }

  /** Creates an object whose name must be free. */
  public <T extends ManagedObject> T createNew(
      ManagedObject.Kind<T> kind, String name, Call call, Function<ManagedObject.Header, T> make) {
    if (objects.get(name) != null) {
      throw exists("Expected no object named '" + name + "', but there is one", name);
    }
    return add(kind, name, Lifetime.LIFETIME_PERSISTENT, call, null, make);
  }

  /** What stands in the way of a Create. */
  public static Refusal exists(String name) {
    return exists(
        "Expected no object named '" + name + "' or one of the same shape, but another is there",
        name);
  }

  private static Refusal exists(String sentence, String name) {
    return new Refusal(ErrorReason.ERROR_REASON_OBJECT_EXISTS, sentence).with("object", name);
  }

  /** Refuses where there may not be so many more objects: for those who create several at once. */
  public void requireRoomFor(int more) {
    if (objects.size() + more > limits.getObjects()) {
      throw Refusal.limit("objects", limits.getObjects(), "objects");
    }
  }

  private <T extends ManagedObject> T add(
      ManagedObject.Kind<T> kind,
      String name,
      Lifetime lifetime,
      Call call,
      @Nullable Session session,
      Function<ManagedObject.Header, T> make) {
    if (!name.isEmpty()) {
      Names.check(name, limits);
    }
    requireRoomFor(1);
    long order = nextOrder();
    String actual = name.isEmpty() ? Names.generate(kind.kind(), order, objects) : name;
    Ref ref = Ref.newBuilder().setKind(kind.kind()).setName(actual).setIncarnation(order).build();
    Session owner = lifetime == Lifetime.LIFETIME_SESSION ? session : null;
    T object = make.apply(new ManagedObject.Header(this, ref, lifetime, now, call.party(), owner));
    restore(object);
    return object;
  }

  void restore(ManagedObject object) {
    objects.add(object);
    Session session = object.session();
    if (session != null) {
      session.hold(object);
    }
  }

  /** Deletes an object; whoever waits for it is told. */
  public void delete(ManagedObject object) {
    if (object.isDeleted()) {
      return;
    }
    // From now on the object serves nobody, whatever those who leave give back.
    object.markDeleted();
    objects.remove(object.name());
    if (object.session() != null) {
      object.session().letGo(object);
    }
    references.deleted(object);
    Refusal deleted = Refusal.deleted(object.name());
    object.lines().forEach(line -> line.drain(parked -> parked.answer(Reply.of(deleted))));
    object.deleted();
  }

  /**
   * Lets an object serve whoever can be served: at once, or, while several things end together,
   * when all of them have, so that what they give back is handed out in its own order and not to
   * one of them.
   */
  public void advance(ManagedObject object) {
    if (unsettled == null) {
      object.advance();
    } else {
      unsettled.add(object);
    }
  }

  private void together(Runnable change) {
    Set<ManagedObject> changed = new LinkedHashSet<>();
    unsettled = changed;
    change.run();
    unsettled = null;
    changed.stream().filter(object -> !object.isDeleted()).forEach(ManagedObject::advance);
  }

  /** Who refers to the objects that live only as long as somebody does. */
  public References references() {
    return references;
  }

  // Sessions.

  OrderedTable<String, Session> sessions() {
    return sessions;
  }

  /** The session of an id. */
  Session session(String id) {
    Session session = sessions.get(id);
    if (session == null) {
      throw new Refusal(
          ErrorReason.ERROR_REASON_SESSION_NOT_FOUND,
          "Expected a live session, but the one that the call names is unknown or has ended");
    }
    return session;
  }

  /** Ends a session, with all that it stands for. */
  public void end(Session session, String cause) {
    if (sessions.remove(session.key()) == null) {
      return;
    }
    Refusal ended =
        new Refusal(
            ErrorReason.ERROR_REASON_SESSION_ENDED,
            "Expected the session to live, but it ended: " + cause);
    together(() -> giveUpAll(session, ended));
    emit(new Effect.SessionEnded(session.key(), ended));
  }

  private void giveUpAll(Session session, Refusal ended) {
    // Its own calls go first, so that nothing is handed to a session that is gone.
    List<Parked> waiting = session.parked();
    dismiss(waiting, ended);
    session.window().undos().forEach(Undo::undo);
    session.window().close();
    // One at a time: giving up an object gives up what else the session held of it.
    for (Holding held = session.oldest(); held != null; held = session.oldest()) {
      session.letGo(held);
      held.sessionEnded();
    }
    waiting.forEach(parked -> advance(parked.object()));
  }

  /**
   * Refuses waiting calls without recording it. All of them leave their lines before any gives back
   * what it has, so that nothing is handed from one to the next.
   */
  private void dismiss(List<Parked> waiting, Refusal refusal) {
    waiting.forEach(Parked::withdraw);
    for (Parked parked : waiting) {
      parked.left();
      forget(parked.call());
      send(parked.call(), Reply.of(refusal), true);
    }
  }

  /** A call has left without a reply that can be repeated: should it come again, it is new. */
  private static void forget(Call call) {
    if (call.session() != null && isRecorded(call)) {
      call.session().window().forgetWaiting(call.sequence());
    }
  }

  void end(SessionEnd event) {
    Session session = sessions.get(event.getSession());
    if (session != null) {
      end(session, event.getCause());
    }
  }

  void confirm(Confirm event) {
    Session session = sessions.get(event.getSession());
    if (session != null) {
      session.window().confirm(event.getReceivedBelow(), event.getReceivedList());
    }
  }

  /** Something whose secret ties the first session that shows it. */
  @FunctionalInterface
  public interface Credential {
    /** Uses the secret up; answers the process that it stands for. */
    long redeem();
  }

  /** A secret that a session may show once. */
  public Map<String, Credential> credentials() {
    return credentials;
  }

  /** Ends the sessions that were tied to a process. */
  public void processEnded(long process, String cause) {
    List<Session> tied = new ArrayList<>();
    sessions.forEach(
        session -> {
          if (session.process() == process) {
            tied.add(session);
          }
        });
    tied.forEach(session -> end(session, cause));
  }

  // Waiting calls.

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
    requireRoomToWait();
    long until = Math.min(in(timeout), in(call.deadline() == 0 ? Timers.NEVER : call.deadline()));
    long order = nextOrder();
    Parked parked = factory.make(this, call, line, order, order, now, until);
    register(parked, expired);
    return parked;
  }

  /** Refuses where no call may wait any more: for those who change something before they park. */
  public void requireRoomToWait() {
    if (parkedByOrder.size() >= limits.getWaiters()) {
      throw Refusal.limit("waiters", limits.getWaiters(), "waiting calls");
    }
    if (draining) {
      throw Refusal.shuttingDown();
    }
  }

  void register(Parked parked, Supplier<Reply> expired) {
    parkedByOrder.put(parked.order(), parked);
    Call call = parked.call();
    if (call.ticket() != 0) {
      parkedByTicket.put(call.ticket(), parked);
    }
    Session session = call.session();
    if (session != null) {
      session.add(parked);
      if (isRecorded(call)) {
        session.window().waiting(call, parked);
      }
    }
    parked.start(expired);
  }

  void unpark(Parked parked) {
    parkedByOrder.remove(parked.order());
    Call call = parked.call();
    if (call.ticket() != 0) {
      parkedByTicket.remove(call.ticket());
    }
    if (call.session() != null) {
      call.session().remove(parked);
    }
  }

  /**
   * The rpcs of calls are gone: the calls leave without a trace, all of them before anything is
   * handed to anybody.
   */
  void abandon(List<Long> tickets) {
    List<Parked> gone = new ArrayList<>();
    for (long ticket : tickets) {
      Parked parked = parkedByTicket.get(ticket);
      if (parked != null) {
        parked.withdraw();
        gone.add(parked);
      }
    }
    together(
        () -> {
          for (Parked parked : gone) {
            parked.left();
            forget(parked.call());
            advance(parked.object());
          }
        });
  }

  Iterable<Parked> parked() {
    return parkedByOrder.values();
  }

  int parkedCount() {
    return parkedByOrder.size();
  }

  // Going down.

  boolean isDraining() {
    return draining;
  }

  void restoreDraining(boolean value) {
    draining = value;
  }

  /** Tells everybody who waits that the daemon goes; nobody waits from now on. */
  void drain() {
    draining = true;
    // Not recorded: the sessions die with the daemon.
    dismiss(new ArrayList<>(parkedByOrder.values()), Refusal.shuttingDown());
  }

  // What goes out.

  static boolean isRecorded(Call call) {
    return call.sequence() != 0 && call.operation().kind() == Operation.Kind.COMMAND;
  }

  /** The call is done: its reply is recorded where it has a number, and sent. */
  void answered(Parked parked, Reply reply) {
    Call call = parked.call();
    if (call.session() != null && isRecorded(call)) {
      call.session().window().record(call, reply);
    }
    references.handOut(call, reply);
    send(call, reply, true);
  }

  void emitted(Call call, Reply reply) {
    references.handOut(call, reply);
    send(call, reply, false);
  }

  void send(Call call, Reply reply, boolean last) {
    Caller caller = call.caller();
    caller.reply(call, reply, last);
    if (touched.isEmpty() || touched.get(touched.size() - 1) != caller) {
      touched.add(caller);
    }
  }

  /** Asks the node to make something happen. */
  public void emit(Effect effect) {
    effects.add(effect);
  }

  /** The callers that have replies to send; the next call begins anew. */
  List<Caller> takeTouched() {
    if (touched.isEmpty()) {
      return List.of();
    }
    List<Caller> taken = touched;
    touched = new ArrayList<>();
    return taken;
  }

  /** What the node should make happen; the next call begins anew. */
  List<Effect> takeEffects() {
    if (effects.isEmpty()) {
      return List.of();
    }
    List<Effect> taken = effects;
    effects = new ArrayList<>();
    return taken;
  }

  void check() {
    Set<Long> ofSessions = new HashSet<>();
    for (Session session : sessions) {
      session.window().check();
      session.parked().forEach(parked -> ofSessions.add(parked.order()));
    }
    for (ManagedObject object : objects) {
      require(!object.isDeleted(), "a listed object is not deleted");
      object.checkAll();
    }
    for (Parked parked : parkedByOrder.values()) {
      boolean inSession = parked.call().session() != null;
      require(
          inSession == ofSessions.contains(parked.order()), "a session knows its waiting calls");
      require(!parked.object().isDeleted(), "nobody waits for a deleted object");
    }
    require(storedBytes >= 0, "the stored bytes are not negative");
    references.check();
  }
}
