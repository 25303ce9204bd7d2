package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipePollRequest;
import dev.polyproc.v1.PipePollResponse;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeReceiveResponse;
import dev.polyproc.v1.PipeSendRequest;
import dev.polyproc.v1.PipeSendResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One end of a pipe as the model sees it. */
final class ModelPipeEnd extends ModelObject {
  final PipeCreateRequest shape;
  final int which;
  final TreeMap<Long, ModelItem> inbox = new TreeMap<>();
  final List<ModelCall> receivers = new ArrayList<>();
  final List<ModelCall> pollers = new ArrayList<>();
  final List<ModelCall> senders = new ArrayList<>();

  /** The other end; null when it is closed. */
  @Nullable ModelPipeEnd other;

  ModelPipeEnd(
      Model model,
      PipeCreateRequest shape,
      int which,
      Lifetime lifetime,
      @Nullable ModelSession session) {
    super(model, shape.getPipe() + "/" + which, lifetime, session);
    this.shape = shape;
    this.which = which;
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_PIPE_END;
  }

  boolean isLike(PipeCreateRequest request) {
    return other != null
        && shape.getOneWay() == request.getOneWay()
        && shape.getMaxsize() == request.getMaxsize();
  }

  private boolean hasRoom() {
    int most = shape.getMaxsize() == 0 ? model.limits.getQueueItems() : shape.getMaxsize();
    return inbox.size() < most;
  }

  private boolean isReady() {
    return !inbox.isEmpty() || other == null;
  }

  /** Of a one-way pipe the first end receives, and the second sends. */
  private void requireThatItIs(int direction) {
    if (shape.getOneWay() && which != direction) {
      throw new Refused(ErrorReason.ERROR_REASON_WRONG_DIRECTION);
    }
  }

  // Sending.

  void send(ModelCall call, PipeSendRequest request) {
    ModelValues.requireStorable(request.getMessage());
    requireThatItIs(2);
    if (other == null) {
      throw new Refused(ErrorReason.ERROR_REASON_BROKEN_PIPE);
    }
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    if (senders.isEmpty() && other.hasRoom()) {
      other.append(request.getMessage());
      model.done(call, sent(true));
    } else if (timeout == 0) {
      model.done(call, sent(false));
    } else {
      model.park(call, this, timeout);
      senders.add(call);
    }
  }

  private void append(Value message) {
    long order = model.nextNumber();
    inbox.put(order, ModelItem.of(order, message));
  }

  private static Outcome sent(boolean accepted) {
    return Outcome.of(PipeSendResponse.newBuilder().setAccepted(accepted).build());
  }

  private static Value message(ModelCall send) {
    return ((PipeSendRequest) send.request).getMessage();
  }

  // Receiving.

  void receive(ModelCall call, PipeReceiveRequest request) {
    requireThatItIs(1);
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    if (!inbox.isEmpty()) {
      requireShort(request);
      ModelItem item = take();
      model.done(call, received(item), new Back(item));
    } else if (other == null) {
      model.done(call, endOfFile());
    } else if (timeout == 0) {
      model.done(call, expired(call));
    } else {
      model.park(call, this, timeout);
      receivers.add(call);
    }
  }

  private void requireShort(PipeReceiveRequest request) {
    long length = ModelValues.length(inbox.firstEntry().getValue().value());
    if (request.getMaxLength() != 0 && length > request.getMaxLength()) {
      throw new Refused(ErrorReason.ERROR_REASON_MESSAGE_TOO_LONG);
    }
  }

  private ModelItem take() {
    return inbox.pollFirstEntry().getValue().handedOut();
  }

  /** A message goes back. */
  private final class Back implements ModelUndo {
    private final ModelItem item;

    Back(ModelItem item) {
      this.item = item;
    }

    @Override
    public void undo() {
      if (isDue()) {
        inbox.put(item.number(), item);
        model.met("a message went back");
      }
    }

    @Override
    public boolean isDue() {
      return model.objects.get(name) == ModelPipeEnd.this;
    }

    @Override
    public List<Value> handedOut() {
      return List.of(item.value());
    }
  }

  private static Outcome received(ModelItem item) {
    return Outcome.of(
        PipeReceiveResponse.newBuilder()
            .setMessage(item.value())
            .setAttempt(item.attempts())
            .build());
  }

  private static Outcome endOfFile() {
    return Outcome.of(PipeReceiveResponse.newBuilder().setEndOfFile(true).build());
  }

  void poll(ModelCall call, PipePollRequest request) {
    requireThatItIs(1);
    long timeout = Model.timeout(request.hasTimeout(), request.getTimeout());
    if (isReady() || timeout == 0) {
      model.done(call, ready(isReady()));
    } else {
      model.park(call, this, timeout);
      pollers.add(call);
    }
  }

  private static Outcome ready(boolean ready) {
    return Outcome.of(PipePollResponse.newBuilder().setReady(ready).build());
  }

  // The object.

  @Override
  void settle() {
    while (receiveOne() || sendOne()) {
      // Until nobody can be served.
    }
    if (other == null) {
      List.copyOf(senders)
          .forEach(
              call -> model.finish(call, Outcome.refused(ErrorReason.ERROR_REASON_BROKEN_PIPE)));
      List.copyOf(receivers).forEach(call -> model.finish(call, endOfFile()));
    }
    if (isReady()) {
      List.copyOf(pollers).forEach(call -> model.finish(call, ready(true)));
    }
  }

  private boolean receiveOne() {
    if (inbox.isEmpty() || receivers.isEmpty()) {
      return false;
    }
    ModelCall receiver = receivers.get(0);
    try {
      requireShort((PipeReceiveRequest) receiver.request);
      receivers.remove(receiver);
      ModelItem item = take();
      model.serve(receiver, received(item), new Back(item));
    } catch (Refused tooLong) {
      model.finish(receiver, Outcome.refused(tooLong.reason()));
    }
    return true;
  }

  /** The other end sends, if it waited for room here. */
  private boolean sendOne() {
    if (other == null || other.senders.isEmpty() || !hasRoom()) {
      return false;
    }
    ModelCall sender = other.senders.remove(0);
    append(message(sender));
    model.serve(sender, sent(true), null);
    return true;
  }

  @Override
  void left(ModelCall call) {
    receivers.remove(call);
    pollers.remove(call);
    senders.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    if (call.request instanceof PipeSendRequest) {
      return sent(false);
    }
    return call.request instanceof PipePollRequest
        ? ready(false)
        : Outcome.of(PipeReceiveResponse.getDefaultInstance());
  }

  @Override
  List<Value> values() {
    List<Value> values = new ArrayList<>();
    inbox.values().forEach(item -> values.add(item.value()));
    senders.forEach(sender -> values.add(message(sender)));
    return values;
  }

  @Override
  void deleted() {
    if (other != null) {
      other.other = null;
      other = null;
    }
  }
}
