package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.Listing;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Page;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.value.ValueKey;
import dev.polyproc.server.engine.value.Values;
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
import dev.polyproc.v1.DictProto;
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
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** DictService. */
public final class DictOperations implements Family {
  private final World world;

  public DictOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(DictProto.getDescriptor())
        .on("Create", DictCreateRequest.getDefaultInstance(), this::create)
        .on("Get", DictGetRequest.getDefaultInstance(), this::get)
        .on("Set", DictSetRequest.getDefaultInstance(), this::set)
        .on("Delete", DictDeleteRequest.getDefaultInstance(), this::delete)
        .on("Contains", DictContainsRequest.getDefaultInstance(), this::contains)
        .on("Size", DictSizeRequest.getDefaultInstance(), this::size)
        .on("Clear", DictClearRequest.getDefaultInstance(), this::clear)
        .on("Items", DictItemsRequest.getDefaultInstance(), this::items)
        .on("Keys", DictKeysRequest.getDefaultInstance(), this::keys)
        .on("Values", DictValuesRequest.getDefaultInstance(), this::values)
        .on("Pop", DictPopRequest.getDefaultInstance(), this::pop)
        .on("SetDefault", DictSetDefaultRequest.getDefaultInstance(), this::setDefault)
        .on("CompareAndSet", DictCompareAndSetRequest.getDefaultInstance(), this::compareAndSet)
        .on("Add", DictAddRequest.getDefaultInstance(), this::add)
        .on("PopItem", DictPopItemRequest.getDefaultInstance(), this::popItem)
        .on("Update", DictUpdateRequest.getDefaultInstance(), this::update);
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasDict() ? new Dict(header, state.getDict()) : null;
  }

  private Dict dict(String name, Invocation call) {
    return world.objects().find(Dict.KIND, name, call);
  }

  /** A key to find an entry by. */
  private Entries.Key key(Value key) {
    return hashable(Values.sought("key", key, world));
  }

  /** A key to store, where there is no entry of it. */
  private Entries.Key newKey(Value key) {
    return hashable(Values.stored("key", key, world));
  }

  private static Entries.Key hashable(Value key) {
    return new Entries.Key(key, ValueKey.hashable("key", key));
  }

  private Value value(String field, Value value) {
    return Values.stored(field, value, world);
  }

  private Answer create(DictCreateRequest request, Invocation call) {
    Created<Dict> created =
        world
            .objects()
            .create(
                Dict.KIND,
                request.getDict(),
                request.getLifetime(),
                call,
                () -> Shape.PLAIN,
                Dict::new);
    return Answer.of(
        DictCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer get(DictGetRequest request, Invocation call) {
    Value value = dict(request.getDict(), call).get(key(request.getKey()));
    return Answer.of(
        value == null
            ? DictGetResponse.getDefaultInstance()
            : DictGetResponse.newBuilder().setValue(value).build());
  }

  private Answer set(DictSetRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Entries.Key key = newKey(request.getKey());
    Value value = value("value", request.getValue());
    if (request.getOnlyIfPresent() && dict.get(key) == null) {
      return Answer.of(DictSetResponse.newBuilder().setSkipped(true).build());
    }
    if (request.getReturnPrevious()) {
      call.requireFits(dict.get(key));
    }
    Value before = dict.set(key, value);
    return Answer.of(
        before == null || !request.getReturnPrevious()
            ? DictSetResponse.getDefaultInstance()
            : DictSetResponse.newBuilder().setPrevious(before).build());
  }

  private Answer delete(DictDeleteRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    if (request.getKey().getKindCase() == Value.KindCase.KIND_NOT_SET) {
      throw new Refusal(
              ErrorReason.ERROR_REASON_INVALID_VALUE,
              "Expected the key of what to delete, but there is none; AdminService/Delete deletes"
                  + " the dict itself")
          .with("field", "key");
    }
    Value removed = dict.remove(key(request.getKey()));
    return Answer.of(DictDeleteResponse.newBuilder().setDeleted(removed != null).build());
  }

  private Answer contains(DictContainsRequest request, Invocation call) {
    Value value = dict(request.getDict(), call).get(key(request.getKey()));
    return Answer.of(DictContainsResponse.newBuilder().setContains(value != null).build());
  }

  private Answer size(DictSizeRequest request, Invocation call) {
    return Answer.of(
        DictSizeResponse.newBuilder().setSize(dict(request.getDict(), call).size()).build());
  }

  private Answer clear(DictClearRequest request, Invocation call) {
    int removed = dict(request.getDict(), call).clear();
    return Answer.of(DictClearResponse.newBuilder().setRemoved(removed).build());
  }

  private Answer items(DictItemsRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Page page =
        Page.of(Listing.of(dict, call), request.getPageSize(), request.getPageToken(), world);
    DictItemsResponse.Builder response = DictItemsResponse.newBuilder();
    return Answer.of(
        response
            .setNextPageToken(
                page.fill(
                    dict.after(page.after()),
                    new ReplyRoom(call, world.limits()),
                    Entry::toProto,
                    response::addItems))
            .build());
  }

  private Answer keys(DictKeysRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Page page =
        Page.of(Listing.of(dict, call), request.getPageSize(), request.getPageToken(), world);
    DictKeysResponse.Builder response = DictKeysResponse.newBuilder();
    return Answer.of(
        response
            .setNextPageToken(
                page.fill(
                    dict.after(page.after()),
                    new ReplyRoom(call, world.limits()),
                    Entry::original,
                    response::addKeys))
            .build());
  }

  private Answer values(DictValuesRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Page page =
        Page.of(Listing.of(dict, call), request.getPageSize(), request.getPageToken(), world);
    DictValuesResponse.Builder response = DictValuesResponse.newBuilder();
    return Answer.of(
        response
            .setNextPageToken(
                page.fill(
                    dict.after(page.after()),
                    new ReplyRoom(call, world.limits()),
                    Entry::value,
                    response::addValues))
            .build());
  }

  private Answer pop(DictPopRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Entries.Key key = key(request.getKey());
    call.requireFits(dict.get(key));
    Value removed = dict.remove(key);
    return Answer.of(
        removed == null
            ? DictPopResponse.getDefaultInstance()
            : DictPopResponse.newBuilder().setValue(removed).build());
  }

  private Answer popItem(DictPopItemRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Entry end = dict.end(request.getFirst());
    if (end != null) {
      call.requireFits(end.toProto().getSerializedSize());
    }
    Entry removed = dict.removeEnd(request.getFirst());
    return Answer.of(
        removed == null
            ? DictPopItemResponse.getDefaultInstance()
            : DictPopItemResponse.newBuilder().setItem(removed.toProto()).build());
  }

  private Answer setDefault(DictSetDefaultRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Entries.Key key = newKey(request.getKey());
    Value value = value("value", request.getValue());
    Value there = dict.get(key);
    call.requireFits(there == null ? value : there);
    if (there == null) {
      dict.set(key, value);
    } else {
      world.references().requireRoom(call, there);
    }
    return Answer.of(
        DictSetDefaultResponse.newBuilder()
            .setValue(there == null ? value : there)
            .setInserted(there == null)
            .build());
  }

  private Answer compareAndSet(DictCompareAndSetRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Entries.Key key = request.hasValue() ? newKey(request.getKey()) : key(request.getKey());
    Value expected =
        request.hasExpected() ? Values.sought("expected", request.getExpected(), world) : null;
    Value value = request.hasValue() ? value("value", request.getValue()) : null;
    Entries.Swap swap = dict.compareAndSet(key, expected, value, call);
    DictCompareAndSetResponse.Builder response =
        DictCompareAndSetResponse.newBuilder().setSwapped(swap.swapped());
    Value current = swap.current();
    if (!swap.swapped() && current != null) {
      world.references().requireRoom(call, current);
    }
    return Answer.of(current == null ? response.build() : response.setCurrent(current).build());
  }

  private Answer add(DictAddRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    Entries.Key key = newKey(request.getKey());
    Value amount = request.hasAmount() ? number("amount", request.getAmount()) : Numbers.ONE;
    Value initial = request.hasInitial() ? number("initial", request.getInitial()) : null;
    Value sum = dict.add(key, amount, initial, request.getBits(), call);
    return Answer.of(DictAddResponse.newBuilder().setValue(sum).build());
  }

  private Value number(String field, Value value) {
    return Numbers.stored(field, value, world);
  }

  private Answer update(DictUpdateRequest request, Invocation call) {
    Dict dict = dict(request.getDict(), call);
    int most = world.limits().getPageSize();
    if (request.getItemsCount() > most) {
      throw Refusal.argument(
          "items", "Expected at most " + most + " items, but there are " + request.getItemsCount());
    }
    List<Map.Entry<Entries.Key, Value>> items = new ArrayList<>();
    for (ValueEntry item : request.getItemsList()) {
      items.add(Map.entry(newKey(item.getKey()), value("value", item.getValue())));
    }
    return Answer.of(DictUpdateResponse.newBuilder().setInserted(dict.setAll(items)).build());
  }
}
