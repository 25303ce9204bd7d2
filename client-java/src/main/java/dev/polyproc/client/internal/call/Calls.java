package dev.polyproc.client.internal.call;

import com.google.protobuf.CodedInputStream;
import com.google.rpc.Status;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Attachment;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Frame;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.client.internal.wire.Replies;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionKeepAliveResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All calls of a session, from the threads that make them to the attachment that carries them, and
 * back. Callers enqueue; whatever waits when the event loop gets to it goes into the next frame.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Calls are sent in the order in which they were enqueued, and again in that order, before
 *       anything new, on every new attachment, until their replies have come.
 *   <li>Every call is completed: by its reply, or by {@link #end}.
 *   <li>No more than {@link Admission} allows are in flight, and the daemon's window for the
 *       session never overflows.
 * </ul>
 */
public final class Calls implements Replies.Reader {
  /** An idle client confirms what it received after so long; a busy one with its next frame. */
  private static final long CONFIRM_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final byte[] NOTHING = {};

  private static final Operation<SessionKeepAliveRequest, SessionKeepAliveResponse> KEEP_ALIVE =
      Operation.of(SessionServiceGrpc.getKeepAliveMethod());

  private final Transport transport;
  private final Callbacks callbacks;
  private final Runnable onAttached;
  private final Consumer<PolyprocException> onSessionEnded;
  private final long mostBytes;
  private final Admission admission;
  private final Entrance entrance;
  private final Outgoing outgoing;
  private final Replies replies;
  private volatile @Nullable Ending ending;

  // All below is the event loop's own.
  private final Window window;
  private final Receipts receipts;
  private final Unseen unseen;
  private final Withdrawals withdrawals;
  private @Nullable Attachment attachment;
  private int left;
  private boolean confirmScheduled;

  /**
   * @param onAttached told when the daemon has taken an attachment
   * @param onSessionEnded told when the daemon answers a call that the session is over
   * @param callbacks complete the futures that the program has
   */
  public Calls(
      Transport transport,
      Limits limits,
      Runnable onAttached,
      Consumer<PolyprocException> onSessionEnded,
      Callbacks callbacks) {
    this.transport = transport;
    this.callbacks = callbacks;
    this.onAttached = onAttached;
    this.onSessionEnded = onSessionEnded;
    this.mostBytes = limits.getRequestBytes();
    int mostCalls = Math.max(4, limits.getWindowCalls() / 2);
    this.admission = new Admission(mostCalls);
    this.entrance = new Entrance(this, admission, mostBytes);
    this.window = new Window(mostCalls);
    this.outgoing = new Outgoing(admission, window, mostBytes);
    this.receipts = new Receipts(window, limits);
    this.unseen = new Unseen(limits);
    this.withdrawals = new Withdrawals(this, outgoing, unseen);
    this.replies = new Replies(limits.getValueDepth());
    transport.loop().lendWhen(() -> admission.isAlone(0));
  }

  /** Where callers make calls of their requests. */
  public Entrance entrance() {
    return entrance;
  }

  Callbacks callbacks() {
    return callbacks;
  }

  /** Whether the calling thread is the event loop. */
  public boolean onLoop() {
    return transport.onLoop();
  }

  /** Refuses to wait on the event loop for what only the event loop can bring. */
  void mayWaitFor(CompletableFuture<?> arrival) {
    if (!arrival.isDone()) {
      transport.mayWait("this call");
    }
  }

  /** Sends a call that has entered. Any thread. */
  public void send(PendingCall<?> call) {
    if (!call.isOver()) {
      if (outgoing.add(call)) {
        wakeLoop();
      }
      failUnsentIfEnded(call);
    }
  }

  /**
   * Sends a call that has entered, for a thread that waits for nothing else: when it is the only
   * one, it runs the event loop meanwhile. The result may still have to be waited for.
   */
  public void sendAndLead(PendingCall<?> call) {
    if (!call.isOver()) {
      if (outgoing.add(call) && !lead(call)) {
        wakeLoop();
      }
      failUnsentIfEnded(call);
    }
  }

  private boolean lead(PendingCall<?> call) {
    BooleanSupplier alone = () -> admission.isAlone(call.isOver() ? 0 : call.cost);
    return transport.loop().lead(this::drain, call, alone);
  }

  private void failUnsentIfEnded(PendingCall<?> call) {
    Ending how = ending;
    if (how != null) { // the calls of others are failed on the event loop
      outgoing.fail(call, how);
    }
  }

  private void wakeLoop() {
    transport.execute(this::drain);
  }

  /**
   * Asks the daemon to take a call back; see {@link Withdrawals}. Any thread.
   *
   * @param then what follows when it did
   */
  void takeBack(PendingCall<?> call, Runnable then) {
    transport.execute(() -> withdrawals.takeBack(call, then));
  }

  /** Asks the daemon to take a call back, and what it granted; see {@link Withdrawals}. */
  void undo(PendingCall<?> call) {
    transport.execute(() -> withdrawals.undo(call));
  }

  /** Sends a call of the session's own, ahead of all that waits to be sent. */
  void sendFirst(PendingCall<?> call) {
    outgoing.addFirst(call);
    drain();
  }

  /** Somebody has seen what was granted to a call. Any thread. */
  void seen(AsyncCall<?> call) {
    unseen.seen(call);
  }

  /** A call of the session's own, which needs no admission. */
  public PendingCall<Boolean> internal(byte[] body) {
    return new DirectCall<>(this, body, 0, response -> true);
  }

  /** Asks the daemon for a word, ahead of all that waits to be sent. */
  public PendingCall<?> keepAlive() {
    PendingCall<?> call = internal(keepAliveBody());
    if (!failIfEnded(call)) {
      outgoing.addFirst(call);
      Attachment to = attachment;
      if (to != null) { // also when not ready: to be silent would be worse
        send(to, outgoing.next());
      }
    }
    return call;
  }

  /**
   * A call whose reply comes after those of all calls before it that do not wait. However many do
   * wait, it is sent.
   */
  public PendingCall<?> barrier() {
    PendingCall<?> call = internal(keepAliveBody());
    if (!failIfEnded(call)) {
      outgoing.addLast(call);
      drain();
    }
    return call;
  }

  private boolean failIfEnded(PendingCall<?> call) {
    Ending how = ending;
    if (how != null) {
      call.fail(how.failure(false));
    }
    return how != null;
  }

  /** Below this number all replies have come. */
  public long receivedBelow() {
    return window.receivedBelow();
  }

  /** Sends everything that has no reply, and what comes from now on, to a new attachment. */
  public void attach(Attachment to) {
    attachment = to;
    window.reattached();
    outgoing.repeatAll();
    drain();
  }

  /** Sends the last call to a new attachment, and nothing else. */
  public void attachToEnd(Attachment to, PendingCall<?> last) {
    attachment = to;
    window.reattached();
    Frame frame = new Frame(mostBytes);
    frame.add(last);
    send(to, frame);
  }

  /** Sends nothing until there is another attachment. */
  public void detach() {
    attachment = null;
  }

  /** Sends what waits, as far as the attachment and the window have room. */
  public void drain() {
    Ending how = ending;
    if (how != null) {
      outgoing.fail(how);
      return;
    }
    Attachment to = attachment;
    while (to != null && to.isReady() && !outgoing.isEmpty()) {
      Frame frame = outgoing.next();
      if (frame.isEmpty()) {
        return;
      }
      send(to, frame);
    }
  }

  /** Completes the calls whose replies are in {@code frame}. */
  public void receive(byte[] frame) throws IOException {
    callbacks.gather();
    try {
      replies.read(frame, this);
    } finally {
      callbacks.handOver();
    }
    unseen.takeSeen(this::replied);
    receipts.addFrame(frame.length);
    makeRoom();
    drain();
    if (receipts.isFull()) {
      confirm();
    } else {
      confirmSoon();
    }
  }

  @Override
  public void attached() {
    onAttached.run();
  }

  @Override
  public void response(long sequence, CodedInputStream bytes) {
    PendingCall<?> call = window.get(sequence);
    if (call == null || call.isOver()) {
      return;
    }
    int length = bytes.getBytesUntilLimit();
    if (call instanceof AsyncCall<?> async && async.grants() && unseen.hasRoomFor(length)) {
      if (!call.isGivenBack() && async.hold(bytes)) {
        unseen.add(async, length);
        leave(call);
      }
    } else if (!call.isGivenBack()) {
      replied(call);
      call.succeed(bytes);
    }
  }

  @Override
  public void error(long sequence, Status status) {
    PendingCall<?> call = window.get(sequence);
    if (call != null && !call.isOver() && !call.undoing) {
      replied(call);
      refused(call, Errors.of(status));
    }
  }

  void refused(PendingCall<?> call, PolyprocException failure) {
    if (call.takingBack && failure.reason() == ErrorReason.ERROR_REASON_CANCELLED) {
      call.takenBack();
      return;
    }
    boolean goingDown = failure.reason() == ErrorReason.ERROR_REASON_SHUTTING_DOWN;
    if (goingDown || Errors.isEndOfSession(failure)) {
      onSessionEnded.accept(failure);
    }
    Ending how = ending;
    call.fail(how == null ? failure : how.failure(!goingDown)); // it says that nothing was done
  }

  /**
   * Confirms everything that came and sends {@code last}, all in one frame; all other calls fail.
   * What the daemon grants them from now on counts as not received.
   */
  public void endWith(PendingCall<?> last, Ending how) {
    Attachment to = attachment;
    window.forEach(PendingCall::see);
    unseen.takeSeen(this::replied);
    receipts.settle();
    Frame frame = new Frame(mostBytes);
    window.add(last);
    frame.add(last);
    if (to != null) {
      send(to, frame);
    }
    failAllBut(last, how);
  }

  /** Fails all calls, now and from now on. */
  public void end(Ending how) {
    failAllBut(null, how);
  }

  private void failAllBut(@Nullable PendingCall<?> last, Ending how) {
    ending = how;
    window.forEach(
        call -> {
          if (call != last) {
            call.fail(how.failure(true));
          }
        });
    outgoing.failOwn(how);
    outgoing.fail(how);
    admission.open();
  }

  /** The reply of a call has come, and can be confirmed. */
  void replied(PendingCall<?> call) {
    if (window.remove(call.sequence) != null) {
      leave(call);
      receipts.add();
      if (window.size() == 0) { // before its caller makes another, which then is alone
        makeRoom();
      }
    }
  }

  private void leave(PendingCall<?> call) {
    left += call.cost - call.left;
    call.left = call.cost;
  }

  private void makeRoom() {
    if (left > 0) {
      admission.leave(left);
      left = 0;
    }
  }

  private void send(Attachment to, Frame frame) {
    Frame before = receipts.confirmIn(frame);
    if (before != null) {
      to.send(before);
    }
    to.send(frame);
  }

  private void confirm() {
    Attachment to = attachment;
    if (to != null) {
      send(to, new Frame(mostBytes));
    }
  }

  private void confirmSoon() {
    if (!confirmScheduled && !(receipts.isEmpty() && unseen.isEmpty())) {
      confirmScheduled = true;
      transport.executeLater(CONFIRM_NANOS, this::confirmWhenIdle);
    }
  }

  private void confirmWhenIdle() {
    confirmScheduled = false;
    unseen.takeSeen(this::replied);
    if (!receipts.isEmpty()) {
      receipts.settle();
      confirm();
    }
    confirmSoon();
  }

  private static byte[] keepAliveBody() {
    return KEEP_ALIVE.body(SessionKeepAliveRequest.getDefaultInstance(), NOTHING);
  }
}
