package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Abandon;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.simulation.ModelCall.Expected;
import dev.polyproc.server.engine.simulation.ModelObject.Due;
import dev.polyproc.server.engine.simulation.ModelSession.Slot;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.LockAcquireAllRequest;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the engine should do, said once more and as simply as possible: lists and loops, nothing
 * kept that can be counted. It knows nothing of the engine's classes.
 */
final class Model {
  final Limits limits;
  final Map<String, ModelSession> sessions = new LinkedHashMap<>();
  final Map<String, ModelObject> objects = new LinkedHashMap<>();
  private final List<ModelCall> waiting = new ArrayList<>();
  private final List<Expected> expected = new ArrayList<>();
  private final Set<String> corners = new TreeSet<>();
  private final Map<String, List<String>> asked = new TreeMap<>();
  private final MemoryHandlers memory = new MemoryHandlers(this);
  private final ProcessHandlers processes = new ProcessHandlers(this);
  private final Handlers handlers = new Handlers(this);
  final ModelReferences references = new ModelReferences(this);

  /** Where pages of dead letters go on, by the tokens that callers were told. */
  final Map<String, ModelRedrive.Behind> redrives = new LinkedHashMap<>();

  private long now;
  private long seen;
  private long meant;
  private long numbers;
  private boolean draining;

  /** The session that is giving back what it had; null when none is. */
  @Nullable ModelSession ending;

  Model(Limits limits) {
    this.limits = limits;
  }

  MemoryHandlers memory() {
    return memory;
  }

  ProcessHandlers processes() {
    return processes;
  }

  long nextNumber() {
    return ++numbers;
  }

  long now() {
    return now;
  }

  /** What callers should have got; those that are answered and compared may be dropped. */
  List<Expected> expected() {
    return expected;
  }

  // Entries.

  Expected call(long time, Pending<?> pending) {
    Expected answers = new Expected(pending);
    expected.add(answers);
    Envelope envelope = pending.envelope();
    String method = handlers.name(envelope.getMethod());
    Message request = handlers.request(method, envelope.getRequest());
    ModelSession session = sessions.get(envelope.getSession());
    ModelCall call = new ModelCall(envelope, method, request, session, answers);
    seen = Math.max(now, time);
    if (!handlers.isRead(method) || !read(call)) {
      advance(time);
      apply(call);
      endEntry();
    }
    return answers;
  }

  /**
   * Answers a read as of the latest entry; false where it is an entry of its own, because its
   * session retains what it is told of.
   */
  private boolean read(ModelCall call) {
    Outcome outcome;
    try {
      requireSession(call);
      requireGuard(call);
      meant = call.envelope.getIncarnation();
      outcome = handlers.read(call);
    } catch (Refused refused) {
      outcome = Outcome.refused(refused.reason());
    } finally {
      meant = 0;
    }
    if (!references.handedOut(call, outcome).isEmpty()) {
      return false;
    }
    answer(call.expected, outcome, true);
    return true;
  }

  private void apply(ModelCall call) {
    try {
      requireSession(call);
      if (call.session != null) {
        call.session.confirm(
            call.envelope.getReceivedBelow(),
            call.envelope.getReceivedList(),
            limits.getWindowCalls());
      }
      if (!call.isRecorded() || !isKnown(call)) {
        execute(call);
      }
    } catch (Refused refused) {
      answer(call.expected, Outcome.refused(refused.reason()), true);
    }
  }

  /** The methods that it knows. */
  Set<String> methods() {
    return handlers.methods();
  }

  /** The method of a call. */
  String method(Expected call) {
    return handlers.name(call.call.envelope().getMethod());
  }

  private static void requireSession(ModelCall call) {
    ModelSession session = call.session;
    if (session == null && !call.envelope.getSession().isEmpty()) {
      throw new Refused(ErrorReason.ERROR_REASON_SESSION_NOT_FOUND);
    }
    long attachment = call.envelope.getAttachment();
    if (session != null && attachment != 0 && attachment != session.attachment) {
      throw new Refused(ErrorReason.ERROR_REASON_ATTACHMENT_REPLACED);
    }
  }

  /**
   * Whether the call came before; then it is answered as it was, or waits on for its new caller.
   */
  private boolean isKnown(ModelCall call) {
    ModelSession session = Objects.requireNonNull(call.session);
    Slot slot = session.find(call.envelope.getSequence());
    if (slot == null) {
      if (session.slots.size() >= limits.getWindowCalls()) {
        throw new Refused(ErrorReason.ERROR_REASON_WINDOW_FULL);
      }
      return false;
    }
    if (slot.isMark()) {
      done(call, Outcome.refused(ErrorReason.ERROR_REASON_CANCELLED), null);
    } else if (slot.method != call.envelope.getMethod()
        || slot.fingerprint != call.envelope.getFingerprint()) {
      throw new Refused(ErrorReason.ERROR_REASON_SEQUENCE_REUSED);
    } else if (slot.waiting != null) {
      if (slot.waiting.attachment == 0) {
        answer(
            slot.waiting.expected, Outcome.refused(ErrorReason.ERROR_REASON_CALL_REPLACED), true);
      }
      slot.waiting.takenOver(call, now);
    } else {
      answer(call.expected, Objects.requireNonNull(slot.outcome), true);
    }
    return true;
  }

  private void execute(ModelCall call) {
    try {
      requireGuard(call);
      meant = call.envelope.getIncarnation();
      handlers.handle(call);
    } catch (Refused refused) {
      done(call, Outcome.refused(refused.reason()), null);
    } finally {
      meant = 0;
    }
  }

  private void requireGuard(ModelCall call) {
    Guard guard = call.envelope.getGuard();
    if (call.envelope.hasGuard()
        && (objects.get(guard.getLock()) == null
            || !objects.get(guard.getLock()).isHeldUnder(guard.getToken(), seen))) {
      throw new Refused(ErrorReason.ERROR_REASON_GUARD_FAILED);
    }
  }

  void observe(long time, NodeEvent event) {
    advance(time);
    switch (event.getKindCase()) {
      case SESSION_END -> endAll(event.getSessionEnd().getSessionsList());
      case CONFIRM -> {
        ModelSession session = sessions.get(event.getConfirm().getSession());
        if (session != null) {
          session.confirm(
              event.getConfirm().getReceivedBelow(),
              event.getConfirm().getReceivedList(),
              limits.getWindowCalls());
        }
      }
      case ABANDON -> abandon(event.getAbandon());
      case DRAIN -> {
        draining = true;
        dismiss(List.copyOf(waiting), ErrorReason.ERROR_REASON_SHUTTING_DOWN);
      }
      default -> {
        memory.observe(event);
        processes.observe(event);
      }
    }
    endEntry();
  }

  private void abandon(Abandon event) {
    List<ModelCall> gone =
        waiting.stream()
            .filter(
                call ->
                    event.getTicketsList().contains(call.ticket)
                        || event.getGivenUpList().contains(call.ticket))
            .toList();
    for (ModelCall call : gone) {
      leave(call);
      met(call.method + " withdrawn" + (call.isRecorded() ? ", numbered" : ""));
    }
    gone.forEach(ModelCall::leftUnanswered);
    gone.stream()
        .filter(call -> event.getGivenUpList().contains(call.ticket))
        .forEach(Model::takenBack);
  }

  private static void takenBack(ModelCall call) {
    Objects.requireNonNull(call.object).takenBack(call);
  }

  /**
   * The daemon went without a word, and another one starts on what there is.
   *
   * @return the calls that waited and have a number, which their clients will repeat
   */
  List<Pending<?>> restart(long time) {
    List<Pending<?>> numbered = new ArrayList<>();
    expected.removeIf(answers -> !answers.done); // Whoever waits for these is gone.
    for (ModelCall call : waiting) {
      if (call.isRecorded()) {
        numbered.add(call.expected.call);
      }
      call.expected = new Expected(call.expected.call);
      call.ticket = 0;
    }
    advance(time);
    draining = false;
    List<ModelCall> unnumbered =
        List.copyOf(waiting).stream().filter(call -> !call.isRecorded()).toList();
    unnumbered.forEach(
        call -> {
          leave(call);
          met(call.method + " withdrawn");
        });
    unnumbered.forEach(ModelCall::leftUnanswered);
    memory.restarted();
    processes.restarted();
    endEntry();
    return numbered;
  }

  private void endEntry() {
    settle();
    references.endUnreferred();
  }

  /** Serves whoever can be served. */
  void settle() {
    List.copyOf(objects.values()).forEach(ModelObject::settle);
  }

  // Time.

  private void advance(long time) {
    now = Math.max(now, time);
    for (Due next = next(); next != null && next.time() <= now; next = next()) {
      next.action().run();
      settle();
    }
  }

  private @Nullable Due next() {
    List<Due> due = new ArrayList<>();
    objects.values().forEach(object -> due.addAll(object.due()));
    for (ModelCall call : waiting) {
      long end = Math.min(call.until, call.deadline);
      if (end != ModelCall.NEVER) {
        due.add(new Due(end, call.number, () -> expire(call)));
      }
    }
    return due.stream()
        .min(Comparator.comparingLong(Due::time).thenComparingLong(Due::number))
        .orElse(null);
  }

  private void expire(ModelCall call) {
    ModelObject object = Objects.requireNonNull(call.object);
    Outcome late = Outcome.refused(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED);
    if (call.deadline > call.until) {
      Outcome outcome = object.expired(call);
      if (outcome != null) {
        finish(call, outcome);
      }
    } else if (call.attachment == 0) {
      leave(call);
      answer(call.expected, late, true);
      call.leftUnanswered();
      takenBack(call);
    } else {
      takeBack(call, late);
    }
  }

  // Answers.

  /** A call that does not wait is done. */
  void done(ModelCall call, Outcome outcome, @Nullable ModelUndo undo) {
    if (call.isRecorded() && sessions.containsValue(call.session)) {
      Objects.requireNonNull(call.session).record(call, outcome, undo);
    }
    handOut(call, outcome);
    answer(call.expected, outcome, true);
  }

  void done(ModelCall call, Outcome outcome) {
    done(call, outcome, null);
  }

  /** A reply of a stream. */
  void emit(ModelCall call, Outcome outcome) {
    handOut(call, outcome);
    answer(call.expected, outcome, false);
  }

  private void handOut(ModelCall call, Outcome outcome) {
    Map<ModelObject, Long> handedOut = references.handedOut(call, outcome);
    if (call.session != null && !handedOut.isEmpty()) {
      ModelReferences.retain(call.session, handedOut);
      met(call.method + " handed out a ref");
    }
  }

  /** Something happened that the runs must come across. */
  void met(String corner) {
    corners.add(corner);
  }

  /** What the run came across, beside the ends of methods. */
  Set<String> corners() {
    return corners;
  }

  private static void answer(Expected to, Outcome outcome, boolean last) {
    to.outcomes.add(outcome);
    to.done = last;
  }

  /** The node is asked to do something with a process, or with the file of a segment. */
  void asked(String object, String what) {
    asked.computeIfAbsent(object, o -> new ArrayList<>()).add(what);
  }

  /** What the node was asked for since the last time: of each object in order. */
  Map<String, List<String>> takeAsked() {
    Map<String, List<String>> taken = new TreeMap<>(asked);
    asked.clear();
    return taken;
  }

  // Waiting.

  /** The last quarter of the room is for sessions of which fewer than four calls wait. */
  void requireRoomToWait(ModelCall call) {
    int most = limits.getWaiters();
    long theirs = waiting.stream().filter(one -> one.session == call.session).count();
    if (call.session == null || theirs >= 4) {
      most -= most / 4;
    }
    if (waiting.stream().mapToInt(Model::places).sum() + places(call) > most) {
      throw new Refused(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    }
    requireStay();
  }

  /** Nobody begins to wait, or to live, at a daemon that goes down. */
  void requireStay() {
    if (draining) {
      throw new Refused(ErrorReason.ERROR_REASON_SHUTTING_DOWN);
    }
  }

  /** In how many lines a call stands. */
  private static int places(ModelCall call) {
    return call.request instanceof LockAcquireAllRequest all ? all.getLocksCount() : 1;
  }

  void park(ModelCall call, ModelObject object, long timeout) {
    requireRoomToWait(call);
    call.deadline = call.deadlineFrom(now);
    call.until = in(timeout);
    call.number = nextNumber();
    call.object = object;
    waiting.add(call);
    if (call.isRecorded()) {
      Objects.requireNonNull(call.session).waits(call);
    }
  }

  /** How many calls wait for an object. */
  int waitingFor(ModelObject object) {
    return (int)
        waiting.stream()
            .filter(call -> call.objects().stream().anyMatch(one -> one == object))
            .count();
  }

  long in(long nanos) {
    return nanos == ModelCall.NEVER ? ModelCall.NEVER : now + nanos;
  }

  /** A call's timeout; {@link ModelCall#NEVER} where it names none. */
  static long timeout(boolean present, Duration timeout) {
    return present ? timeout.getSeconds() * 1_000_000_000L + timeout.getNanos() : ModelCall.NEVER;
  }

  /** A waiting call is served. */
  void serve(ModelCall call, Outcome outcome, @Nullable ModelUndo undo) {
    waiting.remove(call);
    done(call, outcome, undo);
  }

  /** A waiting call is answered, but not served. */
  void finish(ModelCall call, Outcome outcome) {
    waiting.remove(call);
    call.objects().forEach(object -> object.left(call));
    done(call, outcome, null);
  }

  /** A waiting call is refused, as its caller gave it up. */
  void takeBack(ModelCall call, Outcome refused) {
    finish(call, refused);
    call.leftUnanswered();
    takenBack(call);
  }

  /** A waiting call is as if it had not come. */
  private void leave(ModelCall call) {
    waiting.remove(call);
    call.objects().forEach(object -> object.left(call));
    if (call.session != null) {
      call.session.slots.values().removeIf(slot -> slot.waiting == call);
    }
  }

  private void dismiss(List<ModelCall> calls, ErrorReason reason) {
    calls.forEach(this::leave);
    for (ModelCall call : calls) {
      answer(call.expected, Outcome.refused(reason), true);
      call.leftUnanswered();
    }
  }

  /** A grant goes back, and with it what its reply made the session retain. */
  void undo(ModelSession session, Slot slot, ModelUndo undo) {
    references.drop(session, undo.handedOut());
    slot.outcome = Outcome.refused(ErrorReason.ERROR_REASON_CANCELLED);
    slot.undo = null;
    undo.cancel();
    met("a grant was undone");
  }

  // Sessions.

  ModelSession session(ModelCall call) {
    if (call.session == null) {
      throw new Refused(ErrorReason.ERROR_REASON_SESSION_REQUIRED);
    }
    return call.session;
  }

  void endAll(List<String> ids) {
    end(ids.stream().map(sessions::get).filter(Objects::nonNull).distinct().toList());
    if (ids.size() > 1) {
      met("several sessions ended at once");
    }
  }

  void end(@Nullable ModelSession session) {
    if (session != null) {
      end(List.of(session));
    }
  }

  private void end(List<ModelSession> ended) {
    for (ModelSession session : ended) {
      sessions.remove(session.id);
      ending = session;
      dismiss(
          waiting.stream().filter(call -> call.session == session).toList(),
          ErrorReason.ERROR_REASON_SESSION_ENDED);
    }
    ending = null;
    for (ModelSession session : ended) {
      session.slots.values().stream()
          .filter(slot -> slot.undo != null)
          .forEach(slot -> Objects.requireNonNull(slot.undo).showEnd());
    }
    ended.forEach(this::giveUp);
  }

  private void giveUp(ModelSession session) {
    ending = session;
    for (Slot slot : session.slots.values()) {
      if (slot.undo != null && !slot.undo.isHeld()) {
        slot.undo.undo();
      }
    }
    for (Due held = oldest(session); held != null; held = oldest(session)) {
      held.action().run();
    }
    ending = null;
    objects.values().forEach(object -> object.ended(session));
  }

  private @Nullable Due oldest(ModelSession session) {
    List<Due> held = new ArrayList<>();
    for (ModelObject object : objects.values()) {
      held.addAll(object.heldBy(session));
      if (object.session == session) {
        held.add(new Due(0, object.number, () -> delete(object)));
      }
    }
    return held.stream().min(Comparator.comparingLong(Due::number)).orElse(null);
  }

  // Objects.

  /** Whether there is no object of a name, where the call means any of that name. */
  boolean isAbsent(String name) {
    return meant == 0 && existing(name) == null;
  }

  /** The names that the call gives beside the first mean whatever has them. */
  void meansAny() {
    meant = 0;
  }

  /** Nobody finds what nobody refers to any more, also where it has not ended yet. */
  @Nullable ModelObject existing(String name) {
    ModelObject object = objects.get(name);
    return object == null || references.isUnreferred(object) ? null : object;
  }

  /** Somebody died who changed what a lock guards: its next holder is told. */
  void ownerDied(String lock) {
    ModelObject there = objects.get(lock);
    if (there != null && isAboutToGo(there)) {
      met("a writer's death was told by another lock than one that was about to go");
      delete(there);
      there = null;
    }
    if (there == null) {
      met("a lock was made to tell of a writer's death");
      LockCreateRequest shape =
          LockCreateRequest.newBuilder()
              .setLock(lock)
              .setKind(LockKind.LOCK_KIND_REENTRANT)
              .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_RELEASE)
              .setLifetime(Lifetime.LIFETIME_WHILE_USED)
              .build();
      there = new ModelLock(this, shape, null);
      objects.put(lock, there);
    }
    if (there instanceof ModelLock guard) {
      guard.tellNext();
    } else {
      met("a writer's death was told by nothing");
    }
  }

  /** Whether an object ends in this entry. */
  boolean isAboutToGo(ModelObject object) {
    return references.isUnreferred(object)
        || (object.session != null && !sessions.containsValue(object.session));
  }

  ModelObject object(String name) {
    ModelObject object = existing(name);
    if (meant != 0 && (object == null || !object.incarnation.is(meant))) {
      throw new Refused(ErrorReason.ERROR_REASON_OBJECT_DELETED);
    }
    if (object == null) {
      throw new Refused(ErrorReason.ERROR_REASON_OBJECT_NOT_FOUND);
    }
    return object;
  }

  <T extends ModelObject> T object(Class<T> type, String name) {
    ModelObject object = object(name);
    if (!type.isInstance(object)) {
      throw new Refused(ErrorReason.ERROR_REASON_WRONG_KIND);
    }
    return type.cast(object);
  }

  /** The object that has a name now, whatever the call means by its first. */
  <T extends ModelObject> T objectOfAnyTime(Class<T> type, String name) {
    return objectOfTime(type, name, 0);
  }

  /** The object of a name and an incarnation, whatever the call means by its first; 0: any. */
  <T extends ModelObject> T objectOfTime(Class<T> type, String name, long incarnation) {
    long first = meant;
    meant = incarnation;
    try {
      return object(type, name);
    } finally {
      meant = first;
    }
  }

  /** An object, and whether it is new. */
  record Created<T>(T object, boolean isNew) {}

  <T extends ModelObject> Created<T> create(
      Class<T> type,
      String name,
      Lifetime lifetime,
      ModelCall call,
      Predicate<T> sameShape,
      Function<@Nullable ModelSession, T> make) {
    if (meant != 0 || existing(name) != null) {
      T existing = object(type, name);
      if (existing.lifetime != ModelObject.actual(lifetime) || !sameShape.test(existing)) {
        throw new Refused(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
      }
      retainCreated(existing, call);
      return new Created<>(existing, false);
    }
    ModelSession session =
        ModelObject.actual(lifetime) == Lifetime.LIFETIME_PERSISTENT ? null : session(call);
    ModelObject last = objects.get(name);
    if (last != null) {
      delete(last);
    }
    T made = make.apply(lifetime == Lifetime.LIFETIME_SESSION ? session : null);
    objects.put(name, made);
    retainCreated(made, call);
    return new Created<>(made, true);
  }

  private void retainCreated(ModelObject object, ModelCall call) {
    if (object.isReferenced()) {
      ModelReferences.retain(session(call), Map.of(object, 1L));
    }
  }

  void delete(ModelObject object) {
    objects.remove(object.name);
    sessions.values().forEach(session -> session.retained.remove(object));
    List<ModelCall> told =
        new ArrayList<>(waiting.stream().filter(call -> call.objects().contains(object)).toList());
    object.deleted();
    told.retainAll(waiting); // Others were told something else as the object went.
    for (ModelCall call : told) {
      waiting.remove(call);
      call.objects().stream().filter(other -> other != object).forEach(other -> other.left(call));
      done(call, Outcome.refused(ErrorReason.ERROR_REASON_OBJECT_DELETED), null);
    }
  }
}
