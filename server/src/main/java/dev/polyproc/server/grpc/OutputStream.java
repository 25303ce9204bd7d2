package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Operations;
import dev.polyproc.server.engine.Refusal;
import dev.polyproc.server.engine.Reply;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ProcessService.Output: pulls from the supervisor what a process wrote, while the reader reads.
 */
final class OutputStream extends ServerCall.Listener<byte[]> {
  private static final String METHOD = "ProcessService/Output";
  private static final int PIECE_BYTES = 32 << 10;

  private final Node node;
  private final Operations operations;
  private final Supervisor supervisor;
  private final ServerCall<byte[], Message> rpc;
  private final Metadata headers;
  private byte[] request = new byte[0];
  private @Nullable OutputCursor cursor;
  private boolean opened;
  private boolean closed;

  private OutputStream(
      Node node,
      Operations operations,
      Supervisor supervisor,
      ServerCall<byte[], Message> rpc,
      Metadata headers) {
    this.node = node;
    this.operations = operations;
    this.supervisor = supervisor;
    this.rpc = rpc;
    this.headers = headers;
  }

  static ServerCallHandler<byte[], Message> handler(
      Node node, Operations operations, Supervisor supervisor) {
    return (rpc, headers) -> {
      rpc.request(1);
      return new OutputStream(node, operations, supervisor, rpc, headers);
    };
  }

  /** Where no processes are started, there is nothing that they wrote. */
  static ServerCallHandler<byte[], Message> none() {
    return (rpc, headers) -> {
      Refusal refusal =
          new Refusal(
              ErrorReason.ERROR_REASON_START_FAILED,
              "Expected a daemon that starts processes, but this one does not");
      Wire.close(rpc, refusal.status());
      return new ServerCall.Listener<>() {};
    };
  }

  @Override
  public void onMessage(byte[] message) {
    request = message;
  }

  @Override
  public void onHalfClose() {
    try {
      ProcessOutputRequest wanted =
          node.parser()
              .parse(
                  METHOD, ProcessOutputRequest.parser(), UnsafeByteOperations.unsafeWrap(request));
      Reply found = find(wanted.getProcess());
      if (found.error() != null) {
        closed = true;
        Wire.close(rpc, found.error());
        return;
      }
      rpc.sendHeaders(new Metadata());
      open(found, wanted);
    } catch (Refusal refusal) {
      closed = true;
      Wire.close(rpc, refusal.status());
    }
  }

  private Reply find(String process) {
    Answer answer = new Answer();
    ProcessGetRequest get = ProcessGetRequest.newBuilder().setProcess(process).build();
    node.submit(
        List.of(
            new Call(
                operations.byName("ProcessService/Get"),
                get,
                EnvelopeReader.read(headers).clearSequence().build(),
                answer)));
    return answer.get();
  }

  private void open(Reply found, ProcessOutputRequest wanted) {
    if (!(found.response() instanceof ProcessGetResponse response)) {
      throw new IllegalStateException("Expected a process");
    }
    long incarnation = response.getProcess().getRef().getIncarnation();
    cursor =
        supervisor.output(incarnation, wanted, () -> node.loop().execute(this::pump)).orElse(null);
    opened = true;
    pump();
  }

  @Override
  public void onReady() {
    pump();
  }

  @Override
  public void onCancel() {
    closed = true;
    if (cursor != null) {
      cursor.close();
    }
  }

  /** Sends what there is. On the loop. */
  private void pump() {
    while (opened && !closed && rpc.isReady()) {
      ProcessOutputResponse piece = cursor == null ? null : cursor.next(PIECE_BYTES);
      if (piece != null) {
        rpc.sendMessage(piece);
        continue;
      }
      if (cursor == null || cursor.hasEnded()) {
        closed = true;
        rpc.close(Status.OK, new Metadata());
      }
      return;
    }
  }
}
