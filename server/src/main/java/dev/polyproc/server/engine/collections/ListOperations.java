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
import dev.polyproc.server.engine.value.ValueOrder;
import dev.polyproc.server.engine.value.Values;
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
import dev.polyproc.v1.ListProto;
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
import org.jspecify.annotations.Nullable;

/** ListService. */
public final class ListOperations implements Family {
  private final World world;

  public ListOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(ListProto.getDescriptor())
        .on("Create", ListCreateRequest.getDefaultInstance(), this::create)
        .on("Get", ListGetRequest.getDefaultInstance(), this::get)
        .on("Set", ListSetRequest.getDefaultInstance(), this::set)
        .on("Delete", ListDeleteRequest.getDefaultInstance(), this::delete)
        .on("Append", ListAppendRequest.getDefaultInstance(), this::append)
        .on("Extend", ListExtendRequest.getDefaultInstance(), this::extend)
        .on("Insert", ListInsertRequest.getDefaultInstance(), this::insert)
        .on("Pop", ListPopRequest.getDefaultInstance(), this::pop)
        .on("Remove", ListRemoveRequest.getDefaultInstance(), this::remove)
        .on("Find", ListFindRequest.getDefaultInstance(), this::find)
        .on("Count", ListCountRequest.getDefaultInstance(), this::count)
        .on("Size", ListSizeRequest.getDefaultInstance(), this::size)
        .on("Clear", ListClearRequest.getDefaultInstance(), this::clear)
        .on("Reverse", ListReverseRequest.getDefaultInstance(), this::reverse)
        .on("Sort", ListSortRequest.getDefaultInstance(), this::sort)
        .on("Slice", ListSliceRequest.getDefaultInstance(), this::slice)
        .on("SetSlice", ListSetSliceRequest.getDefaultInstance(), this::setSlice)
        .on("DeleteSlice", ListDeleteSliceRequest.getDefaultInstance(), this::deleteSlice)
        .on("Repeat", ListRepeatRequest.getDefaultInstance(), this::repeat)
        .on("CompareAndSet", ListCompareAndSetRequest.getDefaultInstance(), this::compareAndSet)
        .on("Add", ListAddRequest.getDefaultInstance(), this::add);
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasList() ? SharedList.restored(header, state.getList()) : null;
  }

  private SharedList list(String name, Invocation call) {
    return world.objects().find(SharedList.KIND, name, call);
  }

  private Value value(String field, Value value) {
    return Values.stored(field, value, world);
  }

  private List<Value> values(List<Value> values) {
    int most = world.limits().getPageSize();
    if (values.size() > most) {
      throw Refusal.argument(
          "values", "Expected at most " + most + " values, but there are " + values.size());
    }
    values.forEach(value -> value("values", value));
    return values;
  }

  private Answer create(ListCreateRequest request, Invocation call) {
    Created<SharedList> created =
        world
            .objects()
            .create(
                SharedList.KIND,
                request.getList(),
                request.getLifetime(),
                call,
                () -> Shape.PLAIN,
                SharedList::new);
    return Answer.of(
        ListCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer get(ListGetRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    return Answer.of(
        ListGetResponse.newBuilder().setValue(list.get(list.position(request.getIndex()))).build());
  }

  private Answer set(ListSetRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    Value value = value("value", request.getValue());
    int position = list.position(request.getIndex());
    if (request.getReturnPrevious()) {
      call.requireFits(list.get(position));
    }
    Value before = list.set(position, value);
    return Answer.of(
        request.getReturnPrevious()
            ? ListSetResponse.newBuilder().setPrevious(before).build()
            : ListSetResponse.getDefaultInstance());
  }

  private Answer delete(ListDeleteRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    int position = list.position(request.getIndex());
    boolean delete =
        !request.hasExpected()
            || ValueKey.areEqual(
                list.get(position), Values.sought("expected", request.getExpected(), world));
    if (delete) {
      list.remove(position);
    }
    return Answer.of(ListDeleteResponse.newBuilder().setDeleted(delete).build());
  }

  private Answer append(ListAppendRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    list.replace(list.size(), list.size(), List.of(value("value", request.getValue())));
    return Answer.of(ListAppendResponse.newBuilder().setSize(list.size()).build());
  }

  private Answer extend(ListExtendRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    list.replace(list.size(), list.size(), values(request.getValuesList()));
    return Answer.of(ListExtendResponse.newBuilder().setSize(list.size()).build());
  }

  private Answer insert(ListInsertRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    int position = from(request.getIndex(), list);
    list.replace(position, position, List.of(value("value", request.getValue())));
    return Answer.of(ListInsertResponse.newBuilder().setSize(list.size()).build());
  }

  /** The position at which a slice from an index begins. */
  private static int from(long index, SharedList list) {
    return Slice.of(ListRange.newBuilder().setStart(index).build(), list.size()).start();
  }

  private Answer pop(ListPopRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    if (list.size() == 0) {
      return Answer.of(ListPopResponse.getDefaultInstance());
    }
    int position = list.position(request.hasIndex() ? request.getIndex() : -1);
    call.requireFits(list.get(position));
    Value removed = list.remove(position);
    return Answer.of(ListPopResponse.newBuilder().setValue(removed).build());
  }

  private Answer remove(ListRemoveRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    ValueKey value = ValueKey.of(Values.sought("value", request.getValue(), world));
    int position = list.find(value, 0, list.size());
    if (position >= 0) {
      list.remove(position);
    }
    return Answer.of(ListRemoveResponse.newBuilder().setRemoved(position >= 0).build());
  }

  private Answer find(ListFindRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    ValueKey value = ValueKey.of(Values.sought("value", request.getValue(), world));
    int start = request.hasStart() ? from(request.getStart(), list) : 0;
    int stop = request.hasStop() ? from(request.getStop(), list) : list.size();
    int position =
        request.getLast() ? list.findLast(value, start, stop) : list.find(value, start, stop);
    return Answer.of(
        position < 0
            ? ListFindResponse.getDefaultInstance()
            : ListFindResponse.newBuilder().setIndex(position).build());
  }

  private Answer count(ListCountRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    ValueKey value = ValueKey.of(Values.sought("value", request.getValue(), world));
    int count = 0;
    for (int at = list.find(value, 0, list.size());
        at >= 0;
        at = list.find(value, at + 1, list.size())) {
      count++;
    }
    return Answer.of(ListCountResponse.newBuilder().setCount(count).build());
  }

  private Answer size(ListSizeRequest request, Invocation call) {
    return Answer.of(
        ListSizeResponse.newBuilder().setSize(list(request.getList(), call).size()).build());
  }

  private Answer clear(ListClearRequest request, Invocation call) {
    int removed = list(request.getList(), call).clear();
    return Answer.of(ListClearResponse.newBuilder().setRemoved(removed).build());
  }

  private Answer reverse(ListReverseRequest request, Invocation call) {
    list(request.getList(), call).reverse();
    return Answer.of(ListReverseResponse.getDefaultInstance());
  }

  private Answer sort(ListSortRequest request, Invocation call) {
    list(request.getList(), call)
        .sort(request.getReverse() ? ValueOrder.NATURAL.reversed() : ValueOrder.NATURAL);
    return Answer.of(ListSortResponse.getDefaultInstance());
  }

  private Answer slice(ListSliceRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    Slice slice = list.slice(request.getRange());
    Page page =
        Page.of(
            listing(list, request.getRange(), call),
            request.getPageSize(),
            request.getPageToken(),
            world);
    ListSliceResponse.Builder response = ListSliceResponse.newBuilder();
    ReplyRoom room = new ReplyRoom(call, world.limits());
    // The token is how many values of the slice came before.
    for (long i = page.after(); i < slice.count(); i++) {
      Value value = list.get(slice.position((int) i));
      if (response.getValuesCount() == page.size() || !room.take(value.getSerializedSize())) {
        response.setNextPageToken(page.token(i));
        break;
      }
      response.addValues(value);
    }
    return Answer.of(response.build());
  }

  private static Listing listing(SharedList list, ListRange range, Invocation call) {
    return Listing.of(
        list,
        call,
        range.hasStart(),
        range.getStart(),
        range.hasStop(),
        range.getStop(),
        range.getStep(),
        range.getStrict());
  }

  private Answer setSlice(ListSetSliceRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    Slice slice = list.slice(request.getRange());
    List<Value> values = values(request.getValuesList());
    if (slice.step() == 1) {
      list.replace(slice.start(), slice.start() + slice.count(), values);
    } else if (values.size() == slice.count()) {
      list.replace(slice, values);
    } else {
      throw Refusal.argument(
          "values",
          "Expected "
              + slice.count()
              + " values for a slice with a step, but there are "
              + values.size());
    }
    return Answer.of(ListSetSliceResponse.newBuilder().setSize(list.size()).build());
  }

  private Answer deleteSlice(ListDeleteSliceRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    Slice slice = list.slice(request.getRange());
    list.remove(slice);
    return Answer.of(ListDeleteSliceResponse.newBuilder().setRemoved(slice.count()).build());
  }

  private Answer repeat(ListRepeatRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    list.repeat(request.getTimes());
    return Answer.of(ListRepeatResponse.newBuilder().setSize(list.size()).build());
  }

  private Answer compareAndSet(ListCompareAndSetRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    int position = list.position(request.getIndex());
    Value expected = Values.sought("expected", request.getExpected(), world);
    Value value = value("value", request.getValue());
    boolean swapped = ValueKey.areEqual(list.get(position), expected);
    call.requireFits(swapped ? value : list.get(position));
    if (swapped) {
      list.set(position, value);
    } else {
      world.references().requireRoom(call, list.get(position));
    }
    return Answer.of(
        ListCompareAndSetResponse.newBuilder()
            .setSwapped(swapped)
            .setCurrent(list.get(position))
            .build());
  }

  private Answer add(ListAddRequest request, Invocation call) {
    SharedList list = list(request.getList(), call);
    int position = list.position(request.getIndex());
    Value amount =
        request.hasAmount() ? Numbers.stored("amount", request.getAmount(), world) : Numbers.ONE;
    Value sum = Numbers.add(list, list.get(position), amount, request.getBits());
    call.requireFits(sum);
    list.set(position, sum);
    return Answer.of(ListAddResponse.newBuilder().setValue(sum).build());
  }
}
