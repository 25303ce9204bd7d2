package dev.polyproc.integration;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.polyproc.conformance.v1.ReceivedReply;
import dev.polyproc.conformance.v1.SentCall;
import dev.polyproc.conformance.v1.SentFrame;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.QueueGetResponse;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionCancelRequest;
import dev.polyproc.v1.SessionCancelResponse;
import dev.polyproc.v1.SessionKeepAliveRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** One stream of Attach over a connection of its own, which a test vector drives. */
final class VectorStream implements StreamObserver<SessionAttachResponse>, AutoCloseable {
  private final CuttingProxy network;
  private final Client client;
  private final String queue;
  private final CompletableFuture<Boolean> attached = new CompletableFuture<>();
  private final BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
  private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
  private final StreamObserver<SessionAttachRequest> daemon;
  private long highest;
  private boolean isCut;

  VectorStream(Path socket, String session, long attachment, String queue) {
    this.network = new CuttingProxy(socket);
    this.client = Client.over(network.socket());
    this.queue = queue;
    this.daemon = SessionServiceGrpc.newStub(client.channel()).attach(this);
    daemon.onNext(
        SessionAttachRequest.newBuilder().setSession(session).setAttachment(attachment).build());
  }

  void awaitAttached() {
    Later.get(attached);
  }

  Refusal awaitRefusal() {
    return Refusal.of(Later.get(ended));
  }

  void cut() {
    isCut = true;
    network.cut();
  }

  void send(SentFrame frame) {
    SessionAttachRequest.Builder request =
        SessionAttachRequest.newBuilder()
            .setReceivedBelow(frame.getReceivedBelow())
            .addAllReceived(frame.getReceivedList());
    frame.getCallsList().forEach(call -> request.addCalls(call(call)));
    daemon.onNext(request.build());
  }

  private Call.Builder call(SentCall call) {
    long sequence = call.getSequence();
    highest = Math.max(highest, sequence);
    return switch (call.getCallCase()) {
      case PUT ->
          Attachment.call(
              sequence,
              QueueServiceGrpc.getPutMethod(),
              Requests.put(queue, Requests.text(call.getPut())));
      case GET -> Attachment.call(sequence, QueueServiceGrpc.getGetMethod(), Requests.get(queue));
      case UNDO ->
          Attachment.call(
              sequence,
              SessionServiceGrpc.getCancelMethod(),
              SessionCancelRequest.newBuilder().setSequence(call.getUndo()).setUndo(true).build());
      case CALL_NOT_SET -> throw new IllegalArgumentException("Expected a call, but it has none");
    };
  }

  private Reply take(String what) throws InterruptedException {
    Reply reply = replies.poll(30, TimeUnit.SECONDS);
    if (reply == null) {
      throw new AssertionError("Expected a reply to " + what + ", but none comes");
    }
    return reply;
  }

  /** The next reply, as a vector has it; {@code like} says of what method it is. */
  ReceivedReply next(ReceivedReply like)
      throws InterruptedException, InvalidProtocolBufferException {
    Reply reply = take("call " + like.getSequence());
    ReceivedReply.Builder next = ReceivedReply.newBuilder().setSequence(reply.getSequence());
    if (reply.hasError()) {
      return next.setReason(Refusal.of(reply.getError()).reason()).build();
    }
    switch (like.getOutcomeCase()) {
      case CANCELLED ->
          next.setCancelled(SessionCancelResponse.parseFrom(reply.getResponse()).getOutcome());
      case ITEM ->
          next.setItem(QueueGetResponse.parseFrom(reply.getResponse()).getItem().getText());
      default -> {
        if (!QueuePutResponse.parseFrom(reply.getResponse()).getAccepted()) {
          throw new AssertionError("Expected an accepted put, but got " + reply);
        }
      }
    }
    return next.build();
  }

  /** The replies that nobody has asked for: all that come before that to a last call. */
  List<Reply> rest() throws InterruptedException {
    List<Reply> rest = new ArrayList<>();
    if (!isCut && !ended.isDone()) {
      long last = highest + 1;
      daemon.onNext(
          SessionAttachRequest.newBuilder()
              .addCalls(
                  Attachment.call(
                      last,
                      SessionServiceGrpc.getKeepAliveMethod(),
                      SessionKeepAliveRequest.getDefaultInstance()))
              .build());
      Reply next = take("the last call");
      while (next.getSequence() != last) {
        rest.add(next);
        next = take("the last call");
      }
    }
    replies.drainTo(rest);
    return rest;
  }

  @Override
  public void onNext(SessionAttachResponse frame) {
    if (frame.getAttached()) {
      attached.complete(true);
    }
    replies.addAll(frame.getRepliesList());
  }

  @Override
  public void onError(Throwable why) {
    ended.complete(why);
    attached.completeExceptionally(why);
  }

  @Override
  public void onCompleted() {
    onError(Status.OK.asRuntimeException());
  }

  @Override
  public void close() {
    client.close();
    network.close();
  }
}
