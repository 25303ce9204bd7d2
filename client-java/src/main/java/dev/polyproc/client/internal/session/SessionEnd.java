package dev.polyproc.client.internal.session;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.SessionLostException;
import dev.polyproc.client.internal.call.CallbackThreads;
import dev.polyproc.client.internal.call.Calls;
import dev.polyproc.client.internal.call.Ending;
import dev.polyproc.client.internal.call.PendingCall;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Attachment;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionEndResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a session ends, once: closed by its program, or lost. Any thread may ask whether it is
 * closing or done; all else is the event loop's own.
 */
final class SessionEnd {
  private static final Operation<SessionEndRequest, SessionEndResponse> END =
      Operation.of(SessionServiceGrpc.getEndMethod());

  private final Transport transport;
  private final Settings settings;
  private final Calls calls;
  private final CallbackThreads threads;
  private final ConnectionLog log;
  private final Supplier<@Nullable Attachment> leave;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> firstAttached = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Void> done = new CompletableFuture<>();

  /** It is to end, and the daemon has been asked to answer what it can. */
  private boolean finishing;

  /** The call that ends the session, once it was sent. */
  private @Nullable PendingCall<?> lastCall;

  /** It has ended, or is ending: callbacks of its last calls come back here meanwhile. */
  private boolean over;

  /**
   * @param leave gives up the attachment, and answers it if there is one
   */
  SessionEnd(
      Transport transport,
      Settings settings,
      Calls calls,
      CallbackThreads threads,
      ConnectionLog log,
      Supplier<@Nullable Attachment> leave) {
    this.transport = transport;
    this.settings = settings;
    this.calls = calls;
    this.threads = threads;
    this.log = log;
    this.leave = leave;
  }

  /** Notes that the program closes the session; answers whether it had not done so. Any thread. */
  boolean beginToClose() {
    return closing.compareAndSet(false, true);
  }

  /** Whether its program has closed it. Any thread. */
  boolean isClosing() {
    return closing.get();
  }

  /** Completes when the session has ended, one way or the other. Any thread. */
  CompletableFuture<@Nullable Void> done() {
    return done;
  }

  /**
   * Completes when the daemon has taken an attachment, so that the session is the program's; fails
   * when it ended before.
   */
  CompletableFuture<@Nullable Void> firstAttached() {
    return firstAttached;
  }

  boolean isOver() {
    return over;
  }

  /** The call that ends the session and has to be sent again; null when none was sent. */
  @Nullable PendingCall<?> lastCall() {
    return lastCall;
  }

  /**
   * The last that a closed session does, which is attached: an answer to all that can be answered,
   * then End.
   */
  void finish() {
    if (over || finishing) {
      return;
    }
    finishing = true;
    var unused = calls.barrier().whenComplete((word, failure) -> sendEnd());
  }

  private void sendEnd() {
    if (over) {
      return;
    }
    PendingCall<?> last =
        calls.internal(END.body(SessionEndRequest.getDefaultInstance(), new byte[0]));
    lastCall = last;
    var unused = last.whenComplete((response, refusal) -> closed());
    calls.endWith(last, SessionEnd::failureOfClosed);
  }

  /** It was closed, and the daemon knows. */
  void closed() {
    end(SessionEnd::failureOfClosed);
  }

  /** It was closed, and the daemon is out of reach: it ends the session with its time to live. */
  void closedUnheard() {
    end(SessionEnd::failureOfClosedUnheard);
  }

  /** Nobody listens, though a moment before somebody did: as if from the beginning. */
  void neverBegan(PolyprocException absence) {
    end(sent -> absence);
    firstAttached.completeExceptionally(absence);
  }

  /** Its program is taken to be dead: nobody is told. */
  void killed() {
    end(
        new Loss(
            ErrorReason.ERROR_REASON_SESSION_ENDED,
            settings.address(),
            false,
            "Expected the client to live until the call was done, but it was killed"));
  }

  /** The daemon says that it is lost. */
  void refused(PolyprocException refusal) {
    lost(
        refusal.reason(),
        "but the daemon at " + settings.address() + " says: " + refusal.getMessage());
  }

  /** It is lost, for a reason that stands behind "Expected the session to live". */
  void lost(ErrorReason reason, String why) {
    lost(Loss.because(reason, settings.address(), why));
  }

  void lost(Loss how) {
    if (over) {
      return;
    }
    end(how);
    if (firstAttached.completeExceptionally(Errors.of(how.reason(), how.sentence()))) {
      return; // It never was the user's: opening it fails.
    }
    SessionLostException told = how.told();
    log.lost(told);
    threads.start("polyproc-session-lost", () -> settings.onSessionLost().accept(told));
  }

  private void end(Ending how) {
    if (over) {
      return;
    }
    over = true;
    Attachment attachment = leave.get();
    try {
      calls.end(how);
    } finally {
      if (attachment != null) {
        attachment.close();
      }
      done.complete(null);
      transport.close();
    }
  }

  private static PolyprocException failureOfClosed(boolean sent) {
    return Errors.of(
        ErrorReason.ERROR_REASON_SESSION_ENDED,
        "Expected the client to stay open until the call was done, but it was closed");
  }

  /** Its program closed it while the daemon was out of reach. */
  private static PolyprocException failureOfClosedUnheard(boolean sent) {
    return Errors.of(
        ErrorReason.ERROR_REASON_SESSION_ENDED,
        "Expected the client to stay open until the call was done, but it was closed while the"
            + " daemon was out of reach"
            + Ending.outcome(sent));
  }
}
