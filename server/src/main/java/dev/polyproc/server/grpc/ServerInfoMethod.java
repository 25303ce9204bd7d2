package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.v1.AdminServerInfoResponse;
import java.util.function.Consumer;

/** AdminService.ServerInfo: which daemon it is that answers. How full it is, its engine says. */
record ServerInfoMethod(ThisDaemon daemon) implements NodeMethod {
  @Override
  public void serve(Message request, Message found, Connection from, Consumer<Answer> then) {
    then.accept(
        Answer.of(((AdminServerInfoResponse) found).toBuilder().setServer(daemon.info()).build()));
  }
}
