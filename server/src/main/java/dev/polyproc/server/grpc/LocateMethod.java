package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.memory.Segments;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.util.function.Consumer;

/**
 * SharedMemoryService.Locate: where a segment is, for who is on this machine. That there is one,
 * its engine says.
 */
record LocateMethod(Segments segments) implements NodeMethod {
  @Override
  public void serve(Message request, Message found, Connection from, Consumer<Answer> then) {
    SharedMemoryLocateResponse segment = (SharedMemoryLocateResponse) found;
    if (!from.isByUnixSocket()) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_NOT_LOCAL,
              "Expected a caller on the daemon's Unix socket to ask where '"
                  + segment.getRef().getName()
                  + "' is, but this one came by another way and may be on another machine; connect"
                  + " to the socket, or take ArrayService for what is far away")
          .with("object", segment.getRef().getName());
    }
    then.accept(
        Answer.of(
            segment.toBuilder().setPath(segments.locate(segment.getRef()).toString()).build()));
  }
}
