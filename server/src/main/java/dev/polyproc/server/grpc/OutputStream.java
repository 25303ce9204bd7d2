package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.supervisor.OutputCursor;
import dev.polyproc.server.supervisor.Supervisor;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ProcessGetRequest;
import dev.polyproc.v1.ProcessGetResponse;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * ProcessService.Output: pulls from the supervisor what a process wrote, while the reader reads.
 */
final class OutputStream extends OneRequest implements Backlog.Waiting {
  private static final String METHOD = "ProcessService/Output";
  private static final int PIECE_BYTES = 32 << 10;

  /** What a message has beside its piece, at most. */
  private static final int AROUND_PIECE = 64;

  private final Gateway gateway;
  private final Operations operations;
  private final Supervisor supervisor;
  private final ServerCall<byte[], Message> rpc;
  private final Metadata headers;
  private final Outlet<Message> outlet;
  private @Nullable OutputCursor cursor;
  private int pieceBytes = PIECE_BYTES;
  private boolean opened;

  private OutputStream(
      Gateway gateway,
      Operations operations,
      Supervisor supervisor,
      ServerCall<byte[], Message> rpc,
      Metadata headers) {
    super(gateway.arrivals(), rpc);
    this.gateway = gateway;
    this.operations = operations;
    this.supervisor = supervisor;
    this.rpc = rpc;
    this.headers = headers;
    this.outlet = new Outlet<>(rpc);
  }

  static ServerCallHandler<byte[], Message> handler(
      Gateway gateway, Operations operations, Supervisor supervisor) {
    return (rpc, headers) -> new OutputStream(gateway, operations, supervisor, rpc, headers);
  }

  /** Where no processes are started, there is nothing that they wrote. */
  static ServerCallHandler<byte[], Message> none(Gateway gateway) {
    return (rpc, headers) ->
        new OneRequest(gateway.arrivals(), rpc) {
          @Override
          void arrived() {
            String process =
                gateway.parser().parse(METHOD, ProcessOutputRequest.parser(), take()).getProcess();
            throw new Refusal(
                    ErrorReason.ERROR_REASON_START_FAILED,
                    "Expected a daemon that starts processes, but this one is inside of a program"
                        + " and does not")
                .with("object", process);
          }

          @Override
          public void onCancel() {
            closed();
          }
        };
  }

  @Override
  void arrived() {
    ProcessOutputRequest wanted =
        gateway.parser().parse(METHOD, ProcessOutputRequest.parser(), take());
    find(wanted.getProcess(), found -> found(found, wanted));
  }

  private void found(Answer found, ProcessOutputRequest wanted) {
    if (isClosed()) {
      return; // The reader went meanwhile.
    }
    if (found.error() != null) {
      close(found.error());
      return;
    }
    rpc.sendHeaders(new Metadata());
    open(found, wanted);
  }

  private void find(String process, Consumer<Answer> then) {
    Envelope.Builder envelope = EnvelopeReader.readStream(headers, connection());
    long most = envelope.getMaxReplyBytes();
    if (most != 0) {
      pieceBytes = (int) Math.min(PIECE_BYTES, most - AROUND_PIECE);
      envelope.clearMaxReplyBytes(); // What is found is not told.
    }
    LoopRecipient answer = new LoopRecipient(connection().loop(), then);
    ProcessGetRequest get = ProcessGetRequest.newBuilder().setProcess(process).build();
    gateway.submit(
        connection(),
        new Invocation(operations.byName("ProcessService/Get"), get, envelope.build(), answer));
  }

  private void open(Answer found, ProcessOutputRequest wanted) {
    if (!(found.response() instanceof ProcessGetResponse response)) {
      throw new IllegalStateException("Expected a process");
    }
    long incarnation = response.getProcess().getRef().getIncarnation();
    cursor =
        supervisor
            .output(incarnation, wanted, () -> connection().loop().execute(this::pump))
            .orElse(null);
    opened = true;
    pump();
  }

  @Override
  public void onReady() {
    pump();
  }

  @Override
  public void onCancel() {
    closed();
    if (cursor != null) {
      cursor.close();
    }
    leave();
  }

  @Override
  public void onComplete() {
    leave();
  }

  private void leave() {
    connection().backlog().forget(this);
    outlet.close();
  }

  @Override
  public long size() {
    return PIECE_BYTES;
  }

  @Override
  public void go() {
    pump();
  }

  /** Sends what there is. On the loop. */
  private void pump() {
    while (opened && !isClosed() && outlet.mayTake(pieceBytes)) {
      ProcessOutputResponse piece = cursor == null ? null : cursor.next(pieceBytes);
      if (piece != null) {
        outlet.send(piece, piece.getSerializedSize());
        continue;
      }
      if (cursor == null || cursor.hasEnded()) {
        closed();
        rpc.close(Status.OK, new Metadata());
      }
      return;
    }
    if (opened && !isClosed() && rpc.isReady()) {
      connection().backlog().whenRoom(this);
    }
  }
}
