package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.refusal.Refusal;
import java.util.concurrent.atomic.AtomicReference;

/** A call of a method of the node: goes there when the engine has said what it has to say. */
final class NodeCall implements Recipient {
  private final NodeCalls calls;
  private final NodeMethod method;
  private final Message request;
  private final Connection from;
  private final Recipient recipient;
  private final AtomicReference<Found> found = new AtomicReference<>();

  private record Found(Invocation call, Answer reply) {}

  NodeCall(
      NodeCalls calls, NodeMethod method, Message request, Connection from, Recipient recipient) {
    this.calls = calls;
    this.method = method;
    this.request = request;
    this.from = from;
    this.recipient = recipient;
  }

  @Override
  public void reply(Invocation call, Answer reply, boolean last) {
    found.set(new Found(call, reply));
  }

  @Override
  public void flush() {
    Found taken = found.getAndSet(null);
    if (taken != null) {
      from.loop().execute(() -> serve(taken.call(), taken.reply()));
    }
  }

  private void serve(Invocation call, Answer reply) {
    Message response = reply.response();
    if (response == null) {
      answer(call, reply);
      return;
    }
    try {
      calls.begin();
    } catch (Refusal refusal) {
      answer(call, Answer.of(refusal));
      return;
    }
    try {
      method.serve(request, response, from, answer -> answered(call, answer));
    } catch (Refusal refusal) {
      answered(call, Answer.of(refusal));
    }
  }

  private void answered(Invocation call, Answer reply) {
    calls.answered();
    answer(call, reply);
  }

  private void answer(Invocation call, Answer reply) {
    recipient.reply(call, fitting(call, reply), true);
    recipient.flush();
  }

  private static Answer fitting(Invocation call, Answer reply) {
    try {
      call.requireFits(reply);
      return reply;
    } catch (Refusal refusal) {
      return Answer.of(refusal);
    }
  }
}
