package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.call.Call;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.call.Reply;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes the one reply to a call of the node's own, and goes on with it on the loop. */
final class Answer implements Recipient {
  private final AtomicReference<@Nullable Reply> reply = new AtomicReference<>();
  private final Executor loop;
  private final Consumer<Reply> then;

  Answer(Executor loop, Consumer<Reply> then) {
    this.loop = loop;
    this.then = then;
  }

  @Override
  public void reply(Call call, Reply answer, boolean last) {
    reply.set(answer);
  }

  @Override
  public void flush() {
    Reply answer = reply.getAndSet(null);
    if (answer != null) {
      loop.execute(() -> then.accept(answer));
    }
  }
}
