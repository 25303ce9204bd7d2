package dev.polyproc.integration;

import com.google.protobuf.Message;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.OptionsProto;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One stream of SessionService.Attach, with nothing done by itself: no repeat, no confirmation. */
final class Attachment implements AutoCloseable {
  private final Map<Long, CompletableFuture<Reply>> replies = new ConcurrentHashMap<>();
  private final CompletableFuture<SessionAttachResponse> attached = new CompletableFuture<>();
  private final CompletableFuture<Throwable> ended = new CompletableFuture<>();
  private final Stream stream = new Stream();

  /** Opens a stream, and sends the first frame. */
  Attachment(Channel channel, String session, long number) {
    SessionServiceGrpc.newStub(channel).attach(stream);
    frame(SessionAttachRequest.newBuilder().setSession(session).setAttachment(number).build());
  }

  /** Waits until the daemon has answered the first frame. */
  Attachment awaitAttached() {
    get(attached);
    return this;
  }

  /** Why the stream ended; completes when it does. */
  CompletableFuture<Throwable> ended() {
    return ended;
  }

  /** Waits for the end of the stream, and answers why. */
  Refusal awaitRefusal() {
    return Refusal.of(get(ended));
  }

  /** Sends a command in a frame of its own; its future completes with the reply. */
  <Q extends Message, R extends Message> CompletableFuture<R> send(
      long sequence, MethodDescriptor<Q, R> method, Q request) {
    return send(call(sequence, method, request).build(), method);
  }

  /** Sends a call in a frame of its own. */
  <R> CompletableFuture<R> send(Call call, MethodDescriptor<?, R> method) {
    replies.computeIfPresent(call.getSequence(), (number, last) -> last.isDone() ? null : last);
    CompletableFuture<R> response = response(call.getSequence(), method);
    frame(SessionAttachRequest.newBuilder().addCalls(call).build());
    return response;
  }

  /** Sends a command and waits for its response. */
  <Q extends Message, R extends Message> R ask(
      long sequence, MethodDescriptor<Q, R> method, Q request) {
    return get(send(sequence, method, request));
  }

  /** A call that is not sent yet. */
  static <Q extends Message> Call.Builder call(
      long sequence, MethodDescriptor<Q, ?> method, Q request) {
    return Call.newBuilder()
        .setSequence(sequence)
        .setMethodNumber(number(method))
        .setRequest(request.toByteString());
  }

  /** The permanent number of a method. */
  static int number(MethodDescriptor<?, ?> method) {
    ProtoMethodDescriptorSupplier schema =
        (ProtoMethodDescriptorSupplier) method.getSchemaDescriptor();
    if (schema == null) {
      throw new IllegalStateException("Expected a schema of " + method.getFullMethodName());
    }
    return schema.getMethodDescriptor().getOptions().getExtension(OptionsProto.number);
  }

  /**
   * The reply to a call, as soon as it comes; the next one, if the call is sent again. It fails
   * with the stream.
   */
  CompletableFuture<Reply> reply(long sequence) {
    CompletableFuture<Reply> reply =
        replies.computeIfAbsent(sequence, number -> new CompletableFuture<>());
    if (ended.isDone()) {
      reply.completeExceptionally(ended.join());
    }
    return reply;
  }

  /** The response to a call, as soon as it comes; completes with the failure if it is one. */
  <R> CompletableFuture<R> response(long sequence, MethodDescriptor<?, R> method) {
    return reply(sequence).thenApply(reply -> parse(reply, method));
  }

  private static <R> R parse(Reply reply, MethodDescriptor<?, R> method) {
    if (reply.hasError()) {
      throw StatusProto.toStatusRuntimeException(reply.getError());
    }
    return method.parseResponse(reply.getResponse().newInput());
  }

  /** Confirms all replies below a number. */
  void receivedBelow(long number) {
    frame(SessionAttachRequest.newBuilder().setReceivedBelow(number).build());
  }

  /** Confirms the replies from {@code first} to {@code last}. */
  void received(long first, long last) {
    frame(
        SessionAttachRequest.newBuilder()
            .addReceived(SequenceRange.newBuilder().setFirst(first).setLast(last))
            .build());
  }

  /** Sends a frame as it is. */
  void frame(SessionAttachRequest frame) {
    stream.send(frame);
  }

  /** Ends the stream in good order. */
  void halfClose() {
    stream.finish();
  }

  /** Breaks the stream off. */
  @Override
  public void close() {
    stream.cancel();
  }

  private static <T> T get(CompletableFuture<T> future) {
    return Later.get(future);
  }

  private final class Stream
      implements ClientResponseObserver<SessionAttachRequest, SessionAttachResponse> {
    private @Nullable ClientCallStreamObserver<SessionAttachRequest> requests;

    @Override
    public void beforeStart(ClientCallStreamObserver<SessionAttachRequest> stream) {
      requests = stream;
    }

    synchronized void send(SessionAttachRequest frame) {
      if (requests != null) {
        requests.onNext(frame);
      }
    }

    synchronized void finish() {
      if (requests != null) {
        requests.onCompleted();
      }
    }

    void cancel() {
      if (requests != null) {
        requests.cancel("the test breaks it off", null);
      }
    }

    @Override
    public void onNext(SessionAttachResponse frame) {
      if (frame.getAttached()) {
        attached.complete(frame);
      }
      frame.getRepliesList().forEach(reply -> reply(reply.getSequence()).complete(reply));
    }

    @Override
    public void onError(Throwable why) {
      ended.complete(why);
      attached.completeExceptionally(why);
      replies.values().forEach(reply -> reply.completeExceptionally(why));
    }

    @Override
    public void onCompleted() {
      onError(Status.OK.asRuntimeException());
    }
  }
}
