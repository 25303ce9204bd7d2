package dev.polyproc.server.grpc;

import dev.polyproc.v1.ErrorReason;

/** What a program should do when a call failed for a reason. */
final class Advice {
  private Advice() {}

  static String of(ErrorReason reason) {
    return switch (reason) {
      case ERROR_REASON_MALFORMED_REQUEST -> "Build the stubs anew from the protos of this daemon.";
      case ERROR_REASON_NESTED_TOO_DEEP ->
          "Store the inner parts as objects and refs to them, or as bytes of your own.";
      case ERROR_REASON_INVALID_ARGUMENT,
          ERROR_REASON_INVALID_DURATION,
          ERROR_REASON_INVALID_VALUE ->
          "Mend the field that the details name. A repeat of the same call fails the same way.";
      case ERROR_REASON_INVALID_NAME -> "Take another name.";
      case ERROR_REASON_SEQUENCE_REUSED ->
          "Number each new command anew; a repeat is the same, byte by byte.";
      case ERROR_REASON_SEQUENCE_FORGOTTEN ->
          "Do not repeat what was confirmed; confirm only what has arrived.";
      case ERROR_REASON_UNKNOWN_METHOD ->
          "Look for another spelling, or an older daemon than the client was made for.";
      case ERROR_REASON_UNAUTHENTICATED ->
          "Show the daemon's token, or come through its Unix socket as its user.";
      case ERROR_REASON_OBJECT_NOT_FOUND ->
          "Create the object; it is explicit, and safe to repeat.";
      case ERROR_REASON_OBJECT_DELETED ->
          "Stop using the object, or create it again if it is yours to create.";
      case ERROR_REASON_OBJECT_EXISTS ->
          "Ask for what is there, or for another name. Two programs that share a name must agree.";
      case ERROR_REASON_WRONG_KIND -> "Take another name, or the service of that kind.";
      case ERROR_REASON_SESSION_NOT_FOUND, ERROR_REASON_SESSION_ENDED ->
          "What the session held is given up already. Open another, and begin anew.";
      case ERROR_REASON_SESSION_REQUIRED ->
          "Open a session, and send its id as `polyproc-session`.";
      case ERROR_REASON_ATTACHMENT_REPLACED -> "Nothing, where the newer stream is your own.";
      case ERROR_REASON_CANCELLED -> "Nothing: it is what was asked for.";
      case ERROR_REASON_DEADLINE_EXCEEDED ->
          "Use `timeout` to wait for a while: its end is an ordinary answer.";
      case ERROR_REASON_GUARD_FAILED ->
          "Stop: somebody else may have the lock. Acquire it again, and look at what it guards.";
      case ERROR_REASON_LIMIT_REACHED ->
          "Give up what is done with, read what has come, or raise the limit that the details"
              + " name. Where they name an `object` alone, try again: its file could not be"
              + " opened just now.";
      case ERROR_REASON_VALUE_TOO_LARGE ->
          "Send less at once, or raise the limit that the details name. Where they name an"
              + " `object`, a sum does not fit: the value is as it was; ask for more `bits`, or for"
              + " any number.";
      case ERROR_REASON_MEMORY_FULL ->
          "Take out what is stored, or wait until others have done so, or their requests have"
              + " arrived; then repeat it.";
      case ERROR_REASON_WINDOW_FULL ->
          "Confirm the replies that have arrived, and repeat it. A frame that is too full: send it"
              + " in several.";
      case ERROR_REASON_SHUTTING_DOWN -> "Connect again once a daemon runs; it begins empty.";
      case ERROR_REASON_CLOSED -> "Stop: producers are done. It is how consumers learn that.";
      case ERROR_REASON_RUN_ENDED ->
          "Stop working on that task: its result is known, or another worker has it. Take the"
              + " next.";
      case ERROR_REASON_POOL_BROKEN ->
          "Read the sentence: it has the last failure of a worker's start, and `Get` of the pool"
              + " has it whole. Mend the command or the initializer, delete the pool and create it"
              + " again.";
      case ERROR_REASON_RESERVATION_ENDED ->
          "See first that the queue is the one that gave the item out. If it is, drop what was"
              + " computed for the item: it is done with, or somebody else has it.";
      case ERROR_REASON_NOT_HELD, ERROR_REASON_NOT_OWNER ->
          "Look for a release too many, or by the wrong session or owner; of a barrier's action: it"
              + " is over, stop.";
      case ERROR_REASON_WOULD_DEADLOCK ->
          "Release what the owner has before, or take the stronger hold from the beginning.";
      case ERROR_REASON_STALE_TOKEN ->
          "Stop: the hold was over before, so that what it guarded may have changed.";
      case ERROR_REASON_LOCK_BROKEN ->
          "Mend by hand what the lock guards; then delete the lock and create it again.";
      case ERROR_REASON_BARRIER_BROKEN ->
          "Stop, or begin again: each party that is told so calls `Reset` with the `round` of the"
              + " details (`PolyBarrier.mend`), and comes again. Where the `cause` is `RESET`, come"
              + " again.";
      case ERROR_REASON_NOT_JOINABLE -> "Create the queue with `unfinished`, under another name.";
      case ERROR_REASON_TASK_DONE_TOO_OFTEN ->
          "Say it once for each item that was got, and not for one that was acknowledged.";
      case ERROR_REASON_NOT_A_NUMBER ->
          "Set a number there, or add a number of the other kind. Of a float: do not ask for"
              + " `bits`.";
      case ERROR_REASON_START_FAILED ->
          "Mend the command, and start it again: the name is free. An embedded daemon starts none.";
      case ERROR_REASON_NOT_LOCAL ->
          "Call over the daemon's Unix socket, on its machine; from elsewhere use an array of"
              + " ArrayService.";
      case ERROR_REASON_NO_SPACE ->
          "Delete segments, or other files in that folder; or start the daemon with another"
              + " `--memory-folder`. The name is free.";
      case ERROR_REASON_SEGMENT_FAILED ->
          "See to the folder that the sentence names, and create it again: the name is free. An"
              + " embedded daemon makes none.";
      case ERROR_REASON_SEGMENT_NOT_READY ->
          "Create it, with the same shape: that waits until it is there.";
      case ERROR_REASON_SEGMENT_LOST ->
          "Delete the object, and create it anew; see who tidies up the folder.";
      case ERROR_REASON_PROCESS_ENDED -> "Nothing: `Wait` and `Get` tell how it ended.";
      case ERROR_REASON_INVALID_ATTACHMENT -> "Begin the stream as SessionService.Attach says.";
      case ERROR_REASON_INDEX_OUT_OF_RANGE -> "Ask for the size before, or go by pages.";
      case ERROR_REASON_NOT_COMPARABLE -> "Store values of one kind, or sort them in the client.";
      case ERROR_REASON_BROKEN_PIPE -> "Stop sending: nobody will receive it.";
      case ERROR_REASON_WRONG_DIRECTION -> "Use the other end, or a pipe that goes both ways.";
      case ERROR_REASON_MESSAGE_TOO_LONG ->
          "Receive with a higher `max_length`; the message is still there.";
      case ERROR_REASON_COMPRESSED -> "Turn the compression of requests off in the client.";
      case ERROR_REASON_REPLY_TOO_LARGE ->
          "Raise `polyproc-max-reply-bytes`, and what the gRPC library takes, to what the details"
              + " name.";
      case ERROR_REASON_CALL_REPLACED -> "Nothing: the repeat is answered.";
      case ERROR_REASON_OVER_RELEASED -> "Look for a release too many: the permits are all there.";
      case ERROR_REASON_SEMAPHORE_BROKEN ->
          "Mend by hand what the permits stand for; then delete the semaphore and create it again.";
      case ERROR_REASON_INTERNAL ->
          "Report it with the daemon's log. No call is known that brings it.";
      case ERROR_REASON_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("Expected a reason, but it is " + reason);
    };
  }
}
