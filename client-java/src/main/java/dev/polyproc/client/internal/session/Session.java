package dev.polyproc.client.internal.session;

import com.google.rpc.Code;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.call.CallbackThreads;
import dev.polyproc.client.internal.call.Callbacks;
import dev.polyproc.client.internal.call.Calls;
import dev.polyproc.client.internal.call.Waits;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Attachment;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SessionOpenResponse;
import io.grpc.ManagedChannel;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A session from its opening to its end. Its {@link Connection} outlives outages; its {@link
 * SessionEnd} says how it ends.
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
public final class Session {
  private static final long CLOSE_SECONDS = 5;

  private final Transport transport;
  private final Settings settings;
  private final SessionOpenResponse opened;
  private final String name;
  private final CallbackThreads threads = new CallbackThreads();
  private final Calls calls;
  private final SessionEnd end;
  private final Connection connection;

  public Session(Transport transport, Settings settings, SessionOpenResponse opened) {
    this.transport = transport;
    this.settings = settings;
    this.opened = opened;
    this.name =
        String.format(
            "'%s' at %s, session %s",
            settings.client(), settings.address(), Long.toUnsignedString(opened.getNumber()));
    this.calls =
        new Calls(
            transport,
            opened.getLimits(),
            this::attached,
            this::hasEnded,
            new Callbacks(settings.callbacks(), threads, transport));
    ConnectionLog log = new ConnectionLog(threads, name, this::toString);
    this.end = new SessionEnd(transport, settings, calls, threads, log, this::leave);
    this.connection = new Connection(transport, settings, opened, calls, end, log);
  }

  private void attached() {
    connection.attached();
  }

  /** A call was told that the session is over, or that the daemon goes down and takes it along. */
  private void hasEnded(PolyprocException why) {
    if (!end.isClosing()) {
      end.refused(why);
    }
  }

  private @Nullable Attachment leave() {
    return connection.leave();
  }

  /** Attaches over {@code channel}; completes when the daemon has taken the attachment. */
  public CompletableFuture<@Nullable Void> start(ManagedChannel channel) {
    transport.execute(() -> connection.start(channel));
    return end.firstAttached();
  }

  /** What the daemon said of the session, of itself and its limits. */
  public SessionOpenResponse opened() {
    return opened;
  }

  /** The client and its session, in words, with what this side knows of its state. */
  @Override
  public String toString() {
    return name + ", " + state();
  }

  private String state() {
    if (end.isClosing()) {
      return isOver() ? "closed" : "closing";
    }
    return isOver() ? "lost" : connection.current() == null ? "out of reach of the daemon" : "open";
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

  /** Where the program wants what depends on its futures to run; null where it did not say. */
  public @Nullable Executor callbackExecutor() {
    return settings.callbacks();
  }

  /** The connection as it is, for streams of their own; they end with it. */
  public ManagedChannel channel() {
    Attachment attachment = connection.current();
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
    if (end.beginToClose()) {
      calls.entrance().refuse();
      transport.execute(connection::finishIfClosing);
    }
    if (transport.onLoop()) {
      return;
    }
    if (!Waits.uninterruptibly(end.done(), TimeUnit.SECONDS.toNanos(CLOSE_SECONDS))) {
      abandon();
    }
    transport.close();
  }

  /** Whether the session has ended, one way or the other. */
  boolean isOver() {
    return end.done().isDone();
  }

  /** Runs {@code task} once the session has ended: at once when it has. */
  public void whenEnded(Runnable task) {
    var unused = end.done().thenRun(task);
  }

  /** Completes when the daemon has what was called before, or the session has ended. Any thread. */
  public CompletableFuture<?> arrived() {
    CompletableFuture<@Nullable Void> arrived = new CompletableFuture<>();
    transport.execute(
        () -> {
          var unused = calls.barrier().whenComplete((word, failure) -> arrived.complete(null));
        });
    return CompletableFuture.anyOf(arrived, end.done());
  }

  /**
   * Ends the session on this side as the death of its process would: nobody is told, and nothing of
   * it reaches the daemon any more. Completes when that is so.
   */
  public CompletableFuture<@Nullable Void> kill() {
    transport.execute(end::killed);
    return end.done();
  }

  /** Ends the session on this side; the daemon ends it with its time to live. */
  void abandon() {
    transport.execute(end::closedUnheard);
  }
}
