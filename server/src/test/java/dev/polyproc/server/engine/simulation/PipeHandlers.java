package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PipeCloseEndRequest;
import dev.polyproc.v1.PipeCloseEndResponse;
import dev.polyproc.v1.PipeCreateRequest;
import dev.polyproc.v1.PipeCreateResponse;
import dev.polyproc.v1.PipePollRequest;
import dev.polyproc.v1.PipeReceiveRequest;
import dev.polyproc.v1.PipeSendRequest;
import java.util.List;

/** What the model does for PipeService. */
final class PipeHandlers {
  private final Model model;

  PipeHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("PipeService/Create", PipeCreateRequest.getDefaultInstance(), this::create)
        .on(
            "PipeService/Send",
            PipeSendRequest.getDefaultInstance(),
            (call, request) -> end(request.getEnd()).send(call, request))
        .on(
            "PipeService/Receive",
            PipeReceiveRequest.getDefaultInstance(),
            (call, request) -> end(request.getEnd()).receive(call, request))
        .on(
            "PipeService/Poll",
            PipePollRequest.getDefaultInstance(),
            (call, request) -> end(request.getEnd()).poll(call, request))
        .on("PipeService/CloseEnd", PipeCloseEndRequest.getDefaultInstance(), this::closeEnd);
  }

  private ModelPipeEnd end(String name) {
    return model.object(ModelPipeEnd.class, name);
  }

  private void create(ModelCall call, PipeCreateRequest request) {
    boolean firstIsThere = model.objects.containsKey(request.getPipe() + "/1");
    boolean secondIsThere = model.objects.containsKey(request.getPipe() + "/2");
    if (firstIsThere != secondIsThere) {
      throw new Refused(ErrorReason.ERROR_REASON_OBJECT_EXISTS);
    }
    if (firstIsThere) {
      end(request.getPipe() + "/1");
      model.meansAny(); // It is the first end of which the call says the incarnation.
    }
    Created<ModelPipeEnd> first = createEnd(call, request, 1);
    Created<ModelPipeEnd> second = createEnd(call, request, 2);
    if (first.isNew()) {
      first.object().other = second.object();
      second.object().other = first.object();
    }
    model.done(
        call,
        Outcome.of(
            PipeCreateResponse.newBuilder()
                .setFirst(first.object().ref())
                .setSecond(second.object().ref())
                .setCreated(first.isNew())
                .build(),
            List.of(first.object().incarnation, second.object().incarnation)));
  }

  private Created<ModelPipeEnd> createEnd(ModelCall call, PipeCreateRequest request, int which) {
    Lifetime lifetime =
        request.getLifetime() == Lifetime.LIFETIME_UNSPECIFIED
            ? Lifetime.LIFETIME_REFERENCED
            : request.getLifetime();
    return model.create(
        ModelPipeEnd.class,
        request.getPipe() + "/" + which,
        lifetime,
        call,
        end -> end.isLike(request),
        session -> new ModelPipeEnd(model, request, which, lifetime, session));
  }

  private void closeEnd(ModelCall call, PipeCloseEndRequest request) {
    ModelPipeEnd end = end(request.getEnd());
    boolean closed = true;
    if (end.isReferenced()) {
      long less = request.getCount();
      model
          .session(call)
          .retained
          .computeIfPresent(
              end, (object, count) -> less <= 0 || less >= count ? null : count - less);
      closed = !model.references.isReferred(end);
    } else {
      model.delete(end);
    }
    model.done(call, Outcome.of(PipeCloseEndResponse.newBuilder().setClosed(closed).build()));
  }
}
