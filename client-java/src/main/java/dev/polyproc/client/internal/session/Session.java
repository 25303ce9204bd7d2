package dev.polyproc.client.internal.session;

import com.google.rpc.Code;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.SessionLostException;
import dev.polyproc.client.internal.call.CallbackThreads;
import dev.polyproc.client.internal.call.Callbacks;
import dev.polyproc.client.internal.call.Calls;
import dev.polyproc.client.internal.call.Ending;
import dev.polyproc.client.internal.call.PendingCall;
import dev.polyproc.client.internal.call.Waits;
import dev.polyproc.client.internal.transport.Tls;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Attachment;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Frame;
import dev.polyproc.client.internal.wire.Operation;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionEndRequest;
import dev.polyproc.v1.SessionEndResponse;
import dev.polyproc.v1.SessionOpenResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A session from its opening to its end: attaches to it, connects again when its stream breaks, and
 * gives it up when the daemon has, or when its time to live has passed without the daemon.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>There is one attachment at a time, and each has a higher number than those before.
 *   <li>It ends once: closed by {@link #close}, or lost, and then the callback is told once, on a
 *       thread of its own.
 *   <li>When it has ended, its thread and its connection are gone.
 * </ul>
 */
public final class Session implements Attachment.Listener {
  private static final long ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long CLOSE_SECONDS = 5;

  /** A session that is to end tries so often, one soon after the other, to tell the daemon so. */
  private static final int CLOSING_ATTEMPTS = 3;

  private static final long CLOSING_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final Operation<SessionEndRequest, SessionEndResponse> END =
      Operation.of(SessionServiceGrpc.getEndMethod());

  /** What a new attachment may mend; any other reason that the daemon gives is the end. */
  private static final Set<ErrorReason> MENDABLE =
      EnumSet.of(
          ErrorReason.ERROR_REASON_UNSPECIFIED, // not the daemon but the connection
          ErrorReason.ERROR_REASON_SHUTTING_DOWN,
          ErrorReason.ERROR_REASON_WINDOW_FULL,
          ErrorReason.ERROR_REASON_LIMIT_REACHED, // others have it all, for now
          ErrorReason.ERROR_REASON_MEMORY_FULL,
          ErrorReason.ERROR_REASON_INTERNAL);

  private final Transport transport;
  private final Settings settings;
  private final SessionOpenResponse opened;
  private final long timeToLive;
  private final CallbackThreads threads = new CallbackThreads();
  private final Calls calls;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> firstAttached = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
  private volatile @Nullable Attachment current;

  // All below is the event loop's own.
  private final Pulse pulse;
  private final Outage outage;
  private final ConnectionLog log = new ConnectionLog(threads);
  private long attachments;
  private boolean attached;

  /** Why the daemon refused the last attachment; null when it took it, or the connection broke. */
  private @Nullable PolyprocException lastRefusal;

  /** It is to end, and the daemon has been asked to answer what it can. */
  private boolean finishing;

  /** The call that ends the session, once it was sent. */
  private @Nullable PendingCall<?> lastCall;

  private int failedWhileClosing;

  /** It has ended, or is ending: callbacks of its last calls come back here meanwhile. */
  private boolean over;

  public Session(Transport transport, Settings settings, SessionOpenResponse opened) {
    this.transport = transport;
    this.settings = settings;
    this.opened = opened;
    this.timeToLive = Durations.nanos(opened.getTimeToLive());
    this.calls =
        new Calls(
            transport,
            opened.getLimits(),
            this::attached,
            this::hasEnded,
            new Callbacks(settings.callbacks(), threads, transport));
    this.pulse = new Pulse(calls, timeToLive);
    this.outage = new Outage(timeToLive);
  }

  /** Attaches over {@code channel}; completes when the daemon has taken the attachment. */
  public CompletableFuture<@Nullable Void> start(ManagedChannel channel) {
    transport.execute(
        () -> {
          attach(channel);
          transport.executeLater(pulse.interval(), this::tick);
        });
    return firstAttached;
  }

  /** What the daemon said of the session, of itself and its limits. */
  public SessionOpenResponse opened() {
    return opened;
  }

  /** The client and its session, in words, with what this side knows of its state. */
  @Override
  public String toString() {
    return described(state());
  }

  private String described(String state) {
    return String.format(
        "'%s' at %s, session %s, %s",
        settings.client(), settings.address(), Long.toUnsignedString(opened.getNumber()), state);
  }

  private String state() {
    if (closing.get()) {
      return isOver() ? "closed" : "closing";
    }
    return isOver() ? "lost" : current == null ? "out of reach of the daemon" : "open";
  }

  public Calls calls() {
    return calls;
  }

  public Transport transport() {
    return transport;
  }

  /** What runs the program's code that has no thread of the program's. */
  public CallbackThreads threads() {
    return threads;
  }

  /** The connection as it is, for streams of their own; they end with it. */
  public ManagedChannel channel() {
    Attachment attachment = current;
    if (attachment == null) {
      throw new PolyprocException(
          ErrorReason.ERROR_REASON_UNSPECIFIED,
          Code.UNAVAILABLE,
          "Expected a connection to the daemon at "
              + settings.address()
              + ", but it is broken; try again",
          Map.of(),
          null);
    }
    return attachment.channel();
  }

  /**
   * Ends the session. Calls that can be answered are answered first; those that wait fail. Waits
   * for the daemon, but not for long, and not at all on the event loop.
   */
  public void close() {
    if (closing.compareAndSet(false, true)) {
      calls.entrance().refuse();
      transport.execute(this::finish);
    }
    if (transport.onLoop()) {
      return;
    }
    if (!Waits.uninterruptibly(ended, TimeUnit.SECONDS.toNanos(CLOSE_SECONDS))) {
      abandon();
    }
    transport.close();
  }

  /** Whether the session has ended, one way or the other. */
  boolean isOver() {
    return ended.isDone();
  }

  /** Runs {@code task} once the session has ended: at once when it has. */
  public void whenEnded(Runnable task) {
    var unused = ended.thenRun(task);
  }

  /** Completes when the daemon has what was called before, or the session has ended. Any thread. */
  public CompletableFuture<?> arrived() {
    CompletableFuture<@Nullable Void> arrived = new CompletableFuture<>();
    transport.execute(
        () -> {
          var unused = calls.barrier().whenComplete((word, failure) -> arrived.complete(null));
        });
    return CompletableFuture.anyOf(arrived, ended);
  }

  /**
   * Ends the session on this side as the death of its process would: nobody is told, and nothing of
   * it reaches the daemon any more. Completes when that is so.
   */
  public CompletableFuture<@Nullable Void> kill() {
    Loss killed =
        new Loss(
            ErrorReason.ERROR_REASON_SESSION_ENDED,
            settings.address(),
            false,
            "Expected the client to live until the call was done, but it was killed");
    transport.execute(() -> end(killed));
    return ended;
  }

  /** Ends the session on this side; the daemon ends it with its time to live. */
  void abandon() {
    transport.execute(() -> end(Session::closedUnheard));
  }

  private void attach(ManagedChannel channel) {
    if (over) {
      channel.shutdownNow();
      return;
    }
    Attachment attachment = new Attachment(transport, channel, this);
    current = attachment;
    attachments++;
    pulse.attaching();
    attachment.start(Frame.attach(opened.getSession(), attachments, calls.receivedBelow()));
    transport.executeLater(
        Math.min(ATTEMPT_NANOS, Math.max(0, outage.remaining())),
        () -> {
          if (!attached) {
            broken(attachment);
          }
        });
  }

  private void attached() {
    Attachment attachment = current;
    if (attachment != null && !attached) {
      attached = true;
      lastRefusal = null;
      pulse.restart();
      outage.end();
      log.attached(this);
      if (lastCall != null) {
        calls.attachToEnd(attachment, lastCall);
        return;
      }
      calls.attach(attachment);
      firstAttached.complete(null);
      if (closing.get()) {
        finish();
      }
    }
  }

  /** A call was told that the session is over, or that the daemon goes down and takes it along. */
  private void hasEnded(PolyprocException why) {
    if (!closing.get()) {
      lost(why.reason(), theDaemonSays(why));
    }
  }

  @Override
  public void ready(Attachment attachment) {
    if (attachment == current && attached) {
      calls.drain();
    }
  }

  @Override
  public void received(Attachment attachment, byte[] frame) {
    if (attachment != current) {
      return;
    }
    if (pulse.wasAway()) {
      // The session may have ended meanwhile, and what this frame grants be somebody else's by now.
      // On a new attachment the daemon says so, or repeats it.
      broken(attachment);
      return;
    }
    pulse.heard();
    try {
      calls.receive(frame);
    } catch (IOException e) {
      lost(ErrorReason.ERROR_REASON_INTERNAL, "but the daemon's frame cannot be read: " + e);
    }
  }

  @Override
  public void ended(Attachment attachment, Status status, Metadata trailers) {
    if (attachment != current) {
      return;
    }
    PolyprocException cause = Errors.of(status, trailers);
    if (closing.get() && Errors.isEndOfSession(cause)) {
      end(Session::closed);
    } else if (!firstAttached.isDone() && Opening.isAbsent(cause)) {
      end(sent -> cause);
      firstAttached.completeExceptionally(cause); // as if nobody had listened from the beginning
    } else if (MENDABLE.contains(cause.reason()) || isBeingRenewed(cause.reason())) {
      lastRefusal = cause.reason() == ErrorReason.ERROR_REASON_UNSPECIFIED ? null : cause;
      broken(attachment);
    } else if (closing.get()) {
      end(Session::closedUnheard);
    } else if (cause.reason() == ErrorReason.ERROR_REASON_SESSION_NOT_FOUND) {
      forgotten(attachment, cause);
    } else {
      lost(cause.reason(), theDaemonSays(cause));
    }
  }

  private String theDaemonSays(PolyprocException refusal) {
    return "but the daemon at " + settings.address() + " says: " + refusal.getMessage();
  }

  /** The session is lost; how depends on whether the daemon is the one that opened it. */
  private void forgotten(Attachment attachment, PolyprocException refusal) {
    current = null; // and no other one is tried
    attached = false;
    calls.detach();
    Succession.ask(
        attachment.channel(),
        opened.getServer().getBoot(),
        restarted ->
            transport.execute(
                () -> {
                  attachment.close();
                  if (closing.get()) {
                    end(Session::closed);
                  } else if (restarted) {
                    lost(Loss.byRestart(refusal.reason(), settings.address()));
                  } else {
                    lost(refusal.reason(), theDaemonSays(refusal));
                  }
                }));
  }

  /** Whether a daemon that knows nobody by our certificate may have been shown half a new one. */
  private boolean isBeingRenewed(ErrorReason reason) {
    Tls tls = settings.tls();
    return reason == ErrorReason.ERROR_REASON_UNAUTHENTICATED
        && tls != null
        && tls.certificate() != null;
  }

  /** Connects again, unless the session cannot be alive any more. */
  private void broken(Attachment attachment) {
    if (attachment != current) {
      return;
    }
    boolean failed = !attached;
    current = null;
    attached = false;
    attachment.close();
    calls.detach();
    if (!failed && !closing.get()) {
      log.broken(this);
    }
    outage.begin(pulse.wasAway() ? System.nanoTime() : pulse.heardAt());
    if (closing.get()) {
      connectToEnd(failed);
    } else if (outage.remaining() > 0) {
      transport.executeLater(outage.nextBackoff(), this::connectAgain);
    } else if (lastRefusal != null) {
      lost(
          lastRefusal.reason(),
          "but it was not taken again in its time to live; the daemon last said: "
              + lastRefusal.getMessage());
    } else {
      lost(
          ErrorReason.ERROR_REASON_SESSION_ENDED,
          "but the daemon at " + settings.address() + " could not be reached for its time to live");
    }
  }

  /** Connects again for nothing but the end, unless the daemon is out of reach. */
  private void connectToEnd(boolean failed) {
    failedWhileClosing += failed ? 1 : 0;
    if (failedWhileClosing < CLOSING_ATTEMPTS && outage.remaining() > 0) {
      transport.executeLater(CLOSING_PAUSE_NANOS, this::connectAgain);
    } else {
      end(Session::closedUnheard);
    }
  }

  private void connectAgain() {
    if (over) {
      return;
    }
    ManagedChannel channel;
    try {
      channel = transport.newChannel();
    } catch (RuntimeException e) { // of whoever makes the channels
      lost(
          ErrorReason.ERROR_REASON_SESSION_ENDED,
          "but there is no way to the daemon any more: " + e.getMessage());
      return;
    }
    attach(channel);
  }

  private void tick() {
    if (over) {
      return;
    }
    transport.executeLater(pulse.interval(), this::tick);
    Attachment attachment = current;
    if (attachment != null && attached && !pulse.tick()) {
      broken(attachment);
    }
  }

  private void lost(ErrorReason reason, String why) {
    lost(Loss.because(reason, settings.address(), why));
  }

  private void lost(Loss how) {
    if (over) {
      return;
    }
    end(how);
    if (firstAttached.completeExceptionally(Errors.of(how.reason(), how.sentence()))) {
      return; // It never was the user's: opening it fails.
    }
    SessionLostException told = how.told();
    log.lost(described("lost"), told); // also where the program has closed it by now
    threads.start("polyproc-session-lost", () -> settings.onSessionLost().accept(told));
  }

  /**
   * The last that a closed session does: an answer to all that can be answered, then End. It waits
   * for the attachment that is being tried.
   */
  private void finish() {
    if (over || finishing || !attached) {
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
    var unused = last.whenComplete((response, refusal) -> end(Session::closed));
    calls.endWith(last, Session::closed);
  }

  private void end(Ending how) {
    if (over) {
      return;
    }
    over = true;
    Attachment attachment = current;
    current = null;
    attached = false;
    calls.detach();
    try {
      calls.end(how);
    } finally {
      if (attachment != null) {
        attachment.close();
      }
      ended.complete(null);
      transport.close();
    }
  }

  private static PolyprocException closed(boolean sent) {
    return Errors.of(
        ErrorReason.ERROR_REASON_SESSION_ENDED,
        "Expected the client to stay open until the call was done, but it was closed");
  }

  /** Its program closed it while the daemon was out of reach. */
  private static PolyprocException closedUnheard(boolean sent) {
    return Errors.of(
        ErrorReason.ERROR_REASON_SESSION_ENDED,
        "Expected the client to stay open until the call was done, but it was closed while the"
            + " daemon was out of reach"
            + Ending.outcome(sent));
  }
}
