package dev.polyproc.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.v1.SessionOpenResponse;

/** Whoever opens a session is told, too, which daemon it is: the engine does not know. */
record Introduction(Recipient recipient, ThisDaemon daemon) implements Recipient {
  @Override
  public void reply(Invocation call, Answer reply, boolean last) {
    Message response = reply.response();
    recipient.reply(
        call,
        response == null
            ? reply
            : Answer.of(opened(response).toBuilder().setServer(daemon.info()).build()),
        last);
  }

  /** A reply that was recorded, and restored with the state, is of no generated class. */
  private static SessionOpenResponse opened(Message response) {
    if (response instanceof SessionOpenResponse opened) {
      return opened;
    }
    try {
      return SessionOpenResponse.parseFrom(response.toByteString());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("Expected the reply to an Open", e);
    }
  }

  @Override
  public void flush() {
    recipient.flush();
  }
}
