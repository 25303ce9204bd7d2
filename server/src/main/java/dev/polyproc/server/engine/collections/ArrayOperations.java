package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.LockName;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ArrayAddRequest;
import dev.polyproc.v1.ArrayAddResponse;
import dev.polyproc.v1.ArrayCompareAndSetRequest;
import dev.polyproc.v1.ArrayCompareAndSetResponse;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ArrayCreateResponse;
import dev.polyproc.v1.ArrayGetRequest;
import dev.polyproc.v1.ArrayGetResponse;
import dev.polyproc.v1.ArrayProto;
import dev.polyproc.v1.ArraySetRequest;
import dev.polyproc.v1.ArraySetResponse;
import dev.polyproc.v1.ArraySetSliceRequest;
import dev.polyproc.v1.ArraySetSliceResponse;
import dev.polyproc.v1.ArraySizeRequest;
import dev.polyproc.v1.ArraySizeResponse;
import dev.polyproc.v1.ArraySliceRequest;
import dev.polyproc.v1.ArraySliceResponse;
import org.jspecify.annotations.Nullable;

/** ArrayService. */
public final class ArrayOperations implements Family {
  /** How many elements are written in a step. */
  private static final int PER_STEP = 64;

  private final World world;

  public ArrayOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(ArrayProto.getDescriptor())
        .on("Create", ArrayCreateRequest.getDefaultInstance(), this::create)
        .on("Size", ArraySizeRequest.getDefaultInstance(), this::size)
        .on("Get", ArrayGetRequest.getDefaultInstance(), this::get)
        .on("Set", ArraySetRequest.getDefaultInstance(), this::set)
        .on("Add", ArrayAddRequest.getDefaultInstance(), this::add)
        .on("CompareAndSet", ArrayCompareAndSetRequest.getDefaultInstance(), this::compareAndSet)
        .on("Slice", ArraySliceRequest.getDefaultInstance(), this::slice)
        .on("SetSlice", ArraySetSliceRequest.getDefaultInstance(), this::setSlice);
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasArray() ? SharedArray.restored(header, state.getArray()) : null;
  }

  private SharedArray array(String name, Invocation call) {
    return world.objects().find(SharedArray.KIND, name, call);
  }

  private Answer create(ArrayCreateRequest request, Invocation call) {
    ElementFormat format = ElementFormat.of(request.getType());
    String lock = LockName.asked(request.getArray(), request.getLock(), world);
    long most = world.limits().getArrayBytes();
    if (Long.compareUnsigned(request.getLength(), most / format.size()) > 0) {
      throw Refusal.limit("array_bytes", most, "bytes in the array");
    }
    int length = (int) request.getLength();
    ElementList first = ElementList.of("elements", request.getElements(), format, false);
    if (first.count() > length) {
      throw Refusal.argument(
          "elements",
          "Expected at most "
              + length
              + " elements, as the array has, but there are "
              + first.count());
    }
    first.check();
    long bytes = (long) length * format.size();
    if (world.objects().existing(request.getArray()) == null) {
      world.budget().require(bytes);
    }
    Created<SharedArray> created =
        world
            .objects()
            .create(
                SharedArray.KIND,
                request.getArray(),
                request.getLifetime(),
                call,
                () -> SharedArray.shape(format, length, lock),
                header -> new SharedArray(header, format, new byte[(int) bytes], lock));
    if (created.isNew()) {
      world.turn().stepped((long) length / PER_STEP);
      for (int i = 0; i < first.count(); i++) {
        created.object().set(i, first.get(i));
      }
    }
    return Answer.of(
        ArrayCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .setLock(created.object().lockName())
            .build());
  }

  private Answer size(ArraySizeRequest request, Invocation call) {
    SharedArray array = array(request.getArray(), call);
    return Answer.of(
        ArraySizeResponse.newBuilder()
            .setLength(array.length())
            .setType(array.format().type())
            .setLock(array.lockName())
            .build());
  }

  private Answer get(ArrayGetRequest request, Invocation call) {
    Element element = array(request.getArray(), call).at(request.getIndex());
    return Answer.of(
        ArrayGetResponse.newBuilder().setContent(element.format().value(element.get())).build());
  }

  private Answer set(ArraySetRequest request, Invocation call) {
    Element element = array(request.getArray(), call).at(request.getIndex());
    ElementFormat format = element.format();
    boolean wraps = ElementFormat.wraps(request.getOverflow());
    long before = element.exchange(format.bits("content", request.getContent(), wraps));
    return Answer.of(ArraySetResponse.newBuilder().setPrevious(format.value(before)).build());
  }

  private Answer add(ArrayAddRequest request, Invocation call) {
    Element element = array(request.getArray(), call).at(request.getIndex());
    ElementFormat format = element.format();
    boolean wraps = ElementFormat.wraps(request.getOverflow());
    long before = element.add(request.hasAmount() ? request.getAmount() : Numbers.ONE, wraps);
    return Answer.of(
        ArrayAddResponse.newBuilder()
            .setContent(format.value(element.get()))
            .setPrevious(format.value(before))
            .build());
  }

  private Answer compareAndSet(ArrayCompareAndSetRequest request, Invocation call) {
    Element element = array(request.getArray(), call).at(request.getIndex());
    ElementFormat format = element.format();
    boolean wraps = ElementFormat.wraps(request.getOverflow());
    boolean swapped =
        element.compareAndSet(
            format.bits("expected", request.getExpected(), wraps),
            format.bits("content", request.getContent(), wraps));
    return Answer.of(
        ArrayCompareAndSetResponse.newBuilder()
            .setSwapped(swapped)
            .setCurrent(format.value(element.get()))
            .build());
  }

  private Answer slice(ArraySliceRequest request, Invocation call) {
    SharedArray array = array(request.getArray(), call);
    ElementFormat format = array.format();
    Slice slice = array.slice(request.getRange());
    ReplyRoom room = new ReplyRoom(call, world.limits());
    int count = 0;
    while (count < slice.count()
        && room.take(ElementList.size(format, array.get(slice.position(count))))) {
      count++;
    }
    return Answer.of(
        ArraySliceResponse.newBuilder()
            .setElements(ElementList.of(format, count, i -> array.get(slice.position(i))))
            .setCount(count)
            .setLeft((long) slice.count() - count)
            .build());
  }

  private Answer setSlice(ArraySetSliceRequest request, Invocation call) {
    SharedArray array = array(request.getArray(), call);
    Slice slice = array.slice(request.getRange());
    boolean wraps = ElementFormat.wraps(request.getOverflow());
    ElementList all = ElementList.of("elements", request.getElements(), array.format(), wraps);
    if (all.count() != slice.count()) {
      throw Refusal.argument(
          "elements",
          "Expected "
              + slice.count()
              + " elements, as the slice has, but there are "
              + all.count()
              + "; an array keeps its length");
    }
    all.check();
    world.turn().stepped(all.count() / PER_STEP);
    for (int i = 0; i < all.count(); i++) {
      array.set(slice.position(i), all.get(i));
    }
    return Answer.of(ArraySetSliceResponse.getDefaultInstance());
  }
}
