package dev.polyproc.server.engine;

import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.State;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Guarding;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Names;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.session.Session;
import dev.polyproc.server.engine.session.SessionOperations;
import dev.polyproc.server.engine.session.Sessions;
import dev.polyproc.server.engine.session.Window;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Turn;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Guard;
import dev.polyproc.v1.Limits;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * The state machine: one entry in, replies and effects out.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Deterministic: the same entries give the same state, and the same hash of it.
 *   <li>Total: no request makes it throw; what it throws is a bug, after which it must not be used.
 *   <li>Before an entry, whatever is due at its time happens, in the order of the deadlines. Where
 *       that is more than a piece of work, the rest happens after it.
 *   <li>A call with a number that came before has no effect, and the reply of the first.
 *   <li>A refused call has no effect.
 * </ul>
 *
 * <p>Not thread-safe: whoever calls it holds the one lock around it.
 */
public final class Engine {
  private final World world;
  private final Sessions sessions;
  private final Operations operations = new Operations();
  private final List<Family> families;
  private final long started;
  private Boot boot;
  private long entries;

  /**
   * An empty engine.
   *
   * @param boot the daemon that has it: nothing of it is in the state but the limits, and the time.
   *     All numbers and fencing tokens start from that, so that they are above those of an earlier
   *     run
   */
  public Engine(Boot boot) {
    this(boot, Turn.PIECE);
  }

  /** The same, whose entries do so much of their work at most. */
  Engine(Boot boot, int piece) {
    this(boot, boot.getLimits(), boot.getTime(), piece);
  }

  private Engine(Boot boot, Limits limits, long started, int piece) {
    this.world = new World(limits, started, piece);
    this.sessions = new Sessions(world);
    this.boot = boot;
    this.started = started;
    this.families = Families.of(this);
    families.forEach(family -> family.register(operations));
    operations.complete();
  }

  /**
   * An engine in the state of a snapshot. Where another daemon had it, its start must be the next
   * entry: until then nothing happens that belongs to this one.
   */
  public static Engine restore(State state, Boot boot) {
    int piece = state.getPiece() == 0 ? Turn.PIECE : state.getPiece();
    Engine engine = new Engine(boot, state.getLimits(), state.getStarted(), piece);
    new Restoring(engine).restore(state);
    return engine;
  }

  /** The whole state as it is now, to be written while the engine goes on. */
  public Snapshot snapshot() {
    return new Snapshot(this);
  }

  public Operations operations() {
    return operations;
  }

  World world() {
    return world;
  }

  Sessions sessions() {
    return sessions;
  }

  List<Family> families() {
    return families;
  }

  /** The daemon that has it, as it was started. */
  public Boot boot() {
    return boot;
  }

  long started() {
    return started;
  }

  long entries() {
    return entries;
  }

  void restoreEntries(long count) {
    entries = count;
  }

  /** Whether anybody has a session. */
  public boolean hasSessions() {
    return sessions.size() > 0;
  }

  /** The engine's time. */
  public long now() {
    return world.clock().now();
  }

  /**
   * The earliest time at which something is due, or {@link Timers#NEVER}; the time now, where
   * entries have left some of their work. Then a tick does it, or a piece of it.
   */
  public long nextDeadline() {
    return world.hasLeft() ? now() : world.timers().next();
  }

  /**
   * How many units of work entries and reads have taken in all, but for what is short: where some
   * that came together take more than {@link Turn#PIECE}, others should come in between.
   */
  public long work() {
    return world.turn().work();
  }

  /** Applies a command at a time. */
  public void apply(long time, Invocation call) {
    begin(time, false);
    Answer reply;
    try {
      reply = execute(call);
    } catch (Refusal refusal) {
      reply = Answer.of(refusal);
    }
    if (reply != Answer.LATER) {
      world.outgoing().send(call, reply, true);
    }
    world.references().endUnreferred();
  }

  /** Applies what the node saw, at a time. */
  public void apply(long time, NodeEvent event) {
    begin(time, event.hasTick());
    switch (event.getKindCase()) {
      case SESSION_END -> sessions.end(event.getSessionEnd());
      case ABANDON -> world.together(() -> world.waiting().abandon(event.getAbandon()));
      case CONFIRM -> sessions.confirm(event.getConfirm());
      case DRAIN -> world.together(() -> world.waiting().drain(event.getDrain().getOrigin()));
      case BOOT -> apply(event.getBoot());
      case PROCESS_STARTED, PROCESS_FAILED, PROCESS_EXITED, SEGMENT_MADE, SEGMENT_FAILED ->
          families.forEach(family -> family.observe(event));
      case TICK, KIND_NOT_SET -> {
        // Nothing but time has passed, and what was due has happened already.
      }
    }
    world.references().endUnreferred();
  }

  private void apply(Boot started) {
    if (started.getOrigin().getNode().equals(boot.getOrigin().getNode())) {
      boot = started;
    }
    world.limits(started.getLimits());
    // All goes before anything is handed on: not to a session that is about to go, too.
    world.together(
        () -> {
          world.waiting().endBefore(started.getOrigin());
          families.forEach(family -> family.restarted(started.getOrigin()));
        });
    sessions.watchAnew();
  }

  /**
   * Answers a read as of the latest entry, and {@code time} where that is later. Of a method of the
   * node it is what the engine has to say, and always without an entry.
   *
   * @return false when the answer is an entry of its own, to be applied as a command: its session
   *     retains what it is told of
   */
  public boolean read(long time, Invocation call) {
    world.clock().seen(time);
    Answer reply;
    try {
      if (!call.sessionId().isEmpty()) {
        Session session = sessions.find(call.sessionId());
        call.session(session);
        checkAttachment(session, call);
      }
      reply = handle(call);
    } catch (Refusal refusal) {
      reply = Answer.of(refusal);
    }
    if (call.operation().kind() == Operation.Kind.READ
        && world.references().wouldRetain(call, reply)) {
      return false;
    }
    world.outgoing().send(call, reply, true);
    return true;
  }

  /**
   * Fires what is due, a piece of it at each time: an entry that finds more comes before the rest,
   * as it would have if it had come a little earlier.
   */
  private void begin(long time, boolean isTick) {
    boolean isLater = time > world.clock().now();
    world.clock().advanceTo(time);
    entries++;
    world.turn().begin();
    if (isLater || isTick) {
      world.timers().fire(world.clock().now(), world.turn());
    }
    if (isTick) {
      world.remains().goOn();
    } else if (world.hasLeft()) {
      world.turn().beginShort();
    } else {
      world.turn().begin();
    }
  }

  private Answer execute(Invocation call) {
    Session session = null;
    if (!call.sessionId().isEmpty()) {
      session = sessions.find(call.sessionId());
      call.session(session);
      checkAttachment(session, call);
      session.window().confirm(call.receivedBelow(), call.received());
    }
    if (session == null || !call.isRecorded()) {
      Answer reply = handle(call);
      if (call.operation().kind() == Operation.Kind.READ) {
        world.references().requireRoom(call, reply);
      }
      return handOut(call, reply);
    }
    Window window = session.window();
    Window.Slot slot = window.find(call);
    if (slot != null) {
      return repeat(window, slot, call);
    }
    if (window.isFull()) {
      throw Refusal.windowFull();
    }
    if (!window.hasFew()) {
      // Who owes few confirmations is always served, so that everybody can give back what they
      // have.
      world.budget().requireBeyond(Window.SLOT_BYTES);
    }
    Answer reply;
    try {
      reply = handOut(call, handle(call));
    } catch (Refusal refusal) {
      reply = Answer.of(refusal);
    }
    if (reply != Answer.LATER && isOpen(session)) {
      window.record(call, reply);
    }
    return reply;
  }

  private Answer handOut(Invocation call, Answer reply) {
    world.references().handOut(call, reply);
    return reply;
  }

  private boolean isOpen(Session session) {
    return sessions.existing(session.key()) == session;
  }

  private Answer repeat(Window window, Window.Slot slot, Invocation call) {
    if (slot.isCancelled()) {
      Answer cancelled = Answer.of(SessionOperations.cancelled(call.operation().name()));
      window.record(call, cancelled);
      return cancelled;
    }
    Parked parked = slot.parked();
    if (parked != null) {
      world.waiting().takenOver(parked, call);
      return Answer.LATER;
    }
    Answer reply = slot.reply();
    World.require(reply != null, "a command that does not wait is done");
    call.requireFits(Objects.requireNonNull(reply));
    return reply;
  }

  private Answer handle(Invocation call) {
    Guard guard = call.guard();
    if (guard != null && !isHeld(guard)) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_GUARD_FAILED,
              "Expected '"
                  + guard.getLock()
                  + "' to be held under token "
                  + Long.toUnsignedString(guard.getToken())
                  + ", but it is not: that hold is over; acquire the lock again, look at what it"
                  + " guards, and go on under the new token")
          .with("lock", guard.getLock());
    }
    // By this engine's own handler: the call was made by the operations of the one before, where
    // the engine was restored meanwhile.
    Answer reply = own(call.operation()).handle(call);
    if (call.operation().isRead()) {
      call.requireFits(reply);
    }
    return reply;
  }

  private Operation own(Operation operation) {
    return Objects.requireNonNull(operations.byNumber(operation.number()), "a method that came");
  }

  /** A lock that is not there is held by nobody: it may have ended by itself. */
  private boolean isHeld(Guard guard) {
    ManagedObject lock = world.objects().existing(guard.getLock());
    if (lock == null) {
      Names.check(guard.getLock(), world.limits());
    }
    return lock instanceof Guarding held && held.isHeldUnder(guard.getToken());
  }

  private static void checkAttachment(Session session, Invocation call) {
    if (call.attachment() != 0 && call.attachment() != session.attachment()) {
      throw Refusal.attachmentReplaced();
    }
  }

  /**
   * Whether the call comes over an attachment and would find no room to be remembered, so that its
   * stream should wait until the session has confirmed some replies.
   */
  public boolean mustWait(Invocation call) {
    Session session = sessions.existing(call.sessionId());
    return session != null
        && call.attachment() != 0
        && call.isRecorded()
        && session.window().isFull()
        && !session.window().knows(call.sequence());
  }

  /**
   * Says where the replies to the calls that wait go: who made them is unknown to an engine that
   * was restored.
   */
  public void answerTo(Function<Envelope, Recipient> recipients) {
    world.waiting().forEach(parked -> parked.call().answerTo(recipients));
  }

  /**
   * The recipients that have replies to send, since the last time; to be flushed outside the lock.
   */
  public List<Recipient> takeTouched() {
    return world.outgoing().takeTouched();
  }

  /** What the node should make happen, since the last time. */
  public List<Effect> takeEffects() {
    return world.outgoing().takeEffects();
  }

  /** Fails unless the state is whole. */
  public void checkInvariants() {
    sessions.check();
    world.check();
  }
}
