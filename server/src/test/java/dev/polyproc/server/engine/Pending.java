package dev.polyproc.server.engine;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A call that a test made, and the replies that came so far. */
public final class Pending<R extends Message> {
  private final Envelope envelope;
  private final R prototype;
  private final Inbox inbox = new Inbox();
  private final Inbox shadowInbox = new Inbox();

  /** The replies that one engine sent. */
  static final class Inbox implements Recipient {
    private final List<Reply> replies = new ArrayList<>();
    private boolean done;

    @Override
    public void reply(Invocation call, Answer reply, boolean last) {
      if (done) {
        throw new AssertionError(
            "Expected one last reply to " + call.operation().name() + ", but got another");
      }
      replies.add(reply.toProto(call.sequence()));
      done = last;
    }
  }

  Pending(Envelope envelope, R prototype) {
    this.envelope = envelope;
    this.prototype = prototype;
  }

  /** What stood around the request. */
  public Envelope envelope() {
    return envelope;
  }

  /** An empty response. */
  public R prototype() {
    return prototype;
  }

  Inbox inbox() {
    return inbox;
  }

  Inbox shadowInbox() {
    return shadowInbox;
  }

  /** Fails unless the restored engine sent what the engine itself did. */
  void checkShadow() {
    if (inbox.done != shadowInbox.done || !inbox.replies.equals(shadowInbox.replies)) {
      throw new AssertionError(
          "Expected the restored engine to answer "
              + inbox.replies
              + ", but it answered "
              + shadowInbox.replies);
    }
  }

  /** The number of the call in its session. */
  public long sequence() {
    return envelope.getSequence();
  }

  /** All replies so far, in their order. */
  public List<Reply> replies() {
    return inbox.replies;
  }

  /** Whether no last reply has come. */
  public boolean isWaiting() {
    return !inbox.done;
  }

  /** The response of a call that is done and did not fail. */
  public R response() {
    return parsed(last());
  }

  /** All responses of a stream so far. */
  public List<R> responses() {
    return inbox.replies.stream().filter(Reply::hasResponse).map(this::parsed).toList();
  }

  /** Why the call failed. */
  public ErrorReason reason() {
    return ErrorReason.valueOf("ERROR_REASON_" + info().getReason());
  }

  /** The sentence that says why the call failed. */
  public String sentence() {
    return error().getMessage();
  }

  /** What the sentence names. */
  public Map<String, String> metadata() {
    return info().getMetadataMap();
  }

  public Code code() {
    return Code.forNumber(error().getCode());
  }

  public boolean isRefused() {
    return inbox.done && last().hasError();
  }

  private Status error() {
    Reply reply = last();
    if (!reply.hasError()) {
      throw new AssertionError("Expected a refusal, but got " + parsed(reply));
    }
    return reply.getError();
  }

  private ErrorInfo info() {
    try {
      return error().getDetails(0).unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private Reply last() {
    if (!inbox.done) {
      throw new AssertionError("Expected the call to be done, but it waits");
    }
    return inbox.replies.get(inbox.replies.size() - 1);
  }

  @SuppressWarnings("unchecked") // the parser of a message of type R
  private R parsed(Reply reply) {
    if (reply.hasError()) {
      throw new AssertionError("Expected a response, but got " + reply.getError());
    }
    try {
      return (R) prototype.getParserForType().parseFrom(reply.getResponse());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public String toString() {
    return "call " + envelope.getSequence() + ": " + inbox.replies;
  }
}
