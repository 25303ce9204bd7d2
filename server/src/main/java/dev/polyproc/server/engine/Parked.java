package dev.polyproc.server.engine;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.Timers.Timer;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Waiter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A call that waits. It ends in exactly one way: it is answered, its time runs out, it is cancelled
 * or abandoned, or its session or its object ends.
 */
public class Parked {
  /**
   * What a call that waits takes beside its request: its places in the tables, its timer, what
   * stands around the request.
   */
  static final long BYTES = 640;

  private final World world;
  private final Call call;
  private final long order;
  private final long since;
  private final long until;
  private Waiters line;
  private long place;
  private Supplier<Reply> expired = () -> Reply.LATER;
  private @Nullable Timer timer;
  private long charged;

  /** See {@link WaitingCalls#park}, which is what makes one. */
  protected Parked(
      World world, Call call, Waiters line, long order, long place, long since, long until) {
    this.world = world;
    this.call = call;
    this.line = line;
    this.order = order;
    this.place = place;
    this.since = since;
    this.until = until;
  }

  /** Begins to wait; {@code reply} is its answer when the time that its request names is up. */
  void start(Supplier<Reply> reply) {
    expired = reply;
    setTimer();
    line.add(this);
  }

  private void setTimer() {
    long end = end();
    timer = end == Timers.NEVER ? null : world.timers().at(end, order, this::expire);
  }

  /** When it ends by itself. */
  private long end() {
    return Math.min(until, deadline());
  }

  /** Until when its caller waits, whatever the request says. */
  private long deadline() {
    long most = call.deadline();
    return most == 0 || most >= Timers.NEVER - since ? Timers.NEVER : since + most;
  }

  private void expire() {
    if (deadline() > until) {
      answer(expired.get());
      line.object().advance();
    } else if (call.attachment() == 0) {
      world.waiting().giveUp(this, deadlineExceeded());
    } else {
      takeBack(deadlineExceeded());
    }
  }

  /**
   * A repeat of the call came, and takes its place over; the rpc of the first is told so. An rpc's
   * deadline is over with that rpc: that of the repeat counts from now. The deadline of a frame's
   * call is the call's own.
   */
  void takenOver(Call repeat) {
    if (call.attachment() == 0 && call.caller() != repeat.caller()) {
      // Its rpc would wait for ever. A stream knows its calls by their numbers.
      world.outgoing().send(call, Reply.of(replaced()), true);
    }
    boolean isOwn = call.attachment() != 0 && repeat.attachment() != 0;
    call.takenOver(repeat, isOwn ? call.deadline() : fromSince(repeat.deadline()));
    world.timers().cancel(timer);
    setTimer();
  }

  /** A time from now, counted from when it began to wait; 0 for ever. */
  private long fromSince(long deadline) {
    long waited = world.clock().now() - since;
    return deadline == 0 || deadline >= Timers.NEVER - waited ? 0 : waited + deadline;
  }

  private Refusal replaced() {
    return new Refusal(
        ErrorReason.ERROR_REASON_CALL_REPLACED,
        "Expected "
            + call.operation().name()
            + " to be answered here, but a repeat of it waits in its place: the answer goes there");
  }

  private Refusal deadlineExceeded() {
    return new Refusal(
        ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED,
        "Expected "
            + call.operation().name()
            + " to be done in time, but it still waited when the caller's deadline passed; it has"
            + " no effect");
  }

  public Call call() {
    return call;
  }

  /** Takes what it takes out of the budget, until it has left. */
  void charge(Budget budget) {
    charged = BYTES + call.footprint() + furtherBytes();
    budget.chargeAlways(charged);
  }

  void release(Budget budget) {
    budget.release(charged);
  }

  /** What it takes out of the budget beside what every call does. */
  protected long furtherBytes() {
    return 0;
  }

  /** Its number, which never changes. */
  public long order() {
    return order;
  }

  /** Its place in line, which grows when it stands in line again. */
  long place() {
    return place;
  }

  public boolean isIn(Waiters waiters) {
    return line == waiters;
  }

  /** Stands at the end of another line, or again at the end of this one. */
  public void standIn(Waiters next) {
    line.remove(this);
    line = next;
    place = world.clock().nextOrder();
    line.add(this);
  }

  /** Answers the call: it no longer waits. */
  public void answer(Reply reply) {
    leave();
    world.outgoing().answered(this, reply);
  }

  /** Sends a reply of a stream: the call goes on. */
  public void emit(Reply reply) {
    world.outgoing().emitted(call, reply);
  }

  /** Leaves the line without a word. The caller lets the object {@link ManagedObject#advance}. */
  void leave() {
    withdraw();
    left();
  }

  /** Stands in no line any more, and must be told that it {@link #left}. */
  void withdraw() {
    world.timers().cancel(timer);
    line.remove(this);
    world.waiting().remove(this);
  }

  /** Refuses the call, which its caller gave up: it must have no effect. */
  void takeBack(Refusal refusal) {
    answer(Reply.of(refusal));
    takenBack();
    line.object().advance();
  }

  /** Called when the caller gave the call up, to undo what it did before it waited. */
  protected void takenBack() {}

  /** Called when it has left the line for good. */
  protected void left() {}

  ManagedObject object() {
    return line.object();
  }

  /** Who waits, for people. */
  public Waiter describe() {
    Waiter.Builder waiter =
        Waiter.newBuilder()
            .setParty(call.party())
            .setSince(Times.timestamp(since))
            .setRpc(call.operation().name());
    if (end() != Timers.NEVER) {
      waiter.setDeadline(Times.timestamp(end()));
    }
    return waiter.build();
  }

  ParkedState save() {
    return ParkedState.newBuilder()
        .setOrder(order)
        .setPlace(place)
        .setSince(since)
        .setUntil(until == Timers.NEVER ? 0 : until)
        .setObject(line.object().order())
        .setCall(call.toEnvelope())
        .build();
  }
}
