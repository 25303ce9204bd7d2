package dev.polyproc.server.engine.object;

import dev.polyproc.internal.v1.RetainedState;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Holding;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Party;

/** An object that a session retains, and how often. */
public final class Retained implements Holding {
  /** What it costs to remember it. */
  public static final long BYTES = 192;

  private final World world;
  private final Caller session;
  private final ManagedObject object;
  private final long number;
  private final long since;
  private long count;

  /** Nothing retained yet. */
  Retained(World world, Caller session, ManagedObject object, long number, long since) {
    this.world = world;
    this.session = session;
    this.object = object;
    this.number = number;
    this.since = since;
    session.hold(this);
    world.budget().chargeAlways(BYTES);
  }

  long count() {
    return count;
  }

  void grow(long more) {
    count += more;
  }

  /**
   * Retains it less often.
   *
   * @param less how much less; 0: not at all
   * @return whether it is not retained any more
   */
  boolean shrink(long less) {
    count = less <= 0 ? 0 : Math.max(0, count - less);
    if (count == 0) {
      end();
    }
    return count == 0;
  }

  /** Whether its session has ended: it goes in a later entry. */
  boolean isAboutToGo() {
    return session.hasEnded();
  }

  /** It is not retained any more. */
  void end() {
    session.letGo(this);
    world.budget().release(BYTES);
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public void sessionEnded() {
    world.references().drop(session, object, 0);
  }

  Holder describe() {
    Party.Builder party = Party.newBuilder();
    session.introduce(party);
    return Holder.newBuilder()
        .setParty(party)
        .setSince(Times.timestamp(since))
        .setDetail(count == 1 ? "retained" : "retained " + count + " times")
        .build();
  }

  public RetainedState save() {
    return RetainedState.newBuilder()
        .setOrder(number)
        .setIncarnation(object.number())
        .setCount(count)
        .setSince(since)
        .build();
  }
}
