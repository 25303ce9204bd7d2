package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.call.Operation.Kind;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The calls of methods of the node. Those that are not answered yet are bounded in number, also
 * where their rpcs, streams and connections are gone: the node may be long about them.
 *
 * <p>Thread-safe.
 */
final class NodeCalls {
  private final Map<String, NodeMethod> methods;
  private final int most;
  private final AtomicInteger unanswered = new AtomicInteger();

  /**
   * Those of the methods.
   *
   * @param methods by name
   * @param most how many may be unanswered
   */
  NodeCalls(Map<String, NodeMethod> methods, int most) {
    this.methods = methods;
    this.most = most;
  }

  /** Who is told the engine's answer to a call: where the node serves it, it goes there with it. */
  Recipient told(Operation operation, Message request, Connection from, Recipient recipient) {
    NodeMethod method = operation.kind() == Kind.NODE ? methods.get(operation.name()) : null;
    return method == null ? recipient : new NodeCall(this, method, request, from, recipient);
  }

  /** A call goes to the node; {@link #answered} must follow. */
  void begin() {
    if (unanswered.incrementAndGet() > most) {
      answered();
      throw tooMany(most);
    }
  }

  /** The node has answered one. */
  void answered() {
    unanswered.decrementAndGet();
  }

  static Refusal tooMany(int most) {
    return new Refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            "Expected at most "
                + most
                + " calls that the daemon's node has not answered, but there would be more; try"
                + " again later, or start the daemon with a higher --limit open_calls")
        .with("limit", "open_calls");
  }
}
