package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Confirm;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.session.Secrets;
import dev.polyproc.server.log.CommandLog;
import dev.polyproc.server.log.SessionKeeper;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionOpenRequest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The way of every call from the wire to the log, and what its answer goes through. */
final class Gateway {
  private static final int SECRET_BYTES = 18;

  private final CommandLog log;
  private final SessionKeeper keeper;
  private final ProcessWatch watch;
  private final NodeCalls nodeCalls;
  private final RequestParser parser;
  private final Arrivals arrivals;
  private final Attachments attachments;
  private final Boot boot;
  private final ThisDaemon daemon;
  private final AtomicLong tickets = new AtomicLong();

  /**
   * The way to an engine.
   *
   * @param boot the daemon that it belongs to
   * @param daemon the same, as it is shown
   * @param nodeCalls what serves calls of the node
   */
  Gateway(
      Boot boot,
      ThisDaemon daemon,
      CommandLog log,
      SessionKeeper keeper,
      ProcessWatch watch,
      NodeCalls nodeCalls,
      RequestParser parser,
      Arrivals arrivals,
      Attachments attachments) {
    this.boot = boot;
    this.daemon = daemon;
    this.log = log;
    this.keeper = keeper;
    this.watch = watch;
    this.nodeCalls = nodeCalls;
    this.parser = parser;
    this.arrivals = arrivals;
    this.attachments = attachments;
  }

  /** Submits calls of a stream; on the loop of its connection. */
  void submit(Connection from, List<Invocation> calls, CommandLog.Applied then) {
    from.departures().settle();
    log.submit(calls, then);
  }

  /** Submits what a frame confirms, and then calls. */
  void submit(
      Connection from, NodeEvent confirmation, List<Invocation> calls, CommandLog.Applied then) {
    from.departures().settle();
    log.submit(confirmation, calls, then);
  }

  /** Submits a call that comes over no attachment; on the loop of its connection. */
  void submit(Connection from, Invocation call) {
    submit(from, List.of(call), CommandLog.Applied.UNHEARD);
  }

  SessionKeeper keeper() {
    return keeper;
  }

  ProcessWatch watch() {
    return watch;
  }

  RequestParser parser() {
    return parser;
  }

  /** What has arrived and was not applied. */
  Arrivals arrivals() {
    return arrivals;
  }

  /** Says where a call came in, and adds a fresh random secret where the operation needs one. */
  void stamp(Operation operation, Envelope.Builder envelope) {
    envelope.setOrigin(boot.getOrigin());
    if (operation.needsSecret()) {
      byte[] bytes = new byte[SECRET_BYTES];
      Random.SECURE.nextBytes(bytes);
      String chance = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      envelope.setSecret(Secrets.of(boot, chance));
    }
  }

  /**
   * Who is to be told the engine's answer to a call, in place of whoever made it: there may be more
   * to do with it.
   */
  Recipient told(
      Operation operation,
      Message request,
      Connection connection,
      Envelope.Builder envelope,
      Recipient recipient) {
    if (request instanceof SessionOpenRequest open) {
      return new Introduction(watch.opening(open, connection, envelope, recipient), daemon);
    }
    return nodeCalls.told(operation, request, connection, recipient);
  }

  /** Made when the first secret is: it takes a while, which nobody should wait at the start. */
  private static final class Random {
    private static final SecureRandom SECURE = new SecureRandom();
  }

  /** A number by which a call can be abandoned. */
  long ticket() {
    return tickets.incrementAndGet();
  }

  /** A call of its own has confirmed replies of a session: its stream may have waited for that. */
  void confirmed(String session) {
    attachments.confirmed(session);
  }

  /** Submits what {@link #confirmation} made. */
  void confirm(NodeEvent confirmation) {
    log.submit(confirmation);
  }

  /** A session has the replies below a number, and those of some later calls. */
  static NodeEvent confirmation(String session, long receivedBelow, List<SequenceRange> received) {
    Confirm confirm =
        Confirm.newBuilder()
            .setSession(session)
            .setReceivedBelow(receivedBelow)
            .addAllReceived(received)
            .build();
    return NodeEvent.newBuilder().setConfirm(confirm).build();
  }
}
