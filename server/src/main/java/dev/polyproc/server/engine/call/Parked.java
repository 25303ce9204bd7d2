package dev.polyproc.server.engine.call;

import dev.polyproc.internal.v1.LineState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.server.engine.time.Timers.Timer;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Waiter;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A call that waits, of a kind that knows what it wants. It stands in one line, or in several, of
 * which the first that can serve it does.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>It ends in exactly one way: it is answered, its time runs out, it is cancelled or
 *       abandoned, or its session or one of its objects ends. Then it has left all its lines.
 *   <li>In each of its lines it stands before all who came later.
 * </ul>
 */
public abstract class Parked {
  /**
   * What a call that waits takes beside its request: its places in the tables, its timer, what
   * stands around the request.
   */
  static final long BYTES = 640;

  private final Invocation call;
  private @Nullable WaitingCalls waiting;
  private List<Waiters<?>> lines = List.of();
  private long number;
  private long place;
  private long since;
  private long until;
  private long charged;
  private @Nullable Timer timer;

  /** A call that waits from {@link WaitingCalls#park} on. */
  protected Parked(Invocation call) {
    this.call = call;
  }

  // What its kind says.

  /**
   * Called when the time that its request names is up, or when it has none to wait.
   *
   * @return its answer; {@link Answer#LATER} where it goes on to wait, in a line that it has {@link
   *     Waiters#join joined}
   */
  protected abstract Answer expired();

  /** Puts what it wants into {@code state}. */
  protected abstract void save(ParkedState.Builder state);

  /**
   * What it asks for, in words, for people who see it wait for an object; empty where its rpc says
   * all.
   */
  protected String detail(Waited at) {
    return "";
  }

  /** What it takes out of the budget beside what every call does. */
  protected long furtherBytes() {
    return 0;
  }

  /** As how many calls it counts, by the work that it makes when it leaves. */
  protected int weight() {
    return 1;
  }

  /** Called when the caller gave the call up, to undo what it did before it waited. */
  protected void takenBack() {}

  /** Called when it has left its lines for good. */
  protected void left() {}

  /**
   * Called when it has left its lines for good and no object answered it: its caller gave it up or
   * is gone, its deadline passed, or its session ended. All that end with it have left by then.
   */
  protected void leftUnanswered() {}

  // Waiting.

  /** Says where it waits, from now on; {@code given} is its number. */
  void begin(WaitingCalls with, List<Waiters<?>> at, long given, long now, long end) {
    waiting = with;
    lines = at;
    number = given;
    place = given;
    since = now;
    until = end;
    charged = BYTES + call.footprint() + furtherBytes();
  }

  /** Says where it waited when its state was saved. */
  void begin(WaitingCalls with, List<Waiters<?>> at, ParkedState saved) {
    waiting = with;
    lines = at;
    number = saved.getOrder();
    place = saved.getPlace();
    since = saved.getSince();
    until = saved.getUntil() == 0 ? Timers.NEVER : saved.getUntil();
    charged = saved.getCharged();
  }

  /** Stands in line. */
  void start() {
    setTimer();
    lines.forEach(line -> line.add(this));
  }

  private void setTimer() {
    long end = end();
    timer = end == Timers.NEVER ? null : waiting().timers().at(end, number, this::expire);
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
      List<Waiters<?>> before = lines;
      Answer reply = expired();
      if (reply == Answer.LATER) {
        advance();
      } else {
        answer(reply);
      }
      if (reply == Answer.LATER || before.size() == 1) {
        advance(before);
      }
    } else if (call.attachment() == 0) {
      waiting().giveUp(this, deadlineExceeded());
    } else {
      takeBack(deadlineExceeded());
    }
  }

  /**
   * A repeat of the call came, and takes its place over; the rpc of the first is told so. An rpc's
   * deadline is over with that rpc: that of the repeat counts from now. The deadline of a frame's
   * call is the call's own.
   */
  void takenOver(Invocation repeat) {
    if (call.attachment() == 0 && call.recipient() != repeat.recipient()) {
      // Its rpc would wait for ever. A stream knows its calls by their numbers.
      String actual = "a repeat of it waits in its place: the answer goes there";
      Refusal replaced = refusal(ErrorReason.ERROR_REASON_CALL_REPLACED, "answered here", actual);
      waiting().outgoing().send(call, Answer.of(replaced), true);
    }
    boolean isOwn = call.attachment() != 0 && repeat.attachment() != 0;
    call.takenOver(repeat, isOwn ? call.deadline() : fromSince(repeat.deadline()));
    waiting().timers().cancel(timer);
    setTimer();
  }

  /** A time from now, counted from when it began to wait; 0 for ever. */
  private long fromSince(long deadline) {
    long waited = waiting().clock().now() - since;
    return deadline == 0 || deadline >= Timers.NEVER - waited ? 0 : waited + deadline;
  }

  private Refusal deadlineExceeded() {
    return refusal(
        ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED,
        "done in time",
        "it still waited when the caller's deadline passed; it has no effect");
  }

  private Refusal refusal(ErrorReason reason, String expected, String actual) {
    return new Refusal(
        reason, "Expected " + call.operation().name() + " to be " + expected + ", but " + actual);
  }

  public Invocation call() {
    return call;
  }

  /** What it takes out of the budget, until it has left. */
  long charged() {
    return charged;
  }

  /** Its number, which never changes. */
  public long number() {
    return number;
  }

  /** Its place in its lines: before all of a higher one. */
  public long place() {
    return place;
  }

  public boolean isIn(Waiters<?> line) {
    return lines.contains(line);
  }

  /** Leaves its lines for the end of another, where it waits as long as its caller does. */
  void standIn(Waiters<?> next) {
    lines.forEach(line -> line.remove(this));
    lines = List.of(next);
    place = waiting().clock().nextNumber();
    next.add(this);
    if (until != Timers.NEVER) {
      until = Timers.NEVER;
      waiting().timers().cancel(timer);
      setTimer();
    }
  }

  /** Answers the call: it no longer waits. */
  public final void answer(Answer reply) {
    leave();
    waiting().outgoing().answered(this, reply);
    if (lines.size() > 1) {
      advance();
    }
  }

  /** Sends a reply of a stream: the call goes on. */
  public final void emit(Answer reply) {
    waiting().outgoing().emitted(call, reply);
  }

  /** Leaves its lines without a word. The caller lets the objects {@link #advance}. */
  void leave() {
    withdraw();
    left();
  }

  /** Stands in no line any more, and must be told that it {@link #left}. */
  void withdraw() {
    waiting().timers().cancel(timer);
    lines.forEach(line -> line.remove(this));
    waiting().remove(this);
  }

  /** Refuses the call, which its caller gave up: it must have no effect. */
  public void takeBack(Refusal refusal) {
    leave();
    waiting().outgoing().answered(this, Answer.of(refusal));
    leftUnanswered();
    takenBack();
    advance();
  }

  /** Lets those go on who stood behind it. */
  public void advance() {
    advance(lines);
  }

  /** Does something with each object for which it waits. */
  public void forEachObject(Consumer<Waited> action) {
    lines.forEach(line -> action.accept(line.object()));
  }

  /** What people see it wait for, the first at which it stands first. */
  public List<Waited> seenAt() {
    return lines.stream().<Waited>map(Waiters::object).toList();
  }

  private static void advance(List<Waiters<?>> lines) {
    for (Waiters<?> line : lines) {
      line.object().goOn();
    }
  }

  /** What it waits for; the first, where it stands in several lines. */
  public final Waited object() {
    return lines.get(0).object();
  }

  private WaitingCalls waiting() {
    return Objects.requireNonNull(waiting, "a call that has begun to wait");
  }

  /** Who waits for an object, for people. */
  public Waiter describe(Waited at) {
    Waiter.Builder waiter =
        Waiter.newBuilder()
            .setParty(call.party())
            .setSince(Times.timestamp(since))
            .setRpc(call.operation().name())
            .setDetail(detail(at));
    if (end() != Timers.NEVER) {
      waiter.setDeadline(Times.timestamp(end()));
    }
    return waiter.build();
  }

  /** What is saved of it, but for the request itself. */
  public ParkedState save() {
    ParkedState.Builder state =
        ParkedState.newBuilder()
            .setOrder(number)
            .setPlace(place)
            .setSince(since)
            .setUntil(until == Timers.NEVER ? 0 : until)
            .setCharged(charged)
            .setCall(call.withoutRequest());
    for (Waiters<?> line : lines) {
      Waited object = line.object();
      state.addLines(
          LineState.newBuilder()
              .setObject(object.number())
              .setNumber(object.lines().indexOf(line)));
    }
    save(state);
    return state.build();
  }
}
