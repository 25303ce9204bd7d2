package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes the one reply to a call of the node's own, and goes on with it on the loop. */
final class LoopRecipient implements Recipient {
  private final AtomicReference<@Nullable Answer> reply = new AtomicReference<>();
  private final Executor loop;
  private final Consumer<Answer> then;

  LoopRecipient(Executor loop, Consumer<Answer> then) {
    this.loop = loop;
    this.then = then;
  }

  @Override
  public void reply(Invocation call, Answer answer, boolean last) {
    reply.set(answer);
  }

  @Override
  public void flush() {
    Answer answer = reply.getAndSet(null);
    if (answer != null) {
      loop.execute(() -> then.accept(answer));
    }
  }
}
