package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.v1.ListAddRequest;
import dev.polyproc.v1.ListAddResponse;
import dev.polyproc.v1.ListAppendRequest;
import dev.polyproc.v1.ListAppendResponse;
import dev.polyproc.v1.ListClearRequest;
import dev.polyproc.v1.ListClearResponse;
import dev.polyproc.v1.ListCompareAndSetRequest;
import dev.polyproc.v1.ListCompareAndSetResponse;
import dev.polyproc.v1.ListCountRequest;
import dev.polyproc.v1.ListCountResponse;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListCreateResponse;
import dev.polyproc.v1.ListDeleteRequest;
import dev.polyproc.v1.ListDeleteResponse;
import dev.polyproc.v1.ListDeleteSliceRequest;
import dev.polyproc.v1.ListDeleteSliceResponse;
import dev.polyproc.v1.ListExtendRequest;
import dev.polyproc.v1.ListExtendResponse;
import dev.polyproc.v1.ListFindRequest;
import dev.polyproc.v1.ListFindResponse;
import dev.polyproc.v1.ListGetRequest;
import dev.polyproc.v1.ListGetResponse;
import dev.polyproc.v1.ListInsertRequest;
import dev.polyproc.v1.ListInsertResponse;
import dev.polyproc.v1.ListPopRequest;
import dev.polyproc.v1.ListPopResponse;
import dev.polyproc.v1.ListRange;
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
import dev.polyproc.v1.ListSizeRequest;
import dev.polyproc.v1.ListSizeResponse;
import dev.polyproc.v1.ListSliceRequest;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.ListSortRequest;
import dev.polyproc.v1.ListSortResponse;
import dev.polyproc.v1.Value;
import java.util.List;
import java.util.stream.Stream;

/** Random requests to lists. */
final class ListRequests {
  /** As many values are at hand for what is looked for: lists of few different ones find more. */
  private static final List<Object> FEW = List.of(1, 2.5, true, -3);

  private final Choices choices;

  ListRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client, String name) {
    Client caller = choices.meaning(client, name);
    if (choices.shouldCreate(name)) {
      return call(
          caller,
          "Create",
          ListCreateRequest.newBuilder().setList(name).setLifetime(choices.lifetime()),
          ListCreateResponse.getDefaultInstance());
    }
    return switch (choices.random.nextInt(6)) {
      case 0, 1 -> grow(caller, name);
      case 2 -> shrink(caller, name);
      case 3 -> change(caller, name);
      case 4 -> changeSlice(caller, name);
      default -> look(caller, name);
    };
  }

  private static <R extends Message> Pending<R> call(
      Client client, String method, Message.Builder request, R prototype) {
    return client.call("ListService/" + method, request.build(), prototype);
  }

  private Value value(String list) {
    // One list has few different values, which can be sorted; the other has any.
    return list.equals("list0") && !choices.oneIn(40)
        ? Plain.value(choices.any(FEW))
        : choices.value();
  }

  private List<Value> values(String list) {
    return Stream.generate(() -> value(list)).limit(choices.random.nextInt(7)).toList();
  }

  /** An index that is there, or not far off. */
  private long index(String name) {
    int size = choices.model.objects.get(name) instanceof ModelList list ? list.values.size() : 0;
    return choices.oneIn(50) ? Long.MIN_VALUE : choices.random.nextInt(2 * size + 3) - size - 1L;
  }

  private ListRange range(String name) {
    ListRange.Builder range = ListRange.newBuilder().setStrict(choices.oneIn(6));
    if (choices.oneIn(2)) {
      range.setStart(index(name));
    }
    if (choices.oneIn(2)) {
      range.setStop(index(name));
    }
    if (choices.oneIn(3)) {
      range.setStep(choices.any(List.of(-3L, -2L, -1L, 0L, 1L, 2L, 3L, Long.MAX_VALUE)));
    }
    return range.build();
  }

  private Pending<?> grow(Client client, String name) {
    return switch (choices.random.nextInt(7)) {
      case 0, 1 ->
          call(
              client,
              "Append",
              ListAppendRequest.newBuilder().setList(name).setValue(value(name)),
              ListAppendResponse.getDefaultInstance());
      case 2, 3 ->
          call(
              client,
              "Insert",
              ListInsertRequest.newBuilder()
                  .setList(name)
                  .setIndex(index(name))
                  .setValue(value(name)),
              ListInsertResponse.getDefaultInstance());
      case 4 ->
          call(
              client,
              "Repeat",
              ListRepeatRequest.newBuilder()
                  .setList(name)
                  .setTimes(choices.any(List.of(0L, 1L, 2L, 2L, 2L, 3L, 3L, Long.MAX_VALUE))),
              ListRepeatResponse.getDefaultInstance());
      default ->
          call(
              client,
              "Extend",
              ListExtendRequest.newBuilder().setList(name).addAllValues(values(name)),
              ListExtendResponse.getDefaultInstance());
    };
  }

  private Pending<?> shrink(Client client, String name) {
    return switch (choices.random.nextInt(5)) {
      case 0 ->
          call(
              client,
              "Pop",
              choices.oneIn(2)
                  ? ListPopRequest.newBuilder().setList(name)
                  : ListPopRequest.newBuilder().setList(name).setIndex(index(name)),
              ListPopResponse.getDefaultInstance());
      case 1 ->
          call(
              client,
              "Remove",
              ListRemoveRequest.newBuilder().setList(name).setValue(value(name)),
              ListRemoveResponse.getDefaultInstance());
      case 2 ->
          call(
              client,
              "DeleteSlice",
              ListDeleteSliceRequest.newBuilder().setList(name).setRange(range(name)),
              ListDeleteSliceResponse.getDefaultInstance());
      case 3 ->
          choices.oneIn(8)
              ? call(
                  client,
                  "Clear",
                  ListClearRequest.newBuilder().setList(name),
                  ListClearResponse.getDefaultInstance())
              : delete(client, name);
      default -> delete(client, name);
    };
  }

  private Pending<?> delete(Client client, String name) {
    ListDeleteRequest.Builder request =
        ListDeleteRequest.newBuilder().setList(name).setIndex(index(name));
    if (choices.oneIn(2)) {
      request.setExpected(value(name));
    }
    return call(client, "Delete", request, ListDeleteResponse.getDefaultInstance());
  }

  private Pending<?> change(Client client, String name) {
    return switch (choices.random.nextInt(6)) {
      case 0, 1 ->
          call(
              client,
              "Set",
              ListSetRequest.newBuilder()
                  .setList(name)
                  .setIndex(index(name))
                  .setValue(value(name))
                  .setReturnPrevious(choices.oneIn(2)),
              ListSetResponse.getDefaultInstance());
      case 2, 3 ->
          call(
              client,
              "CompareAndSet",
              ListCompareAndSetRequest.newBuilder()
                  .setList(name)
                  .setIndex(index(name))
                  .setExpected(value(name))
                  .setValue(value(name)),
              ListCompareAndSetResponse.getDefaultInstance());
      default -> {
        ListAddRequest.Builder request =
            ListAddRequest.newBuilder().setList(name).setIndex(index(name));
        if (choices.oneIn(2)) {
          request.setAmount(Plain.value(choices.number()));
        }
        yield call(client, "Add", request, ListAddResponse.getDefaultInstance());
      }
    };
  }

  private Pending<?> changeSlice(Client client, String name) {
    return switch (choices.random.nextInt(5)) {
      case 0, 1 ->
          call(
              client,
              "Sort",
              ListSortRequest.newBuilder().setList(name).setReverse(choices.oneIn(2)),
              ListSortResponse.getDefaultInstance());
      case 2 ->
          call(
              client,
              "Reverse",
              ListReverseRequest.newBuilder().setList(name),
              ListReverseResponse.getDefaultInstance());
      default ->
          call(
              client,
              "SetSlice",
              ListSetSliceRequest.newBuilder()
                  .setList(name)
                  .setRange(range(name))
                  .addAllValues(values(name)),
              ListSetSliceResponse.getDefaultInstance());
    };
  }

  private Pending<?> look(Client client, String name) {
    return switch (choices.random.nextInt(5)) {
      case 0 ->
          call(
              client,
              "Get",
              ListGetRequest.newBuilder().setList(name).setIndex(index(name)),
              ListGetResponse.getDefaultInstance());
      case 1 -> call(client, "Find", find(name), ListFindResponse.getDefaultInstance());
      case 2 ->
          call(
              client,
              "Count",
              ListCountRequest.newBuilder().setList(name).setValue(value(name)),
              ListCountResponse.getDefaultInstance());
      case 3 ->
          call(
              client,
              "Size",
              ListSizeRequest.newBuilder().setList(name),
              ListSizeResponse.getDefaultInstance());
      default ->
          call(
              client,
              "Slice",
              ListSliceRequest.newBuilder()
                  .setList(name)
                  .setRange(range(name))
                  .setPageSize(choices.random.nextInt(4)),
              ListSliceResponse.getDefaultInstance());
    };
  }

  private ListFindRequest.Builder find(String name) {
    ListFindRequest.Builder request =
        ListFindRequest.newBuilder().setList(name).setValue(value(name)).setLast(choices.oneIn(2));
    if (choices.oneIn(2)) {
      request.setStart(index(name));
    }
    if (choices.oneIn(2)) {
      request.setStop(index(name));
    }
    return request;
  }
}
