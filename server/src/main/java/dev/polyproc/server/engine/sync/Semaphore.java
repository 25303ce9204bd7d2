package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.ReturningPermitsState;
import dev.polyproc.internal.v1.SemaphoreState;
import dev.polyproc.internal.v1.UndoState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.ReplyRoom;
import dev.polyproc.server.engine.call.Undo;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SemaphoreAcquireResponse;
import dev.polyproc.v1.SemaphoreDrainResponse;
import dev.polyproc.v1.SemaphoreGetResponse;
import dev.polyproc.v1.SemaphoreKind;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A number of permits, who holds some, and who waits for some.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>The first in line wants more than there are; nobody waits while it is broken.
 *   <li>Those that are there, are held and are on their way back are no more than there may be.
 * </ul>
 */
final class Semaphore extends ManagedObject implements Granted.Acquired {
  static final Kind<Semaphore> KIND = new Kind<>(ObjectKind.OBJECT_KIND_SEMAPHORE, Semaphore.class);

  private final Form form;
  private final Waiters<PermitAcquirer> line = new Waiters<>(this);
  private final PermitHolds holds = new PermitHolds();

  /** What came back from a session that is ending, by its number: it goes to nobody yet. */
  private final Map<Long, Integer> returning = new TreeMap<>();

  private int permits;
  private boolean previousOwnerDied;
  private boolean broken;

  /** What a Create asks for. */
  record Form(int permits, int maxPermits, SemaphoreKind kind, OnOwnerEnd onOwnerEnd) {
    Shape shape() {
      return Shape.PLAIN
          .with("permits", permits)
          .with("max_permits", maxPermits)
          .with("kind", kind, "SEMAPHORE_KIND_")
          .with("on_owner_end", onOwnerEnd, "ON_OWNER_END_");
    }
  }

  Semaphore(Header header, Form form) {
    super(header);
    this.form = form;
    this.permits = form.permits();
  }

  static Semaphore restored(Header header, SemaphoreState state, Restored restored) {
    Form form =
        new Form(state.getInitial(), state.getMaxPermits(), state.getKind(), state.getOnOwnerEnd());
    Semaphore semaphore = new Semaphore(header, form);
    semaphore.permits = state.getPermits();
    semaphore.previousOwnerDied = state.getPreviousOwnerDied();
    semaphore.broken = state.getBroken();
    state
        .getHoldsList()
        .forEach(saved -> semaphore.begin(new PermitHold(semaphore, saved, restored)));
    for (ReturningPermitsState saved : state.getReturningList()) {
      semaphore.returning.put(saved.getSession(), saved.getPermits());
    }
    return semaphore;
  }

  @Override
  protected Shape shape() {
    return form.shape();
  }

  int maxPermits() {
    return form.maxPermits();
  }

  // Acquiring.

  /** Acquires so many permits for at most a time, now or when they are there. */
  Answer acquire(Invocation call, int wanted, PermitTerms terms, long timeout) {
    settle();
    requireWhole();
    if (line.isEmpty() && wanted <= permits) {
      world().budget().require(PermitHold.footprint(call));
      return grant(call, wanted, terms);
    }
    return world().waiting().park(new PermitAcquirer(call, wanted, terms), timeout, line);
  }

  /** Acquires all permits that are there. */
  Answer drain(Invocation call, PermitTerms terms) {
    settle();
    requireWhole();
    if (permits == 0 || !line.isEmpty()) {
      return Answer.of(SemaphoreDrainResponse.getDefaultInstance());
    }
    world().budget().require(PermitHold.footprint(call));
    boolean died = previousOwnerDied;
    PermitHold granted = hold(call, permits, terms);
    return Answer.of(
        SemaphoreDrainResponse.newBuilder()
            .setPermits(granted.permits())
            .setToken(granted.token())
            .setPreviousOwnerDied(died)
            .build(),
        new Granted(this, granted.token()));
  }

  private Answer grant(Invocation call, int wanted, PermitTerms terms) {
    boolean died = previousOwnerDied;
    PermitHold granted = hold(call, wanted, terms);
    return Answer.of(
        SemaphoreAcquireResponse.newBuilder()
            .setAcquired(true)
            .setToken(granted.token())
            .setPreviousOwnerDied(died)
            .build(),
        new Granted(this, granted.token()));
  }

  private PermitHold hold(Invocation call, int wanted, PermitTerms terms) {
    permits -= wanted;
    previousOwnerDied = false;
    PermitHold granted = new PermitHold(this, call, terms, wanted, world().clock().nextToken());
    begin(granted);
    return granted;
  }

  private void begin(PermitHold granted) {
    holds.add(granted);
    granted.start();
  }

  private void requireWhole() {
    if (broken) {
      throw brokenRefusal();
    }
  }

  // Releasing.

  /**
   * Gives permits back, or adds them; answers how many there are then.
   *
   * @param token of the hold that they are of; 0: of any that needs none, or of none
   */
  int release(Invocation call, long released, long token) {
    settle();
    if (token != 0) {
      PermitHold held = releasable(call, released, token);
      less(held, (int) released);
    } else if (form.kind() == SemaphoreKind.SEMAPHORE_KIND_OWNED) {
      requireOwned(call, released);
      takeOff(call, (int) released);
    } else {
      requireRoom(released);
      takeOff(call, (int) released);
    }
    permits += (int) released;
    world().advance(this);
    return permits;
  }

  private PermitHold releasable(Invocation call, long released, long token) {
    PermitHold held = holds.of(token);
    if (held == null || held.permits() < released) {
      throw refusal(
          ErrorReason.ERROR_REASON_STALE_TOKEN,
          "Expected "
              + count(released)
              + " of '"
              + name()
              + "' to be held under token "
              + Long.toUnsignedString(token)
              + ", but "
              + (held == null ? "none are" : count(held.permits()) + " are")
              + ": they were released before, its lease ran out, or its session ended");
    }
    if (form.kind() == SemaphoreKind.SEMAPHORE_KIND_OWNED && !held.isReleasedBy(call)) {
      throw notHeld(released, 0);
    }
    return held;
  }

  private void requireOwned(Invocation call, long released) {
    long held = (long) holds.permitsOf(call.session()) + holds.permitsOfNobody();
    if (released > held) {
      throw notHeld(released, held);
    }
  }

  /**
   * What no release takes off, and what is on its way back, has its room: as many are to be added
   * as go beside them.
   */
  private void requireRoom(long released) {
    long kept = holds.permitsByToken();
    for (int back : returning.values()) {
      kept += back;
    }
    if (released > form.maxPermits() - permits - kept) {
      throw refusal(
          ErrorReason.ERROR_REASON_OVER_RELEASED,
          "Expected '"
              + name()
              + "' to have at most "
              + count(form.maxPermits())
              + ", but it has "
              + permits
              + (kept == 0 ? "" : ", " + kept + " are held by a token or on their way back")
              + ", and "
              + released
              + " more were released; release what was acquired, once");
    }
  }

  private Refusal notHeld(long released, long held) {
    return refusal(
        ErrorReason.ERROR_REASON_NOT_HELD,
        "Expected the caller's session to hold "
            + count(released)
            + " of '"
            + name()
            + "', but it holds "
            + held
            + "; call with the session that acquired them, or with their token where that session"
            + " has ended or there was none; an operator ends a session by"
            + " AdminService/CloseSession");
  }

  /**
   * Takes permits off what the caller's session holds, then off what others do: of an owned one,
   * off what is held for sessions that have ended. What is held by a token stays. Each hold is
   * passed once.
   */
  private void takeOff(Invocation call, int released) {
    int left = released;
    while (left > 0) {
      PermitHold held = holds.oldestOf(call.session());
      if (held == null) {
        held =
            form.kind() == SemaphoreKind.SEMAPHORE_KIND_OWNED
                ? holds.oldestOfNobody()
                : holds.oldest();
      }
      if (held == null) {
        return; // The rest was acquired by nobody.
      }
      int taken = Math.min(left, held.permits());
      less(held, taken);
      left -= taken;
    }
  }

  private void less(PermitHold held, int released) {
    holds.less(held, released);
    if (held.permits() == 0) {
      end(held);
    }
  }

  private void end(PermitHold held) {
    holds.remove(held);
    held.end();
  }

  // What ends by itself.

  /** The longest time of a hold is over. */
  void leaseEnded(PermitHold held) {
    if (isDeleted() || isOver(held)) {
      ownerEnded(held); // That was first.
    } else {
      comeBack(held.permits());
      end(held);
      world().advance(this);
    }
  }

  /** The session of a hold ended. */
  void ownerEnded(PermitHold held) {
    PermitHolds.Share share = held.share();
    if (share != null && !isDeleted() && form.onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_KEEP) {
      holds.orphan(held);
      return;
    }
    if (share != null && !isDeleted()) {
      spend(share);
    }
    end(held);
    world().advance(this);
  }

  @Override
  public void takeBack(long token) {
    PermitHold held = holds.of(token);
    if (held == null) {
      return;
    }
    int taken = held.permits();
    end(held);
    long ending = world().returning(this);
    if (ending == 0) {
      comeBack(taken);
    } else {
      returning.merge(ending, taken, Integer::sum);
    }
    world().advance(this);
  }

  @Override
  public void hasBack(long session) {
    Integer back = returning.remove(session);
    if (back != null) {
      comeBack(back);
    }
  }

  private void comeBack(int back) {
    permits += back;
    previousOwnerDied = true;
  }

  /** What a session held that has ended comes back at once, though it is given up hold by hold. */
  private void spend(PermitHolds.Share share) {
    if (share.permits() == 0) {
      return;
    }
    int held = share.spend();
    if (form.onOwnerEnd() == OnOwnerEnd.ON_OWNER_END_BREAK) {
      broken = true;
      line.drain(waiter -> waiter.answer(Answer.of(brokenRefusal())));
    } else {
      comeBack(held);
    }
  }

  /** Sees what sessions held that have ended and not come to give it up. */
  private void settle() {
    if (!world().hasLeft()) {
      return;
    }
    for (long ended : world().remains().sessions()) {
      PermitHolds.Share share = holds.shareOf(ended);
      if (share != null && isOver(share.session())) {
        spend(share);
      }
    }
    world().advance(this);
  }

  /** Whether a hold ends in a later entry, as the session that has it has ended. */
  private boolean isOver(PermitHold held) {
    return isOver(held.session());
  }

  /** The same of all that a session holds, when what was not confirmed has been taken back. */
  private boolean isOver(@Nullable Caller session) {
    if (session == null) {
      return false;
    }
    return switch (form.onOwnerEnd()) {
      case ON_OWNER_END_KEEP -> false;
      case ON_OWNER_END_BREAK -> session.hasUndone();
      default -> session.hasEnded();
    };
  }

  private Refusal brokenRefusal() {
    return refusal(
        ErrorReason.ERROR_REASON_SEMAPHORE_BROKEN,
        "Expected '"
            + name()
            + "' to be whole, but it broke when a session ended that held permits; once what they"
            + " stand for is mended, delete it by AdminService/Delete and create it again");
  }

  /** A number of permits in words. */
  static String count(long permits) {
    return permits == 1 ? "1 permit" : permits + " permits";
  }

  // The object.

  @Override
  public void advance() {
    for (PermitAcquirer next = line.oldest();
        next != null && next.permits() <= permits;
        next = line.oldest()) {
      next.answer(grant(next.call(), next.permits(), next.terms()));
    }
  }

  @Override
  public boolean hasHold(long token) {
    return !isDeleted() && holds.of(token) != null;
  }

  /** What is there, with what is on its way back as its session has ended. */
  private int permitsSeen() {
    int seen = permits;
    for (long ended : world().remains().sessions()) {
      PermitHolds.Share share = holds.shareOf(ended);
      if (share != null
          && form.onOwnerEnd() != OnOwnerEnd.ON_OWNER_END_BREAK
          && isOver(share.session())) {
        seen += share.permits();
      }
    }
    return seen;
  }

  /** Whether it broke, or does in a later entry. */
  private boolean isBroken() {
    if (broken || form.onOwnerEnd() != OnOwnerEnd.ON_OWNER_END_BREAK) {
      return broken;
    }
    for (long ended : world().remains().sessions()) {
      PermitHolds.Share share = holds.shareOf(ended);
      if (share != null && share.permits() > 0 && isOver(share.session())) {
        return true;
      }
    }
    return false;
  }

  /** The semaphore as a read sees it. */
  SemaphoreGetResponse describe(Invocation call) {
    SemaphoreGetResponse.Builder response =
        SemaphoreGetResponse.newBuilder()
            .setPermits(permitsSeen())
            .setMaxPermits(form.maxPermits())
            .setWaiting(line.size())
            .setBroken(isBroken());
    int most = world().limits().getPageSize();
    ReplyRoom room = new ReplyRoom(call, world().limits());
    room.take(response.buildPartial().getSerializedSize());
    room.fill(holders(most).stream(), response::addHolders);
    room.fill(line.describe(most), response::addWaiters);
    return response.build();
  }

  @Override
  protected boolean giveBackSome() {
    PermitHold held = holds.first();
    if (held == null) {
      return false;
    }
    end(held);
    return true;
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(line);
  }

  @Override
  protected String summary() {
    return isBroken() ? "broken" : count(permitsSeen());
  }

  @Override
  public List<Holder> holders(int max) {
    return holds.stream()
        .filter(held -> held.permits() > 0 && !isOver(held))
        .limit(max)
        .map(PermitHold::describe)
        .toList();
  }

  @Override
  protected void save(ObjectState.Builder state) {
    SemaphoreState.Builder semaphore =
        SemaphoreState.newBuilder()
            .setInitial(form.permits())
            .setMaxPermits(form.maxPermits())
            .setKind(form.kind())
            .setOnOwnerEnd(form.onOwnerEnd())
            .setPermits(permits)
            .setPreviousOwnerDied(previousOwnerDied)
            .setBroken(broken);
    holds.forEach(held -> semaphore.addHolds(held.save()));
    returning.forEach(
        (session, back) ->
            semaphore.addReturning(
                ReturningPermitsState.newBuilder().setSession(session).setPermits(back)));
    state.setSemaphore(semaphore);
  }

  @Override
  public Undo restoreUndo(UndoState state) {
    return new Granted(this, state.getToken());
  }

  @Override
  protected void check() {
    PermitAcquirer next = line.oldest();
    World.require(
        next == null || next.permits() > permits || world().isAwaited(this),
        "nobody waits for permits that are there");
    World.require(!broken || next == null, "nobody waits for a broken semaphore");
    long known = permits + holds.check();
    for (int back : returning.values()) {
      known += back;
    }
    World.require(permits >= 0, "there are no fewer permits than none");
    World.require(known <= form.maxPermits(), "there are no more permits than there may be");
  }
}
