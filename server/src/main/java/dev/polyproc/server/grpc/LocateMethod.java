package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.memory.Segments;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.SharedMemoryLocateResponse;
import java.io.UncheckedIOException;
import java.util.function.Consumer;

/**
 * SharedMemoryService.Locate: where a segment is, for who is on this machine. That there is one,
 * its engine says; whether its file is, is found out elsewhere, and answered when it is known.
 */
record LocateMethod(Segments segments) implements NodeMethod {
  @Override
  public void serve(Message request, Message found, Connection from, Consumer<Answer> then) {
    SharedMemoryLocateResponse segment = (SharedMemoryLocateResponse) found;
    String name = segment.getRef().getName();
    if (!from.isByUnixSocket()) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_NOT_LOCAL,
              "Expected a caller on the daemon's Unix socket to ask where '"
                  + name
                  + "' is, but this one came by another way and may be on another machine; connect"
                  + " to the socket, or take ArrayService for what is far away")
          .with("object", name);
    }
    var unused =
        segments
            .locate(segment.getRef())
            .whenCompleteAsync(
                (path, failure) ->
                    then.accept(
                        failure == null
                            ? Answer.of(segment.toBuilder().setPath(path.toString()).build())
                            : Answer.of(refusal(name, failure))),
                from.loop());
  }

  /** Why it is not known where the segment of a name is. */
  static Refusal refusal(String name, Throwable failure) {
    if (failure instanceof Refusal refusal) {
      return refusal;
    }
    return new Refusal(
            ErrorReason.ERROR_REASON_LIMIT_REACHED,
            "Expected to look at the file of '"
                + name
                + "', but that failed ("
                + (failure instanceof UncheckedIOException look ? look.getCause() : failure)
                + "), so that nobody knows whether it is there; try again when the daemon can open"
                + " files and start threads")
        .with("object", name);
  }
}
