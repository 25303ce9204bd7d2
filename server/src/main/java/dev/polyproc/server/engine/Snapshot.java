package dev.polyproc.server.engine;

import dev.polyproc.internal.v1.RemainState;
import dev.polyproc.internal.v1.SessionState;
import dev.polyproc.internal.v1.State;
import dev.polyproc.internal.v1.StateRecord;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.server.engine.object.World;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The state as it was after an entry. It shares with the engine what never changes: values,
 * replies. So it is taken in little time and memory, and written while the engine goes on.
 */
public final class Snapshot {
  /** Large enough to make no difference, small enough for any message around it. */
  private static final int PIECE_BYTES = 1 << 20;

  private final State rest;
  private final List<Supplier<SessionState>> sessions = new ArrayList<>();
  private final List<Supplier<RemainState>> remains;
  private final State shared;

  /** The engine's state as it is; the caller holds the lock around it. */
  Snapshot(Engine engine) {
    World world = engine.world();
    rest =
        State.newBuilder()
            .setNow(world.clock().now())
            .setOrder(world.clock().lastNumber())
            .setToken(world.clock().lastToken())
            .setEntries(engine.entries())
            .setLimits(world.limits())
            .setStarted(engine.started())
            .setPiece(world.turn().piece())
            .build();
    engine.sessions().forEach(session -> sessions.add(session.save()));
    remains = world.remains().save();
    State.Builder state = State.newBuilder();
    world.objects().forEach(object -> state.addObjects(object.saveAll()));
    List<Parked> waiting = new ArrayList<>();
    world.waiting().forEach(waiting::add);
    waiting.sort(Comparator.comparingLong(Parked::place));
    waiting.forEach(call -> state.addParked(call.save()));
    shared = state.addAllEndedSessions(engine.sessions().ended().save()).build();
  }

  /** All of it, in one message. */
  public State toState() {
    State.Builder state = rest.toBuilder();
    sessions.forEach(session -> state.addSessions(session.get()));
    remains.forEach(remain -> state.addRemains(remain.get()));
    return state
        .addAllObjects(shared.getObjectsList())
        .addAllParked(shared.getParkedList())
        .addAllEndedSessions(shared.getEndedSessionsList())
        .build();
  }

  /** All of it, in records that are made one by one. */
  public void forEach(Consumer<StateRecord> action) {
    forEach(PIECE_BYTES, action);
  }

  /**
   * The same, in records of other sizes.
   *
   * @param pieceBytes what is larger is cut
   */
  public void forEach(int pieceBytes, Consumer<StateRecord> action) {
    Counter records = new Counter(action);
    records.add(StateRecord.newBuilder().setRest(rest));
    sessions.forEach(
        session ->
            Pieces.of(session.get(), pieceBytes)
                .forEach(
                    (piece, isFurther) ->
                        records.add(
                            StateRecord.newBuilder().setSession(piece).setIsFurther(isFurther))));
    shared
        .getObjectsList()
        .forEach(
            object ->
                Pieces.of(object, pieceBytes)
                    .forEach(
                        (piece, isFurther) ->
                            records.add(
                                StateRecord.newBuilder()
                                    .setObject(piece)
                                    .setIsFurther(isFurther))));
    remains.forEach(
        remain ->
            Pieces.of(remain.get(), pieceBytes)
                .forEach(
                    (piece, isFurther) ->
                        records.add(
                            StateRecord.newBuilder().setRemain(piece).setIsFurther(isFurther))));
    shared.getParkedList().forEach(call -> records.add(StateRecord.newBuilder().setParked(call)));
    shared
        .getEndedSessionsList()
        .forEach(ended -> records.add(StateRecord.newBuilder().setEndedSession(ended)));
    records.add(StateRecord.newBuilder().setEnd(records.count));
  }

  private static final class Counter {
    private final Consumer<StateRecord> action;
    private long count;

    Counter(Consumer<StateRecord> action) {
      this.action = action;
    }

    void add(StateRecord.Builder record) {
      action.accept(record.build());
      count++;
    }
  }
}
