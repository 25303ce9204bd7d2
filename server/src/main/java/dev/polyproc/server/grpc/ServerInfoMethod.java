package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.v1.AdminServerInfoResponse;
import dev.polyproc.v1.ServerInfo;
import java.util.function.Consumer;

/** AdminService.ServerInfo: which daemon it is that answers. How full it is, its engine says. */
final class ServerInfoMethod implements NodeMethod {
  private final ServerInfo own;

  ServerInfoMethod(ServerInfo own) {
    this.own = own;
  }

  @Override
  public void serve(Message request, Message found, Consumer<Answer> then) {
    AdminServerInfoResponse.Builder response = ((AdminServerInfoResponse) found).toBuilder();
    response.setServer(own.toBuilder().setUptime(response.getServer().getUptime()));
    then.accept(Answer.of(response.build()));
  }
}
