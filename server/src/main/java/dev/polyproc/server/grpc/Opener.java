package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.v1.SessionOpenResponse;
import org.jspecify.annotations.Nullable;

/** Whoever opens a session: it is tied to its process, whether or not anybody reads the answer. */
final class Opener implements Recipient {
  private final Recipient recipient;
  private final ProcessWatch watch;
  private final Tie tie;
  private final Connection connection;
  private volatile @Nullable String opened;

  Opener(Recipient recipient, ProcessWatch watch, Tie tie, Connection connection) {
    this.recipient = recipient;
    this.watch = watch;
    this.tie = tie;
    this.connection = connection;
  }

  @Override
  public void reply(Invocation call, Answer reply, boolean last) {
    if (reply.response() instanceof SessionOpenResponse response) {
      opened = response.getSession();
    }
    recipient.reply(call, reply, last);
  }

  @Override
  public void flush() {
    String session = opened;
    if (session != null) {
      opened = null;
      watch.opened(session, tie, connection);
    }
    recipient.flush();
  }
}
