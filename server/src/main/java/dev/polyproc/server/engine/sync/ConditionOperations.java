package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState.WantsCase;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.family.Operations;
import dev.polyproc.server.engine.object.Directory.Created;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ConditionCreateRequest;
import dev.polyproc.v1.ConditionCreateResponse;
import dev.polyproc.v1.ConditionGetRequest;
import dev.polyproc.v1.ConditionNotifyRequest;
import dev.polyproc.v1.ConditionNotifyResponse;
import dev.polyproc.v1.ConditionProto;
import dev.polyproc.v1.ConditionWaitRequest;
import dev.polyproc.v1.Lifetime;
import org.jspecify.annotations.Nullable;

/** ConditionService. */
public final class ConditionOperations implements Family {
  private final World world;

  public ConditionOperations(World world) {
    this.world = world;
  }

  @Override
  public void register(Operations operations) {
    operations
        .service(ConditionProto.getDescriptor())
        .on("Create", ConditionCreateRequest.getDefaultInstance(), this::create)
        .on("Wait", ConditionWaitRequest.getDefaultInstance(), this::await)
        .on("Notify", ConditionNotifyRequest.getDefaultInstance(), this::wake)
        .on("Get", ConditionGetRequest.getDefaultInstance(), this::get)
        .waiting(WantsCase.CONDITION_WAITER, ConditionWaiter::restored);
  }

  @Override
  public @Nullable ManagedObject restore(
      ManagedObject.Header header, ObjectState state, Restored restored) {
    return state.hasCondition() ? Condition.restored(header, state.getCondition()) : null;
  }

  private Condition condition(String name, Invocation call) {
    return world.objects().find(Condition.KIND, name, call);
  }

  private Answer create(ConditionCreateRequest request, Invocation call) {
    Lock lock = world.objects().find(Lock.KIND, request.getLock(), request.getLockIncarnation());
    if (lock.lifetime() == Lifetime.LIFETIME_WHILE_USED) {
      throw Refusal.argument(
          "lock",
          "Expected a lock that stays for a condition, but '"
              + request.getLock()
              + "' is of lifetime WHILE_USED; create a lock of another lifetime");
    }
    String name = request.getCondition();
    if (name.isEmpty() || (call.incarnation() == 0 && world.objects().existing(name) == null)) {
      lock.conditions().requireRoom();
    }
    Created<Condition> created =
        world
            .objects()
            .create(
                Condition.KIND,
                name,
                request.getLifetime(),
                call,
                () -> Condition.shape(request.getLock()),
                header -> new Condition(header, lock));
    if (created.isNew()) {
      created.object().keepLock();
    }
    return Answer.of(
        ConditionCreateResponse.newBuilder()
            .setRef(created.object().ref())
            .setCreated(created.isNew())
            .build());
  }

  private Answer await(ConditionWaitRequest request, Invocation call) {
    Condition condition = condition(request.getCondition(), call);
    long timeout = world.durations().of("timeout", request.hasTimeout(), request.getTimeout());
    long lease = HoldTerms.lease(world, "a lock", request.hasLease(), request.getLease(), call);
    return condition.await(call, request.getToken(), lease, timeout);
  }

  private Answer wake(ConditionNotifyRequest request, Invocation call) {
    if (request.getAll() && request.getCount() != 0) {
      throw Refusal.argument(
          "count",
          "Expected count 0 where all are notified, but it is "
              + Integer.toUnsignedString(request.getCount()));
    }
    int count = request.getCount() < 0 ? Integer.MAX_VALUE : Math.max(1, request.getCount());
    int most = request.getAll() ? Integer.MAX_VALUE : count;
    int woken = condition(request.getCondition(), call).wake(call, request.getToken(), most);
    return Answer.of(ConditionNotifyResponse.newBuilder().setNotified(woken).build());
  }

  private Answer get(ConditionGetRequest request, Invocation call) {
    return Answer.of(condition(request.getCondition(), call).describe(call));
  }
}
