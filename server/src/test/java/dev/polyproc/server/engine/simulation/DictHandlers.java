package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictAddResponse;
import dev.polyproc.v1.DictClearRequest;
import dev.polyproc.v1.DictClearResponse;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCompareAndSetResponse;
import dev.polyproc.v1.DictContainsRequest;
import dev.polyproc.v1.DictContainsResponse;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictCreateResponse;
import dev.polyproc.v1.DictDeleteRequest;
import dev.polyproc.v1.DictDeleteResponse;
import dev.polyproc.v1.DictGetRequest;
import dev.polyproc.v1.DictGetResponse;
import dev.polyproc.v1.DictItemsRequest;
import dev.polyproc.v1.DictItemsResponse;
import dev.polyproc.v1.DictKeysRequest;
import dev.polyproc.v1.DictKeysResponse;
import dev.polyproc.v1.DictPopItemRequest;
import dev.polyproc.v1.DictPopItemResponse;
import dev.polyproc.v1.DictPopRequest;
import dev.polyproc.v1.DictPopResponse;
import dev.polyproc.v1.DictSetDefaultRequest;
import dev.polyproc.v1.DictSetDefaultResponse;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.DictSetResponse;
import dev.polyproc.v1.DictSizeRequest;
import dev.polyproc.v1.DictSizeResponse;
import dev.polyproc.v1.DictUpdateRequest;
import dev.polyproc.v1.DictUpdateResponse;
import dev.polyproc.v1.DictValuesRequest;
import dev.polyproc.v1.DictValuesResponse;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.List;

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
            this::compareAndSet)
        .on("DictService/Add", DictAddRequest.getDefaultInstance(), this::add)
        .on("DictService/Update", DictUpdateRequest.getDefaultInstance(), this::update)
        .on("DictService/PopItem", DictPopItemRequest.getDefaultInstance(), this::popItem)
        .onRead("DictService/Get", DictGetRequest.getDefaultInstance(), this::get)
        .onRead("DictService/Contains", DictContainsRequest.getDefaultInstance(), this::contains)
        .onRead("DictService/Size", DictSizeRequest.getDefaultInstance(), this::size)
        .onRead("DictService/Items", DictItemsRequest.getDefaultInstance(), this::items)
        .onRead("DictService/Keys", DictKeysRequest.getDefaultInstance(), this::keys)
        .onRead("DictService/Values", DictValuesRequest.getDefaultInstance(), this::values);
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
    model.done(
        call,
        Outcome.of(
            DictCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void set(ModelCall call, DictSetRequest request) {
    ModelDict dict = dict(request.getDict());
    Value there = dict.get(request.getKey());
    ModelValues.requireStorable(request.getValue());
    DictSetResponse.Builder response = DictSetResponse.newBuilder();
    if (there == null && request.getOnlyIfPresent()) {
      model.done(call, Outcome.of(response.setSkipped(true).build()));
      return;
    }
    Value before = dict.set(request.getKey(), request.getValue());
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
    int removed = dict(request.getDict()).clear();
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
    ModelValues.requireStorable(request.getValue());
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
    Value sum =
        dict(request.getDict())
            .add(
                request.getKey(),
                request.hasAmount() ? request.getAmount() : null,
                request.hasInitial() ? request.getInitial() : null);
    model.done(call, Outcome.of(DictAddResponse.newBuilder().setValue(sum).build()));
  }

  private void update(ModelCall call, DictUpdateRequest request) {
    ModelDict dict = dict(request.getDict());
    for (ValueEntry item : request.getItemsList()) { // All are checked before any is set.
      ModelValues.requireKey(item.getKey());
      ModelValues.requireStorable(item.getValue());
    }
    int before = dict.entries.size();
    request.getItemsList().forEach(item -> dict.set(item.getKey(), item.getValue()));
    model.done(
        call,
        Outcome.of(
            DictUpdateResponse.newBuilder().setInserted(dict.entries.size() - before).build()));
  }

  private void compareAndSet(ModelCall call, DictCompareAndSetRequest request) {
    ModelDict dict = dict(request.getDict());
    boolean swapped =
        dict.compareAndSet(
            request.getKey(),
            request.hasExpected() ? request.getExpected() : null,
            request.hasValue() ? request.getValue() : null);
    DictCompareAndSetResponse.Builder response =
        DictCompareAndSetResponse.newBuilder().setSwapped(swapped);
    Value current = dict.get(request.getKey());
    if (current != null) {
      response.setCurrent(current);
    }
    model.done(call, Outcome.of(response.build()));
  }

  private void popItem(ModelCall call, DictPopItemRequest request) {
    ModelDict dict = dict(request.getDict());
    List<ValueEntry> items = dict.list();
    DictPopItemResponse.Builder response = DictPopItemResponse.newBuilder();
    if (!items.isEmpty()) {
      ValueEntry item = items.get(request.getFirst() ? 0 : items.size() - 1);
      dict.remove(item.getKey());
      response.setItem(item);
    }
    model.done(call, Outcome.of(response.build()));
  }

  private Outcome get(DictGetRequest request) {
    Value value = dict(request.getDict()).get(request.getKey());
    return Outcome.of(
        value == null
            ? DictGetResponse.getDefaultInstance()
            : DictGetResponse.newBuilder().setValue(value).build());
  }

  private Outcome contains(DictContainsRequest request) {
    boolean contains = dict(request.getDict()).get(request.getKey()) != null;
    return Outcome.of(DictContainsResponse.newBuilder().setContains(contains).build());
  }

  private Outcome size(DictSizeRequest request) {
    return Outcome.of(
        DictSizeResponse.newBuilder().setSize(dict(request.getDict()).entries.size()).build());
  }

  private Outcome items(DictItemsRequest request) {
    ModelPage<ValueEntry> page = page(request.getDict(), request.getPageSize());
    return Outcome.of(
        DictItemsResponse.newBuilder()
            .addAllItems(page.rows())
            .setNextPageToken(page.token())
            .build());
  }

  private Outcome keys(DictKeysRequest request) {
    ModelPage<ValueEntry> page = page(request.getDict(), request.getPageSize());
    return Outcome.of(
        DictKeysResponse.newBuilder()
            .addAllKeys(page.rows().stream().map(ValueEntry::getKey).toList())
            .setNextPageToken(page.token())
            .build());
  }

  private Outcome values(DictValuesRequest request) {
    ModelPage<ValueEntry> page = page(request.getDict(), request.getPageSize());
    return Outcome.of(
        DictValuesResponse.newBuilder()
            .addAllValues(page.rows().stream().map(ValueEntry::getValue).toList())
            .setNextPageToken(page.token())
            .build());
  }

  private ModelPage<ValueEntry> page(String dict, int pageSize) {
    return ModelPage.of(dict(dict).list(), pageSize);
  }
}
