package dev.polyproc.client.internal.session;

import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.call.Calls;
import dev.polyproc.client.internal.call.PendingCall;
import dev.polyproc.client.internal.transport.Tls;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Attachment;
import dev.polyproc.client.internal.wire.Durations;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.client.internal.wire.Frame;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionOpenResponse;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session's way to the daemon, through outages: one attachment after the other, until the session
 * ends, or its time to live has passed without the daemon. The event loop's own.
 */
final class Connection implements Attachment.Listener {
  private static final long ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** A session that is to end tries so often, one soon after the other, to tell the daemon so. */
  private static final int CLOSING_ATTEMPTS = 3;

  private static final long CLOSING_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

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
  private final Calls calls;
  private final SessionEnd end;
  private final ConnectionLog log;
  private final Pulse pulse;
  private final Outage outage;
  private volatile @Nullable Attachment current;
  private long attachments;
  private boolean attached;

  /** Why the daemon refused the last attachment; null when it took it, or the connection broke. */
  private @Nullable PolyprocException lastRefusal;

  private int failedWhileClosing;

  Connection(
      Transport transport,
      Settings settings,
      SessionOpenResponse opened,
      Calls calls,
      SessionEnd end,
      ConnectionLog log) {
    this.transport = transport;
    this.settings = settings;
    this.opened = opened;
    this.calls = calls;
    this.end = end;
    this.log = log;
    long timeToLive = Durations.nanos(opened.getTimeToLive());
    this.pulse = new Pulse(calls, timeToLive);
    this.outage = new Outage(timeToLive);
  }

  /** Attaches over {@code channel}, and keeps the session alive from then on. */
  void start(ManagedChannel channel) {
    attach(channel);
    transport.executeLater(pulse.interval(), this::tick);
  }

  /** The attachment of now; null while the daemon is out of reach. Any thread. */
  @Nullable Attachment current() {
    return current;
  }

  /** Gives up the attachment, and answers it if there is one. */
  @Nullable Attachment leave() {
    Attachment attachment = current;
    current = null;
    attached = false;
    calls.detach();
    return attachment;
  }

  private void attach(ManagedChannel channel) {
    if (end.isOver()) {
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

  /** The daemon has taken the attachment. */
  void attached() {
    Attachment attachment = current;
    if (attachment == null || attached) {
      return;
    }
    attached = true;
    lastRefusal = null;
    pulse.restart();
    outage.end();
    log.attached();
    PendingCall<?> lastCall = end.lastCall();
    if (lastCall != null) {
      calls.attachToEnd(attachment, lastCall);
      return;
    }
    calls.attach(attachment);
    end.firstAttached().complete(null);
    finishIfClosing();
  }

  /** A session that was closed waits for the attachment that is being tried. */
  void finishIfClosing() {
    if (attached && end.isClosing()) {
      end.finish();
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
      end.lost(ErrorReason.ERROR_REASON_INTERNAL, "but the daemon's frame cannot be read: " + e);
    }
  }

  @Override
  public void ended(Attachment attachment, Status status, Metadata trailers) {
    if (attachment != current) {
      return;
    }
    PolyprocException cause = Errors.of(status, trailers);
    if (end.isClosing() && Errors.isEndOfSession(cause)) {
      end.closed();
    } else if (!end.firstAttached().isDone() && Opening.isAbsent(cause)) {
      end.neverBegan(cause);
    } else if (MENDABLE.contains(cause.reason()) || isBeingRenewed(cause.reason())) {
      lastRefusal = cause.reason() == ErrorReason.ERROR_REASON_UNSPECIFIED ? null : cause;
      broken(attachment);
    } else if (end.isClosing()) {
      end.closedUnheard();
    } else if (cause.reason() == ErrorReason.ERROR_REASON_SESSION_NOT_FOUND) {
      forgotten(attachment, cause);
    } else {
      end.refused(cause);
    }
  }

  /** The session is lost; how depends on whether the daemon is the one that opened it. */
  private void forgotten(Attachment attachment, PolyprocException refusal) {
    leave(); // and no other one is tried
    Succession.ask(
        attachment.channel(),
        opened.getServer().getBoot(),
        restarted ->
            transport.execute(
                () -> {
                  attachment.close();
                  if (end.isClosing()) {
                    end.closed();
                  } else if (restarted) {
                    end.lost(Loss.byRestart(refusal.reason(), settings.address()));
                  } else {
                    end.refused(refusal);
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
    if (!failed && !end.isClosing()) {
      log.broken();
    }
    outage.begin(pulse.wasAway() ? System.nanoTime() : pulse.heardAt());
    if (end.isClosing()) {
      connectToEnd(failed);
    } else if (outage.remaining() > 0) {
      transport.executeLater(outage.nextBackoff(), this::connectAgain);
    } else if (lastRefusal != null) {
      end.lost(
          lastRefusal.reason(),
          "but it was not taken again in its time to live; the daemon last said: "
              + lastRefusal.getMessage());
    } else {
      end.lost(
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
      end.closedUnheard();
    }
  }

  private void connectAgain() {
    if (end.isOver()) {
      return;
    }
    ManagedChannel channel;
    try {
      channel = transport.newChannel();
    } catch (RuntimeException e) { // of whoever makes the channels
      end.lost(
          ErrorReason.ERROR_REASON_SESSION_ENDED,
          "but there is no way to the daemon any more: " + e.getMessage());
      return;
    }
    attach(channel);
  }

  private void tick() {
    if (end.isOver()) {
      return;
    }
    transport.executeLater(pulse.interval(), this::tick);
    Attachment attachment = current;
    if (attachment != null && attached && !pulse.tick()) {
      broken(attachment);
    }
  }
}
