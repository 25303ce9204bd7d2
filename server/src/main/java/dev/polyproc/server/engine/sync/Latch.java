package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.LatchState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.LatchGetResponse;
import dev.polyproc.v1.LatchWaitResponse;
import dev.polyproc.v1.ObjectKind;
import java.util.List;

/**
 * A count that only goes down, and who waits for it to be 0.
 *
 * <p><b>Invariant</b>: nobody waits while it is 0.
 */
final class Latch extends ManagedObject {
  static final Kind<Latch> KIND = new Kind<>(ObjectKind.OBJECT_KIND_LATCH, Latch.class);

  private final long initial;
  private final Waiters<Awaiter> line = new Waiters<>(this);
  private long count;

  /** A latch; the count is unsigned. */
  Latch(Header header, long count) {
    super(header);
    this.initial = count;
    this.count = count;
  }

  static Latch restored(Header header, LatchState state) {
    Latch latch = new Latch(header, state.getInitial());
    latch.count = state.getCount();
    return latch;
  }

  /** What a Create asks for. */
  static Shape shape(long count) {
    return Shape.PLAIN.with("count", Long.toUnsignedString(count));
  }

  @Override
  protected Shape shape() {
    return shape(initial);
  }

  /** Takes from the count, down to 0; answers what it is then. */
  long countDown(long by) {
    count = Long.compareUnsigned(by, count) < 0 ? count - by : 0;
    advance();
    return count;
  }

  /** Waits until the count is 0. */
  Answer await(Invocation call, long timeout) {
    return count == 0 ? reply(true) : world().waiting().park(new Awaiter(call), timeout, line);
  }

  private static Answer reply(boolean open) {
    return Answer.of(LatchWaitResponse.newBuilder().setOpen(open).build());
  }

  /** A Wait. */
  static final class Awaiter extends Parked {
    Awaiter(Invocation call) {
      super(call);
    }

    @Override
    protected Answer expired() {
      return reply(false);
    }

    @Override
    protected void save(ParkedState.Builder state) {
      state.setLatchWaiter(true);
    }
  }

  LatchGetResponse describe(Invocation call) {
    LatchGetResponse.Builder response =
        LatchGetResponse.newBuilder().setCount(count).setWaiting(line.size());
    ReplyRoom room = new ReplyRoom(call, world().limits());
    room.take(response.buildPartial().getSerializedSize());
    room.fill(line.describe(world().limits().getPageSize()), response::addWaiters);
    return response.build();
  }

  @Override
  public void advance() {
    if (count == 0) {
      line.drain(waiter -> waiter.answer(reply(true)));
    }
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(line);
  }

  @Override
  protected String summary() {
    return count == 0 ? "open" : "at " + Long.toUnsignedString(count);
  }

  @Override
  protected void save(ObjectState.Builder state) {
    state.setLatch(LatchState.newBuilder().setInitial(initial).setCount(count));
  }

  @Override
  protected void check() {
    World.require(count != 0 || line.isEmpty(), "nobody waits for a latch that is open");
    World.require(Long.compareUnsigned(count, initial) <= 0, "the count of a latch only goes down");
  }
}
