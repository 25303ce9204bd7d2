package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictAddResponse;
import dev.polyproc.v1.DictClearRequest;
import dev.polyproc.v1.DictClearResponse;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictCreateResponse;
import dev.polyproc.v1.DictDeleteRequest;
import dev.polyproc.v1.DictDeleteResponse;
import dev.polyproc.v1.DictPopRequest;
import dev.polyproc.v1.DictPopResponse;
import dev.polyproc.v1.DictSetDefaultRequest;
import dev.polyproc.v1.DictSetDefaultResponse;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.DictSetResponse;
import dev.polyproc.v1.DictUpdateRequest;
import dev.polyproc.v1.DictUpdateResponse;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;

/** What the model does for DictService. */
final class DictHandlers {
  private final Model model;

  DictHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("DictService/Create", DictCreateRequest.getDefaultInstance(), this::create)
        .on("DictService/Set", DictSetRequest.getDefaultInstance(), this::set)
        .on("DictService/Delete", DictDeleteRequest.getDefaultInstance(), this::delete)
        .on("DictService/Clear", DictClearRequest.getDefaultInstance(), this::clear)
        .on("DictService/Pop", DictPopRequest.getDefaultInstance(), this::pop)
        .on("DictService/SetDefault", DictSetDefaultRequest.getDefaultInstance(), this::setDefault)
        .on(
            "DictService/CompareAndSet",
            DictCompareAndSetRequest.getDefaultInstance(),
            (call, request) ->
                model.done(call, Outcome.of(dict(request.getDict()).compareAndSet(request))))
        .on("DictService/Add", DictAddRequest.getDefaultInstance(), this::add)
        .on("DictService/Update", DictUpdateRequest.getDefaultInstance(), this::update);
  }

  private ModelDict dict(String name) {
    return model.object(ModelDict.class, name);
  }

  private void create(ModelCall call, DictCreateRequest request) {
    Created<ModelDict> created =
        model.create(
            ModelDict.class,
            request.getDict(),
            request.getLifetime(),
            call,
            dict -> true,
            session -> new ModelDict(model, request, session));
    Ref ref =
        Ref.newBuilder().setKind(ObjectKind.OBJECT_KIND_DICT).setName(request.getDict()).build();
    model.done(
        call,
        Outcome.of(
            DictCreateResponse.newBuilder().setRef(ref).setCreated(created.isNew()).build(),
            created.object().incarnation));
  }

  private void set(ModelCall call, DictSetRequest request) {
    Value before = dict(request.getDict()).set(request.getKey(), request.getValue());
    DictSetResponse.Builder response = DictSetResponse.newBuilder();
    if (before != null && request.getReturnPrevious()) {
      response.setPrevious(before);
    }
    model.done(call, Outcome.of(response.build()));
  }

  private void delete(ModelCall call, DictDeleteRequest request) {
    boolean deleted = dict(request.getDict()).remove(request.getKey()) != null;
    model.done(call, Outcome.of(DictDeleteResponse.newBuilder().setDeleted(deleted).build()));
  }

  private void clear(ModelCall call, DictClearRequest request) {
    ModelDict dict = dict(request.getDict());
    int removed = dict.entries.size();
    dict.entries.clear();
    model.done(call, Outcome.of(DictClearResponse.newBuilder().setRemoved(removed).build()));
  }

  private void pop(ModelCall call, DictPopRequest request) {
    Value removed = dict(request.getDict()).remove(request.getKey());
    DictPopResponse.Builder response = DictPopResponse.newBuilder();
    if (removed != null) {
      response.setValue(removed);
    }
    model.done(call, Outcome.of(response.build()));
  }

  private void setDefault(ModelCall call, DictSetDefaultRequest request) {
    ModelDict dict = dict(request.getDict());
    Value there = dict.get(request.getKey());
    if (there == null) {
      dict.set(request.getKey(), request.getValue());
    }
    model.done(
        call,
        Outcome.of(
            DictSetDefaultResponse.newBuilder()
                .setInserted(there == null)
                .setValue(there == null ? request.getValue() : there)
                .build()));
  }

  private void add(ModelCall call, DictAddRequest request) {
    Value sum = dict(request.getDict()).add(request);
    model.done(call, Outcome.of(DictAddResponse.newBuilder().setValue(sum).build()));
  }

  private void update(ModelCall call, DictUpdateRequest request) {
    ModelDict dict = dict(request.getDict());
    request.getItemsList().forEach(item -> dict.get(item.getKey())); // All keys are hashable.
    int before = dict.entries.size();
    request.getItemsList().forEach(item -> dict.set(item.getKey(), item.getValue()));
    model.done(
        call,
        Outcome.of(
            DictUpdateResponse.newBuilder().setInserted(dict.entries.size() - before).build()));
  }
}
