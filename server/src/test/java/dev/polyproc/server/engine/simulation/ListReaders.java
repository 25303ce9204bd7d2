package dev.polyproc.server.engine.simulation;

import dev.polyproc.v1.ListCountRequest;
import dev.polyproc.v1.ListCountResponse;
import dev.polyproc.v1.ListFindRequest;
import dev.polyproc.v1.ListFindResponse;
import dev.polyproc.v1.ListGetRequest;
import dev.polyproc.v1.ListGetResponse;
import dev.polyproc.v1.ListSizeRequest;
import dev.polyproc.v1.ListSizeResponse;
import dev.polyproc.v1.ListSliceRequest;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;

/** What the model answers to the reads of ListService. */
final class ListReaders {
  private final Model model;

  ListReaders(Model model) {
    this.model = model;
  }

  void register(Handlers handlers) {
    handlers
        .onRead("ListService/Get", ListGetRequest.getDefaultInstance(), this::get)
        .onRead("ListService/Find", ListFindRequest.getDefaultInstance(), this::find)
        .onRead("ListService/Count", ListCountRequest.getDefaultInstance(), this::count)
        .onRead("ListService/Size", ListSizeRequest.getDefaultInstance(), this::size)
        .onRead("ListService/Slice", ListSliceRequest.getDefaultInstance(), this::slice);
  }

  private ModelList list(String name) {
    return model.object(ModelList.class, name);
  }

  private Outcome get(ListGetRequest request) {
    ModelList list = list(request.getList());
    Value value = list.values.get(list.position(request.getIndex()));
    return Outcome.of(ListGetResponse.newBuilder().setValue(value).build());
  }

  private Outcome find(ListFindRequest request) {
    ModelList list = list(request.getList());
    ModelValues.requireStorable(request.getValue());
    int start = request.hasStart() ? list.cut(request.getStart()) : 0;
    int stop = request.hasStop() ? list.cut(request.getStop()) : list.values.size();
    List<Integer> found = new ArrayList<>();
    for (int i = start; i < stop; i++) {
      if (ModelValues.areEqual(list.values.get(i), request.getValue())) {
        found.add(i);
      }
    }
    ListFindResponse.Builder response = ListFindResponse.newBuilder();
    if (!found.isEmpty()) {
      response.setIndex(found.get(request.getLast() ? found.size() - 1 : 0));
    }
    return Outcome.of(response.build());
  }

  private Outcome count(ListCountRequest request) {
    ModelList list = list(request.getList());
    ModelValues.requireStorable(request.getValue());
    long count =
        list.values.stream()
            .filter(value -> ModelValues.areEqual(value, request.getValue()))
            .count();
    return Outcome.of(ListCountResponse.newBuilder().setCount((int) count).build());
  }

  private Outcome size(ListSizeRequest request) {
    return Outcome.of(
        ListSizeResponse.newBuilder().setSize(list(request.getList()).values.size()).build());
  }

  private Outcome slice(ListSliceRequest request) {
    ModelList list = list(request.getList());
    ModelPage<Value> page =
        ModelPage.of(list.at(list.positions(request.getRange())), request.getPageSize());
    return Outcome.of(
        ListSliceResponse.newBuilder()
            .addAllValues(page.rows())
            .setNextPageToken(page.token())
            .build());
  }
}
