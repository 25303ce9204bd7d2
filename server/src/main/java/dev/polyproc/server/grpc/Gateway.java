package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Abandon;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
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
  private final Executor loop;
  private final Executor afterwards;
  private final Boot boot;
  private final ThisDaemon daemon;
  private Abandon.Builder abandoned = Abandon.newBuilder();
  private final Set<String> roomier = new LinkedHashSet<>();
  private boolean abandons;
  private final AtomicLong tickets = new AtomicLong();

  /**
   * The way to an engine.
   *
   * @param boot the daemon that it belongs to
   * @param daemon the same, as it is shown
   * @param nodeCalls what serves calls of the node
   * @param loop the event loop of the sockets: runs at once what it is given on itself
   * @param afterwards the same: runs what it is given when it has done what it does
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
      Attachments attachments,
      Executor loop,
      Executor afterwards) {
    this.boot = boot;
    this.daemon = daemon;
    this.log = log;
    this.keeper = keeper;
    this.watch = watch;
    this.nodeCalls = nodeCalls;
    this.parser = parser;
    this.arrivals = arrivals;
    this.attachments = attachments;
    this.loop = loop;
    this.afterwards = afterwards;
  }

  /** Submits calls of a stream; on the loop. */
  void submit(List<Invocation> calls, CommandLog.Applied then) {
    settle();
    log.submit(calls, then);
  }

  /** Submits a call that comes over no attachment; on the loop. */
  void submit(Invocation call) {
    submit(List.of(call), CommandLog.Applied.UNHEARD);
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

  Executor loop() {
    return loop;
  }

  /** Runs something on the loop, when all that it does now is done. */
  void afterwards(Runnable task) {
    afterwards.execute(task);
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

  /**
   * The rpc of a call is gone; on the loop. Those of one connection go one by one, and nothing must
   * be handed from one that is gone to one that is about to go: they leave together, before any
   * other call.
   */
  void abandon(long ticket) {
    toBeAbandoned().addTickets(ticket);
  }

  /**
   * The caller of a call gave it up; on the loop. It leaves like those whose rpcs are gone, and its
   * session, if it has one, may have room for calls of its stream.
   */
  void giveUp(long ticket, String session) {
    toBeAbandoned().addGivenUp(ticket);
    if (!session.isEmpty()) {
      roomier.add(session);
    }
  }

  private Abandon.Builder toBeAbandoned() {
    if (!abandons) {
      abandons = true;
      afterwards.execute(this::settle);
    }
    return abandoned;
  }

  private void settle() {
    if (abandons) {
      Abandon abandon = abandoned.setOrigin(boot.getOrigin()).build();
      abandons = false;
      abandoned = Abandon.newBuilder();
      log.submit(NodeEvent.newBuilder().setAbandon(abandon).build());
      List<String> sessions = List.copyOf(roomier);
      roomier.clear();
      sessions.forEach(attachments::confirmed);
    }
  }

  /** A call of its own has confirmed replies of a session: its stream may have waited for that. */
  void confirmed(String session) {
    attachments.confirmed(session);
  }

  /** A session has the replies below a number, and those of some later calls. */
  void confirm(String session, long receivedBelow, List<SequenceRange> received) {
    Confirm confirm =
        Confirm.newBuilder()
            .setSession(session)
            .setReceivedBelow(receivedBelow)
            .addAllReceived(received)
            .build();
    log.submit(NodeEvent.newBuilder().setConfirm(confirm).build());
  }
}
