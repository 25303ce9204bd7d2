package dev.polyproc.server.engine.sync;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Waited;
import dev.polyproc.v1.LockAcquireAllResponse;
import dev.polyproc.v1.LockAcquireResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * An AcquireAll that waits: it stands in the lines of all its locks, and is served when it is the
 * first in each and all are free. Those behind it wait, so that nobody overtakes it: a lock may be
 * free meanwhile.
 */
final class AllAcquirer extends Acquirer {
  /** What a place in a line takes. */
  private static final long BYTES = 96;

  /** How many others are named where one is shown to people. */
  private static final int MOST_SHOWN = 8;

  private final int locks;
  private List<Lock> wanted = List.of();

  /** That it could not have when it was last looked: most often it still cannot. */
  private int missing;

  AllAcquirer(Invocation call, long lease, int locks) {
    super(call, lease);
    this.locks = locks;
  }

  static AllAcquirer restored(Invocation call, ParkedState state) {
    return new AllAcquirer(call, restoredLease(state.getAllAcquirer()), state.getLinesCount());
  }

  /** What it takes out of the budget beside what every waiting call does. */
  static long furtherBytes(int locks) {
    return BYTES * locks;
  }

  @Override
  protected long furtherBytes() {
    return furtherBytes(locks);
  }

  /** It stands in so many lines. */
  @Override
  protected int weight() {
    return locks;
  }

  @Override
  boolean isReady() {
    List<Lock> all = locks();
    for (int i = 0; i < all.size(); i++) {
      int next = (missing + i) % all.size();
      if (!all.get(next).isThereFor(this)) {
        missing = next;
        return false;
      }
    }
    return true;
  }

  @Override
  Answer serve(Lock lock) {
    return grant(locks(), call(), lease());
  }

  @Override
  List<Lock> taken(Lock lock) {
    return locks();
  }

  private List<Lock> locks() {
    if (wanted.isEmpty()) {
      List<Lock> all = new ArrayList<>();
      forEachObject(object -> all.add((Lock) object));
      wanted = all;
    }
    return wanted;
  }

  /** Takes locks that are all free for a call. */
  static Answer grant(List<Lock> locks, Invocation call, long lease) {
    LockAcquireAllResponse.Builder response = LockAcquireAllResponse.newBuilder().setAcquired(true);
    List<Granted> granted = new ArrayList<>();
    for (Lock lock : locks) {
      LockAcquireResponse hold = lock.take(call, lease, 1).describe();
      response.addHolds(hold);
      granted.add(new Granted(lock, hold.getToken()));
    }
    return Answer.of(response.build(), new GrantedAll(granted));
  }

  @Override
  protected Answer expired() {
    return Answer.of(LockAcquireAllResponse.getDefaultInstance());
  }

  /** Which locks it waits for beside one. */
  @Override
  protected String detail(Waited at) {
    List<String> others =
        locks().stream().filter(lock -> lock != at).map(lock -> "'" + lock.name() + "'").toList();
    if (others.isEmpty()) {
      return "";
    }
    int more = others.size() - MOST_SHOWN;
    return "also "
        + String.join(", ", others.subList(0, Math.min(others.size(), MOST_SHOWN)))
        + (more > 0 ? " and " + more + " more" : "");
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setAllAcquirer(savedLease());
  }
}
