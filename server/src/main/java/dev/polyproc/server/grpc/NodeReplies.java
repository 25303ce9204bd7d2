package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;

/**
 * Where the node replies to the calls of one stream, which may be later: knows how many it still
 * has to answer. Keeps nothing of a stream that is gone.
 *
 * <p>Used on its connection's event loop only.
 */
final class NodeReplies implements Recipient {
  private final Outbox outbox;
  private int unanswered;

  NodeReplies(Outbox outbox) {
    this.outbox = outbox;
  }

  /** A call is on its way to the node. */
  void begin() {
    unanswered++;
  }

  /** It has not come there, and is sent again. */
  void takeBack() {
    unanswered--;
  }

  /** Whether all are answered. */
  boolean areThere() {
    return unanswered == 0;
  }

  @Override
  public void reply(Invocation call, Answer answer, boolean last) {
    unanswered--;
    outbox.reply(call, answer, last);
  }

  @Override
  public void flush() {
    outbox.flush();
  }
}
