package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.BarrierState;
import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.v1.BarrierBreak;
import dev.polyproc.v1.BarrierBreakCause;
import dev.polyproc.v1.BarrierGetResponse;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.Party;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A barrier: which of a round's parties have come, and who runs the action of a round before.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits for others to come while it is broken. An action runs then only if it broke in
 *       the round after.
 *   <li>All other parties of a round wait while its action runs; who comes then is of a later
 *       round.
 *   <li>While no action runs, fewer wait than there are parties.
 * </ul>
 */
final class Barrier extends ManagedObject {
  static final Kind<Barrier> KIND = new Kind<>(ObjectKind.OBJECT_KIND_BARRIER, Barrier.class);

  private final int parties;
  private final boolean action;
  private final Waiters<BarrierParty> arrived = new Waiters<>(this);
  private final Waiters<BarrierParty> tripped = new Waiters<>(this);
  private long round;
  private @Nullable BarrierBreak broken;
  private @Nullable BarrierAction running;

  Barrier(Header header, int parties, boolean action) {
    super(header);
    this.parties = parties;
    this.action = action;
  }

  static Barrier restored(Header header, BarrierState state, Restored restored) {
    Barrier barrier = new Barrier(header, state.getParties(), state.getAction());
    barrier.round = state.getRound();
    if (state.hasBrokenBy()) {
      barrier.setBroken(state.getBrokenBy());
    }
    if (state.hasRunning()) {
      barrier.begin(new BarrierAction(barrier, state.getRunning(), restored));
    }
    return barrier;
  }

  @Override
  protected Shape shape() {
    return shape(parties, action);
  }

  /** What a Create asks for. */
  static Shape shape(int parties, boolean action) {
    return Shape.PLAIN.with("parties", parties).with("action", action);
  }

  // Waiting.

  /** Comes as one more party, and waits for the others. */
  Answer await(Invocation call, long timeout) {
    if (action) {
      call.session("a barrier with an action");
    }
    BarrierBreak why = brokenBy();
    if (why != null) {
      throw Breaks.refusal(name(), why);
    }
    BarrierParty party = next(call);
    if (running != null || party.index() > 0) {
      return world().waiting().park(party, timeout, arrived);
    }
    if (action) {
      world().budget().requireBeyond(BarrierAction.footprint(call));
    }
    assemble();
    return conclude(party);
  }

  /** Who comes next: of this round, or, while an action runs, of this or a later one. */
  private BarrierParty next(Invocation call) {
    int before = arrived.size();
    return new BarrierParty(this, call, round + before / parties, parties - 1 - before % parties);
  }

  /**
   * The first of those who wait are all of the round but its last: they pass, or await its action.
   */
  private void assemble() {
    for (int others = parties - 1; others > 0; others--) {
      BarrierParty party = arrived.oldest();
      if (party == null) {
        throw new IllegalStateException("Expected that all others of a round wait");
      }
      if (action) {
        tripped.join(party);
      } else {
        party.pass();
      }
    }
  }

  /** All parties of the round have come; answers what the last of them is told. */
  private Answer conclude(BarrierParty last) {
    round++;
    if (!action) {
      return Answer.of(last.response().setPassed(true).build());
    }
    begin(new BarrierAction(this, last.call(), last.round()));
    return Answer.of(
        last.response().setPassed(true).setRunAction(true).build(),
        new BarrierActionGranted(this, last.round()));
  }

  private void begin(BarrierAction begun) {
    running = begun;
    begun.start();
  }

  // The action.

  /** The action of a round was run. */
  void actionDone(Invocation call, long done, boolean failed) {
    BarrierAction current = running;
    if (current == null || current.round() != done || current.isOver()) {
      throw refusal(
          ErrorReason.ERROR_REASON_NOT_HELD,
          "Expected the action of round "
              + Long.toUnsignedString(done)
              + " of '"
              + name()
              + "' to run, but it does not: it was reported before, or the barrier broke or was"
              + " reset");
    }
    if (current.session() != call.session()) {
      throw refusal(
          ErrorReason.ERROR_REASON_NOT_OWNER,
          "Expected the session that was told to run the action of '"
              + name()
              + "' to say how it went, but another caller did; call with that session");
    }
    if (failed) {
      breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_ACTION_FAILED, call.party(), null);
      return;
    }
    endAction();
    tripped.drain(BarrierParty::pass);
    world().advance(this);
  }

  private void endAction() {
    if (running != null) {
      running.end();
      running = null;
    }
  }

  /** Whether the action of a round runs, as far as entries know. */
  boolean isRunning(long which) {
    return running != null && running.round() == which;
  }

  /** Nobody will say how the action of a round went. */
  void actionLost(long which) {
    BarrierAction current = running;
    if (current != null && current.round() == which) {
      breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE, current.party(), null);
    }
  }

  // Breaking.

  /**
   * A party leaves, or its time is up, before its round is over. Who came while an action runs
   * leaves the round whose action that is alone.
   */
  void left(BarrierParty party, BarrierBreakCause cause) {
    Party who = party.call().party();
    if (isGone()) {
      return;
    }
    if (isRunning(party.round())) {
      breakAll(cause, who, party);
    } else if (broken == null) {
      breakNext(cause, who, party);
    }
  }

  /** Breaks it. */
  void abort(Invocation call) {
    breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_ABORTED, call.party(), null);
  }

  /** Begins a new round, and sends those away who wait. */
  void reset(Invocation call) {
    breakAll(BarrierBreakCause.BARRIER_BREAK_CAUSE_RESET, call.party(), null);
    begin();
  }

  /** Begins a new round if the barrier is broken in that one; answers whether it was. */
  boolean mend(long which) {
    BarrierBreak why = brokenBy();
    if (why == null || why.getRound() != which) {
      return false;
    }
    actionLost(which);
    begin();
    return true;
  }

  private void begin() {
    setBroken(null);
    round++;
  }

  /** Breaks the round to which parties come now. */
  private void breakNext(BarrierBreakCause cause, Party who, @Nullable BarrierParty told) {
    setBroken(Breaks.of(cause, who, round));
    tell(arrived, told);
  }

  /** Breaks the round whose action runs, if one does, and that to which parties come now. */
  private void breakAll(BarrierBreakCause cause, Party who, @Nullable BarrierParty told) {
    if (running == null) {
      if (broken == null) {
        breakNext(cause, who, told);
      }
      return;
    }
    setBroken(Breaks.of(cause, who, running.round()));
    endAction();
    tell(tripped, told);
    tell(arrived, told);
  }

  private void setBroken(@Nullable BarrierBreak why) {
    if (broken != null) {
      world().budget().release(Breaks.footprint(broken));
    }
    if (why != null) {
      world().budget().chargeAlways(Breaks.footprint(why));
    }
    broken = why;
  }

  /** Tells all in a line, but the one whose leaving is the cause: it has an answer of its own. */
  private void tell(Waiters<BarrierParty> line, @Nullable BarrierParty told) {
    BarrierBreak why = broken;
    if (why == null || line.isEmpty()) {
      return;
    }
    Answer answer = Answer.of(Breaks.refusal(name(), why));
    for (BarrierParty party : line.all()) {
      if (party != told) {
        party.answer(answer);
      }
    }
  }

  /** Why it is broken, or will be by a later entry, as who runs the action is gone. */
  private @Nullable BarrierBreak brokenBy() {
    BarrierAction current = running;
    return current != null && current.isOver()
        ? Breaks.of(
            BarrierBreakCause.BARRIER_BREAK_CAUSE_PARTY_GONE, current.party(), current.round())
        : broken;
  }

  boolean isBroken() {
    return brokenBy() != null;
  }

  // The object.

  /** Begins the action of a round whose parties came while that of the one before ran. */
  @Override
  public void advance() {
    if (running != null || arrived.size() < parties) {
      return;
    }
    assemble();
    BarrierParty last = arrived.oldest();
    if (last != null) {
      last.answer(conclude(last));
    }
  }

  /** The barrier as a read sees it. */
  BarrierGetResponse describe(Invocation call) {
    BarrierGetResponse.Builder response =
        BarrierGetResponse.newBuilder().setParties(parties).setAction(action).setRound(round);
    BarrierAction current = running;
    BarrierBreak why = brokenBy();
    if (why == null) {
      response.setWaiting(Math.min(arrived.size(), parties));
    } else {
      response.setBroken(true).setBrokenBy(why);
    }
    if (current != null && !current.isOver()) {
      response.setRunner(current.describe());
    }
    ReplyRoom room = new ReplyRoom(call, world().limits());
    room.take(response.buildPartial().getSerializedSize());
    int most = world().limits().getPageSize();
    room.fill(
        Stream.concat(tripped.describe(most), arrived.describe(most)).limit(most),
        response::addWaiters);
    return response.build();
  }

  @Override
  protected void deleted() {
    endAction();
    setBroken(null);
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(arrived, tripped);
  }

  @Override
  protected String summary() {
    BarrierBreak why = brokenBy();
    return (why == null
            ? Math.min(arrived.size(), parties) + " of " + parties + " wait"
            : "broken: " + Breaks.summary(why))
        + (running == null || running.isOver() ? "" : ", an action runs");
  }

  @Override
  public List<Holder> holders(int max) {
    return running == null || running.isOver() ? List.of() : List.of(running.describe());
  }

  @Override
  protected void save(ObjectState.Builder state) {
    BarrierState.Builder barrier =
        BarrierState.newBuilder().setParties(parties).setAction(action).setRound(round);
    if (broken != null) {
      barrier.setBrokenBy(broken);
    }
    if (running != null) {
      barrier.setRunning(running.save());
    }
    state.setBarrier(barrier);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    return new BarrierActionGranted(this, state.getToken());
  }

  @Override
  protected void check() {
    World.require(
        broken == null
            || (arrived.isEmpty() && (running == null || running.round() < broken.getRound())),
        "nobody comes to a broken barrier, and no action runs of the round that broke");
    World.require(
        tripped.size() == (running == null ? 0 : parties - 1),
        "all parties of a round wait for its action, and for nothing else");
    World.require(
        running != null || arrived.size() < parties, "a round is over when all have come");
    checkPlaces(tripped, running == null ? round : running.round());
    checkPlaces(arrived, round);
  }

  private void checkPlaces(Waiters<BarrierParty> line, long first) {
    int before = 0;
    for (BarrierParty party : line) {
      World.require(
          party.round() == first + before / parties
              && party.index() == parties - 1 - before % parties,
          "a party's index is its place in its round");
      before++;
    }
  }
}
