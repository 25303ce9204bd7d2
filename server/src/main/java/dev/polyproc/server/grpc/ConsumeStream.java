package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.grpc.Outbox.Outgoing;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.QueueConsumeRequest;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;

/**
 * QueueService.Consume: one request, then items as the engine delivers them. How many are under way
 * at once is bounded by {@code max_in_flight}; a reader is too slow when many more were delivered
 * that it has not read, as the time of their reservations was up before.
 */
final class ConsumeStream extends OneRequest implements Backlog.Waiting {
  /** So many deliveries more than may be in flight may be on their way in any case. */
  private static final int SPARE = 16;

  private final Gateway gateway;
  private final Operation operation;
  private final ServerCall<byte[], Message> rpc;
  private final Envelope.Builder envelope;
  private final Outbox outbox;
  private final Outlet<Message> outlet;
  private int mostUnread;

  private ConsumeStream(
      Gateway gateway,
      Operation operation,
      ServerCall<byte[], Message> rpc,
      Envelope.Builder envelope) {
    super(gateway.arrivals(), rpc);
    this.gateway = gateway;
    this.operation = operation;
    this.rpc = rpc;
    this.envelope = envelope;
    this.outbox = new Outbox(connection().loop(), this::drain);
    this.outlet = new Outlet<>(rpc);
  }

  static ServerCallHandler<byte[], Message> handler(Gateway gateway, Operation operation) {
    return (rpc, headers) -> start(gateway, operation, rpc, headers);
  }

  private static ServerCall.Listener<byte[]> start(
      Gateway gateway, Operation operation, ServerCall<byte[], Message> rpc, Metadata headers) {
    try {
      Envelope.Builder envelope =
          EnvelopeReader.readStream(headers, Connection.of(rpc.getAttributes()));
      return new ConsumeStream(gateway, operation, rpc, envelope.setTicket(gateway.ticket()));
    } catch (Refusal refusal) {
      Wire.close(rpc, refusal.status());
      return new ServerCall.Listener<>() {};
    }
  }

  @Override
  void arrived() {
    Message message = gateway.parser().parse(operation, take());
    mostUnread = 2 * ((QueueConsumeRequest) message).getMaxInFlight() + SPARE;
    gateway.keeper().heard(envelope.getSession());
    rpc.sendHeaders(new Metadata());
    gateway.stamp(operation, envelope);
    gateway.submit(connection(), new Invocation(operation, message, envelope.build(), outbox));
  }

  @Override
  public void onReady() {
    drain();
  }

  @Override
  public void onCancel() {
    closed();
    abandon();
    leave();
  }

  @Override
  public void onComplete() {
    leave();
  }

  private void abandon() {
    connection().departures().abandon(envelope.getTicket());
  }

  private void leave() {
    outbox.clear();
    connection().backlog().forget(this);
    outlet.close();
  }

  @Override
  public long size() {
    return outbox.nextSize();
  }

  @Override
  public void go() {
    drain();
  }

  private void drain() {
    while (!isClosed() && !outbox.isEmpty() && outlet.mayTake(outbox.nextSize())) {
      send(outbox.take());
    }
    if (isClosed() || outbox.isEmpty()) {
      return;
    }
    if (outbox.hasMoreThan(mostUnread)) {
      refuse(tooSlow());
      abandon();
      leave();
    } else if (rpc.isReady()) {
      connection().backlog().whenRoom(this);
    }
  }

  private Refusal tooSlow() {
    return new Refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            "Expected the consumer to read its items before their reservations are over, but more"
                + " than "
                + mostUnread
                + " deliveries are not read; read faster, ask for a longer reservation_timeout, or"
                + " let fewer be in flight")
        .with("limit", "max_in_flight");
  }

  private void send(Outgoing next) {
    Answer reply = next.reply();
    if (reply.error() != null) {
      close(reply.error());
    } else if (reply.response() != null) {
      outlet.send(reply.response(), next.size());
    }
    if (next.last() && !isClosed()) {
      closed();
      rpc.close(Status.OK, new Metadata());
    }
  }
}
