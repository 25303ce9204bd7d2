package dev.polyproc.client;

import dev.polyproc.v1.Call;
import dev.polyproc.v1.CancelOutcome;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.QueueCreateResponse;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionEndResponse;
import dev.polyproc.v1.SessionKeepAliveResponse;
import dev.polyproc.v1.SessionServiceGrpc;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The daemon's side of one stream of Attach. It answers by itself what the client calls by itself:
 * KeepAlive, Create, End. The rest is the script's.
 */
final class ScriptedStream implements StreamObserver<SessionAttachRequest> {
  private static final int KEEP_ALIVE = CallLedger.number(SessionServiceGrpc.getKeepAliveMethod());
  private static final int END = CallLedger.number(SessionServiceGrpc.getEndMethod());
  private static final int CREATE = CallLedger.number(QueueServiceGrpc.getCreateMethod());

  private final CallLedger ledger;
  private final String session;
  private final ServerCallStreamObserver<SessionAttachResponse> client;
  private final Consumer<ScriptedStream> onFirst;
  private final CallLedger.OfAttachment state = new CallLedger.OfAttachment();
  private final Deque<String> arrived = new ArrayDeque<>();
  private final Map<String, Long> cancels = new HashMap<>();
  private boolean begun;
  private boolean answering;

  ScriptedStream(
      CallLedger ledger,
      String session,
      StreamObserver<SessionAttachResponse> client,
      Consumer<ScriptedStream> onFirst) {
    this.ledger = ledger;
    this.session = session;
    this.client = (ServerCallStreamObserver<SessionAttachResponse>) client;
    this.onFirst = onFirst;
    this.client.setOnCancelHandler(() -> {}); // so that to send to a client that left is no failure
  }

  @Override
  public synchronized void onNext(SessionAttachRequest frame) {
    if (begun) {
      ledger.next(frame);
    } else {
      ledger.first(frame, session);
    }
    CallLedger.Arrivals arrivals = ledger.arrive(state, frame);
    if (answering) {
      accept(arrivals.named());
    } else {
      arrived.addAll(arrivals.named());
    }
    List<Reply> replies = new ArrayList<>();
    for (Call call : arrivals.others()) {
      String cancelled = ledger.cancelled(call);
      if (cancelled == null) {
        replies.add(answer(call));
      } else {
        cancels.put(cancelled, call.getSequence());
      }
    }
    send(replies);
    if (!begun) {
      begun = true;
      onFirst.accept(this);
    }
  }

  private static Reply answer(Call call) {
    int method = call.getMethodNumber();
    if (method == KEEP_ALIVE) {
      return ScriptedReplies.of(call.getSequence(), SessionKeepAliveResponse.getDefaultInstance());
    } else if (method == END) {
      return ScriptedReplies.of(call.getSequence(), SessionEndResponse.getDefaultInstance());
    } else if (method == CREATE) {
      Ref ref =
          Ref.newBuilder()
              .setKind(ObjectKind.OBJECT_KIND_QUEUE)
              .setName(ScriptedDaemon.QUEUE)
              .setIncarnation(1)
              .build();
      return ScriptedReplies.of(
          call.getSequence(), QueueCreateResponse.newBuilder().setRef(ref).build());
    }
    return ScriptedReplies.of(call.getSequence(), ErrorReason.ERROR_REASON_UNKNOWN_METHOD);
  }

  @Override
  public void onError(Throwable why) {
    // The client has left, or was cut off.
  }

  @Override
  public synchronized void onCompleted() {
    if (!isOver()) {
      client.onCompleted();
    }
  }

  /** Whether the client has left. */
  boolean isOver() {
    return client.isCancelled();
  }

  /** Takes the attachment. */
  synchronized void take() {
    send(SessionAttachResponse.newBuilder().setAttached(true).build());
  }

  /** Ends the stream. */
  synchronized void end(ErrorReason reason) {
    StatusRuntimeException why =
        StatusProto.toStatusRuntimeException(ScriptedReplies.status(reason));
    if (!isOver()) {
      client.onError(why);
    }
  }

  /** Sends a frame of replies. */
  synchronized void send(List<Reply> replies) {
    if (!replies.isEmpty()) {
      replies.forEach(reply -> ledger.reply(reply.getSequence()));
      send(SessionAttachResponse.newBuilder().addAllReplies(replies).build());
    }
  }

  private void send(SessionAttachResponse frame) {
    if (!isOver()) {
      client.onNext(frame);
    }
  }

  /** Answers the Cancel of a call. */
  synchronized void answerCancel(String name, CancelOutcome outcome) {
    Long sequence = cancels.remove(name);
    if (sequence == null) {
      throw new AssertionError("Expected a Cancel of " + name + ", but there is none");
    }
    ledger.settle(name);
    send(List.of(ScriptedReplies.of(sequence, outcome)));
  }

  synchronized boolean hasCancel(String name) {
    return cancels.containsKey(name);
  }

  /** From now on puts are accepted when they come, or are the script's again. */
  synchronized void acceptPuts(boolean accept) {
    answering = accept;
  }

  private void accept(List<String> puts) {
    List<Reply> replies = new ArrayList<>();
    puts.forEach(name -> replies.add(ScriptedReplies.accepted(ledger.numberOf(name))));
    send(replies);
  }

  /** Whether so many named calls have come that were not taken. */
  synchronized boolean hasArrived(int calls) {
    return arrived.size() >= calls;
  }

  /** Takes the next named calls. */
  synchronized List<String> takeArrived(int calls) {
    List<String> taken = new ArrayList<>();
    for (int i = 0; i < calls && !arrived.isEmpty(); i++) {
      taken.add(arrived.remove());
    }
    return taken;
  }

  boolean hasConfirmed(List<String> calls) {
    return ledger.isConfirmed(state, calls);
  }
}
