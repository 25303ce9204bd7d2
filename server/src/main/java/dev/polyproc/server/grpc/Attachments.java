package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.refusal.Refusal;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The latest stream of each session. */
public final class Attachments {
  private final Map<String, AttachStream> latest = new ConcurrentHashMap<>();
  private final Set<AttachStream> asking = ConcurrentHashMap.newKeySet();

  /** A stream asks to be attached: until it is answered it ends with its session only. */
  void ask(AttachStream stream) {
    asking.add(stream);
  }

  /** A stream that asked was answered, or has gone. */
  void answered(AttachStream stream) {
    asking.remove(stream);
  }

  /**
   * A stream was attached. The one before it, if any, ends: that with the lower number, as those of
   * several event loops may come here in another order than they were attached.
   */
  void add(AttachStream stream) {
    AtomicReference<@Nullable AttachStream> replaced = new AtomicReference<>();
    latest.merge(
        stream.session(),
        stream,
        (one, other) -> {
          boolean isLater = Long.compareUnsigned(one.attachment(), other.attachment()) > 0;
          replaced.set(isLater ? other : one);
          return isLater ? one : other;
        });
    AttachStream before = replaced.get();
    if (before != null) {
      before.endFromElsewhere(Refusal.attachmentReplaced());
    }
  }

  void remove(AttachStream stream) {
    latest.remove(stream.session(), stream);
  }

  /** The sessions that have a stream. */
  public Set<String> sessions() {
    return latest.keySet();
  }

  /** Whether a session has a stream. */
  boolean has(String session) {
    return latest.containsKey(session);
  }

  /** A session has confirmed replies elsewhere than on its stream. */
  void confirmed(String session) {
    AttachStream stream = latest.get(session);
    if (stream != null) {
      stream.tryAgain();
    }
  }

  /** The daemon goes down: every stream ends, after what it still has to send. */
  void endAll(Refusal cause) {
    latest.values().forEach(stream -> stream.endFromElsewhere(cause));
  }

  /** A session ended: so does its stream. */
  void sessionEnded(String session, Refusal cause) {
    // Those that ask first: one that is answered meanwhile is among the latest by then.
    if (!asking.isEmpty()) {
      asking.stream()
          .filter(one -> one.session().equals(session))
          .forEach(one -> one.endFromElsewhere(cause));
    }
    AttachStream stream = latest.get(session);
    if (stream != null) {
      stream.endFromElsewhere(cause);
    }
  }
}
