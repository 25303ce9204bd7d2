package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Caller;
import dev.polyproc.server.engine.Reply;
import org.jspecify.annotations.Nullable;

/** Takes the reply to a call of the node's own that never waits: it is there after the submit. */
final class Answer implements Caller {
  private @Nullable Reply reply;

  @Override
  public void reply(Call call, Reply answer, boolean last) {
    reply = answer;
  }

  Reply get() {
    if (reply == null) {
      throw new IllegalStateException("Expected a reply at once");
    }
    return reply;
  }
}
