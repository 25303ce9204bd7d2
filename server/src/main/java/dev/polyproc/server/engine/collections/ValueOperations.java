package dev.polyproc.server.engine.collections;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.LockName;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.SharedValueProto;
import dev.polyproc.v1.ValueAddRequest;
import dev.polyproc.v1.ValueAddResponse;
import dev.polyproc.v1.ValueCompareAndSetRequest;
import dev.polyproc.v1.ValueCompareAndSetResponse;
import dev.polyproc.v1.ValueCreateRequest;
import dev.polyproc.v1.ValueCreateResponse;
import dev.polyproc.v1.ValueGetRequest;
import dev.polyproc.v1.ValueGetResponse;
import dev.polyproc.v1.ValueSetRequest;
import dev.polyproc.v1.ValueSetResponse;
import org.jspecify.annotations.Nullable;

/** ValueService. */
public final class ValueOperations implements Family {
  private final World world;

  public ValueOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(SharedValueProto.getDescriptor())
        .on("Create", ValueCreateRequest.getDefaultInstance(), this::create)
        .on("Get", ValueGetRequest.getDefaultInstance(), this::get)
        .on("Set", ValueSetRequest.getDefaultInstance(), this::set)
        .on("Add", ValueAddRequest.getDefaultInstance(), this::add)
        .on("CompareAndSet", ValueCompareAndSetRequest.getDefaultInstance(), this::compareAndSet);
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasValue() ? SharedValue.restored(header, state.getValue()) : null;
  }

  private SharedValue value(String name, Invocation call) {
    return world.objects().find(SharedValue.KIND, name, call);
  }

  private Answer create(ValueCreateRequest request, Invocation call) {
    ElementFormat format = ElementFormat.of(request.getType());
    long content = request.hasContent() ? format.bits("content", request.getContent(), false) : 0;
    String lock = LockName.asked(request.getValue(), request.getLock(), world);
    Created<SharedValue> created =
        world
            .objects()
            .create(
                SharedValue.KIND,
                request.getValue(),
                request.getLifetime(),
                call,
                () -> SharedValue.shape(format, lock),
                header -> new SharedValue(header, format, content, lock));
    return Answer.of(
        ValueCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .setLock(created.object().lockName())
            .build());
  }

  private Answer get(ValueGetRequest request, Invocation call) {
    SharedValue value = value(request.getValue(), call);
    ElementFormat format = value.format();
    return Answer.of(
        ValueGetResponse.newBuilder()
            .setContent(format.value(value.get()))
            .setType(format.type())
            .setLock(value.lockName())
            .build());
  }

  private Answer set(ValueSetRequest request, Invocation call) {
    SharedValue value = value(request.getValue(), call);
    ElementFormat format = value.format();
    boolean wraps = ElementFormat.wraps(request.getOverflow());
    long before = value.exchange(format.bits("content", request.getContent(), wraps));
    return Answer.of(ValueSetResponse.newBuilder().setPrevious(format.value(before)).build());
  }

  private Answer add(ValueAddRequest request, Invocation call) {
    SharedValue value = value(request.getValue(), call);
    ElementFormat format = value.format();
    boolean wraps = ElementFormat.wraps(request.getOverflow());
    long before = value.add(request.hasAmount() ? request.getAmount() : Numbers.ONE, wraps);
    return Answer.of(
        ValueAddResponse.newBuilder()
            .setContent(format.value(value.get()))
            .setPrevious(format.value(before))
            .build());
  }

  private Answer compareAndSet(ValueCompareAndSetRequest request, Invocation call) {
    SharedValue value = value(request.getValue(), call);
    ElementFormat format = value.format();
    boolean wraps = ElementFormat.wraps(request.getOverflow());
    boolean swapped =
        value.compareAndSet(
            format.bits("expected", request.getExpected(), wraps),
            format.bits("content", request.getContent(), wraps));
    return Answer.of(
        ValueCompareAndSetResponse.newBuilder()
            .setSwapped(swapped)
            .setCurrent(format.value(value.get()))
            .build());
  }
}
