package dev.polyproc.server.grpc;

import dev.polyproc.server.engine.call.Call;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Reply;
import dev.polyproc.v1.SessionOpenResponse;
import org.jspecify.annotations.Nullable;

/** Whoever opens a session: it is tied to its process, whether or not anybody reads the answer. */
final class Opener implements Caller {
  private final Caller caller;
  private final ProcessWatch watch;
  private final Tie tie;
  private final Connection connection;
  private volatile @Nullable String opened;

  Opener(Caller caller, ProcessWatch watch, Tie tie, Connection connection) {
    this.caller = caller;
    this.watch = watch;
    this.tie = tie;
    this.connection = connection;
  }

  @Override
  public void reply(Call call, Reply reply, boolean last) {
    if (reply.response() instanceof SessionOpenResponse response) {
      opened = response.getSession();
    }
    caller.reply(call, reply, last);
  }

  @Override
  public void flush() {
    String session = opened;
    if (session != null) {
      opened = null;
      watch.opened(session, tie, connection);
    }
    caller.flush();
  }
}
