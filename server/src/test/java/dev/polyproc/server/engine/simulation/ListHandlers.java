package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Model.Created;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ListAddRequest;
import dev.polyproc.v1.ListAddResponse;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListAppendResponse;
import dev.polyproc.v1.ListClearRequest;
import dev.polyproc.v1.ListClearResponse;
import dev.polyproc.v1.ListCompareAndSetRequest;
import dev.polyproc.v1.ListCompareAndSetResponse;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListCreateResponse;
import dev.polyproc.v1.ListDeleteRequest;
import dev.polyproc.v1.ListDeleteResponse;
import dev.polyproc.v1.ListDeleteSliceRequest;
import dev.polyproc.v1.ListDeleteSliceResponse;
import dev.polyproc.v1.ListExtendRequest;
import dev.polyproc.v1.ListExtendResponse;
import dev.polyproc.v1.ListInsertRequest;
import dev.polyproc.v1.ListInsertResponse;
import dev.polyproc.v1.ListPopRequest;
import dev.polyproc.v1.ListPopResponse;
import dev.polyproc.v1.ListRemoveRequest;
import dev.polyproc.v1.ListRemoveResponse;
import dev.polyproc.v1.ListRepeatRequest;
import dev.polyproc.v1.ListRepeatResponse;
import dev.polyproc.v1.ListReverseRequest;
import dev.polyproc.v1.ListReverseResponse;
import dev.polyproc.v1.ListSetRequest;
import dev.polyproc.v1.ListSetResponse;
import dev.polyproc.v1.ListSetSliceRequest;
import dev.polyproc.v1.ListSetSliceResponse;
import dev.polyproc.v1.ListSortRequest;
import dev.polyproc.v1.ListSortResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/** What the model does for the commands of ListService. */
final class ListHandlers {
  private static final Value ONE = Value.newBuilder().setInt(1).build();

  private final Model model;

  ListHandlers(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .on("ListService/Create", ListCreateRequest.getDefaultInstance(), this::create)
        .on("ListService/Set", ListSetRequest.getDefaultInstance(), this::set)
        .on("ListService/Delete", ListDeleteRequest.getDefaultInstance(), this::delete)
        .on("ListService/Append", ListAppendRequest.getDefaultInstance(), this::append)
        .on("ListService/Extend", ListExtendRequest.getDefaultInstance(), this::extend)
        .on("ListService/Insert", ListInsertRequest.getDefaultInstance(), this::insert)
        .on("ListService/Pop", ListPopRequest.getDefaultInstance(), this::pop)
        .on("ListService/Remove", ListRemoveRequest.getDefaultInstance(), this::remove)
        .on("ListService/Clear", ListClearRequest.getDefaultInstance(), this::clear)
        .on("ListService/Reverse", ListReverseRequest.getDefaultInstance(), this::reverse)
        .on("ListService/Sort", ListSortRequest.getDefaultInstance(), this::sort)
        .on("ListService/SetSlice", ListSetSliceRequest.getDefaultInstance(), this::setSlice)
        .on(
            "ListService/DeleteSlice",
            ListDeleteSliceRequest.getDefaultInstance(),
            this::deleteSlice)
        .on("ListService/Repeat", ListRepeatRequest.getDefaultInstance(), this::repeat)
        .on(
            "ListService/CompareAndSet",
            ListCompareAndSetRequest.getDefaultInstance(),
            this::compareAndSet)
        .on("ListService/Add", ListAddRequest.getDefaultInstance(), this::add);
    new ListReaders(model).register(handlers);
  }

  private ModelList list(String name) {
    return model.object(ModelList.class, name);
  }

  private void create(ModelCall call, ListCreateRequest request) {
    Created<ModelList> created =
        model.create(
            ModelList.class,
            request.getList(),
            request.getLifetime(),
            call,
            list -> true,
            session -> new ModelList(model, request, session));
    model.done(
        call,
        Outcome.of(
            ListCreateResponse.newBuilder()
                .setRef(created.object().ref())
                .setCreated(created.isNew())
                .build(),
            created.object().incarnation));
  }

  private void set(ModelCall call, ListSetRequest request) {
    ModelList list = list(request.getList());
    ModelValues.requireStorable(request.getValue());
    Value before = list.values.set(list.position(request.getIndex()), request.getValue());
    ListSetResponse.Builder response = ListSetResponse.newBuilder();
    if (request.getReturnPrevious()) {
      response.setPrevious(before);
    }
    model.done(call, Outcome.of(response.build()));
  }

  private void delete(ModelCall call, ListDeleteRequest request) {
    ModelList list = list(request.getList());
    int position = list.position(request.getIndex());
    boolean delete = true;
    if (request.hasExpected()) {
      ModelValues.requireStorable(request.getExpected());
      delete = ModelValues.areEqual(list.values.get(position), request.getExpected());
    }
    if (delete) {
      list.values.remove(position);
    }
    model.done(call, Outcome.of(ListDeleteResponse.newBuilder().setDeleted(delete).build()));
  }

  private void append(ModelCall call, ListAppendRequest request) {
    ModelList list = list(request.getList());
    list.insert(list.values.size(), List.of(request.getValue()));
    model.done(
        call, Outcome.of(ListAppendResponse.newBuilder().setSize(list.values.size()).build()));
  }

  private void extend(ModelCall call, ListExtendRequest request) {
    ModelList list = list(request.getList());
    list.insert(list.values.size(), request.getValuesList());
    model.done(
        call, Outcome.of(ListExtendResponse.newBuilder().setSize(list.values.size()).build()));
  }

  private void insert(ModelCall call, ListInsertRequest request) {
    ModelList list = list(request.getList());
    list.insert(list.cut(request.getIndex()), List.of(request.getValue()));
    model.done(
        call, Outcome.of(ListInsertResponse.newBuilder().setSize(list.values.size()).build()));
  }

  private void pop(ModelCall call, ListPopRequest request) {
    ModelList list = list(request.getList());
    ListPopResponse.Builder response = ListPopResponse.newBuilder();
    if (!list.values.isEmpty()) {
      int position = list.position(request.hasIndex() ? request.getIndex() : -1);
      response.setValue(list.values.remove(position));
    }
    model.done(call, Outcome.of(response.build()));
  }

  private void remove(ModelCall call, ListRemoveRequest request) {
    ModelList list = list(request.getList());
    ModelValues.requireStorable(request.getValue());
    boolean removed = false;
    for (int i = 0; i < list.values.size() && !removed; i++) {
      if (ModelValues.areEqual(list.values.get(i), request.getValue())) {
        list.values.remove(i);
        removed = true;
      }
    }
    model.done(call, Outcome.of(ListRemoveResponse.newBuilder().setRemoved(removed).build()));
  }

  private void clear(ModelCall call, ListClearRequest request) {
    ModelList list = list(request.getList());
    int removed = list.values.size();
    list.values.clear();
    model.done(call, Outcome.of(ListClearResponse.newBuilder().setRemoved(removed).build()));
  }

  private void reverse(ModelCall call, ListReverseRequest request) {
    Collections.reverse(list(request.getList()).values);
    model.done(call, Outcome.of(ListReverseResponse.getDefaultInstance()));
  }

  private void sort(ModelCall call, ListSortRequest request) {
    ModelList list = list(request.getList());
    if (list.values.size() > model.limits.getSortItems()
        || list.values.stream().mapToLong(Value::getSerializedSize).sum()
            > model.limits.getSortBytes()) {
      throw new Refused(ErrorReason.ERROR_REASON_LIMIT_REACHED);
    }
    Comparator<Value> order = ModelValues::compare;
    List<Value> sorted = new ArrayList<>(list.values);
    sorted.sort(request.getReverse() ? order.reversed() : order);
    list.values.clear();
    list.values.addAll(sorted);
    model.done(call, Outcome.of(ListSortResponse.getDefaultInstance()));
  }

  private void setSlice(ModelCall call, ListSetSliceRequest request) {
    ModelList list = list(request.getList());
    List<Integer> positions = list.positions(request.getRange());
    request.getValuesList().forEach(ModelValues::requireStorable);
    if (ModelList.isWhole(request.getRange())) {
      list.requireRoom(list.values.size() - positions.size() + request.getValuesCount());
      int from = request.getRange().hasStart() ? list.cut(request.getRange().getStart()) : 0;
      list.removeAll(positions);
      list.insert(from, request.getValuesList());
    } else {
      if (positions.size() != request.getValuesCount()) {
        throw new Refused(ErrorReason.ERROR_REASON_INVALID_ARGUMENT);
      }
      for (int i = 0; i < positions.size(); i++) {
        list.values.set(positions.get(i), request.getValues(i));
      }
    }
    model.done(
        call, Outcome.of(ListSetSliceResponse.newBuilder().setSize(list.values.size()).build()));
  }

  private void deleteSlice(ModelCall call, ListDeleteSliceRequest request) {
    ModelList list = list(request.getList());
    List<Integer> positions = list.positions(request.getRange());
    list.removeAll(positions);
    model.done(
        call,
        Outcome.of(ListDeleteSliceResponse.newBuilder().setRemoved(positions.size()).build()));
  }

  private void repeat(ModelCall call, ListRepeatRequest request) {
    ModelList list = list(request.getList());
    List<Value> once = List.copyOf(list.values);
    // No more than one too many: an empty list may be repeated as often as anybody likes.
    long times = Math.max(0, Math.min(request.getTimes(), model.limits.getListItems() + 1));
    list.requireRoom(once.size() * times);
    list.values.clear();
    for (long time = 0; time < times; time++) {
      list.values.addAll(once);
    }
    model.done(
        call, Outcome.of(ListRepeatResponse.newBuilder().setSize(list.values.size()).build()));
  }

  private void compareAndSet(ModelCall call, ListCompareAndSetRequest request) {
    ModelList list = list(request.getList());
    int position = list.position(request.getIndex());
    ModelValues.requireStorable(request.getExpected());
    ModelValues.requireStorable(request.getValue());
    boolean swapped = ModelValues.areEqual(list.values.get(position), request.getExpected());
    if (swapped) {
      list.values.set(position, request.getValue());
    }
    model.done(
        call,
        Outcome.of(
            ListCompareAndSetResponse.newBuilder()
                .setSwapped(swapped)
                .setCurrent(list.values.get(position))
                .build()));
  }

  private void add(ModelCall call, ListAddRequest request) {
    ModelList list = list(request.getList());
    int position = list.position(request.getIndex());
    Value amount = request.hasAmount() ? request.getAmount() : ONE;
    ModelValues.requireNumber(amount);
    Value sum = ModelValues.sum(list.values.get(position), amount);
    list.values.set(position, sum);
    model.done(call, Outcome.of(ListAddResponse.newBuilder().setValue(sum).build()));
  }
}
