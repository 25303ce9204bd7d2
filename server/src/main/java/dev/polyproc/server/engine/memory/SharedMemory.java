package dev.polyproc.server.engine.memory;

import dev.polyproc.internal.v1.ObjectState;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.SharedMemoryState;
import dev.polyproc.internal.v1.TenureState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Caller;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Origins;
import dev.polyproc.server.engine.call.Waiters;
import dev.polyproc.server.engine.object.Figures;
import dev.polyproc.server.engine.object.LockName;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.object.Restored;
import dev.polyproc.server.engine.object.Shape;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.space.Footprint;
import dev.polyproc.server.engine.time.Timers;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.SharedMemoryCreateResponse;
import java.util.List;
import java.util.TreeMap;

/**
 * A segment of shared memory: that it should be there, who writes to it, and who waits for it. What
 * is in it nobody here knows.
 *
 * <p><b>Invariants</b>
 *
 * <ul>
 *   <li>Nobody waits for one whose space is taken.
 *   <li>Each writer has a session, and no two have the same.
 * </ul>
 */
final class SharedMemory extends ManagedObject {
  static final Kind<SharedMemory> KIND =
      new Kind<>(ObjectKind.OBJECT_KIND_SHARED_MEMORY, SharedMemory.class);

  private final Segments segments;
  private final SegmentPlan plan;
  private final Waiters<Creator> creating = new Waiters<>(this);

  /** By the number of their session. */
  private final TreeMap<Long, Writer> writers = new TreeMap<>();

  private Origin origin;
  private boolean ready;
  private int writersDied;

  /** A segment that is to be made. */
  SharedMemory(Header header, Segments segments, SegmentPlan plan, Origin origin) {
    super(header);
    this.segments = segments;
    this.plan = plan;
    this.origin = origin;
    segments.add(this);
  }

  static SharedMemory restored(
      Header header, SharedMemoryState saved, Segments segments, Restored restored) {
    SegmentPlan plan =
        new SegmentPlan(saved.getType(), saved.getLength(), saved.getLock(), saved.getFile());
    SharedMemory memory = new SharedMemory(header, segments, plan, saved.getOrigin());
    memory.ready = saved.getReady();
    memory.writersDied = saved.getWritersDied();
    for (TenureState writer : saved.getWritersList()) {
      memory.begin(new Writer(memory, writer, restored));
    }
    return memory;
  }

  static Shape shape(ElementType type, long length, String lock) {
    return Shape.PLAIN
        .with("type", type, "ELEMENT_TYPE_")
        .with("length", Long.toString(length))
        .with("lock", lock);
  }

  @Override
  protected Shape shape() {
    return shape(plan.type(), plan.length(), plan.lock());
  }

  @Override
  protected Figures figures() {
    return Figures.NONE
        .with("bytes", plan.bytes())
        .with("writers", writers.size())
        .with("writers_died", writersDied);
  }

  SegmentPlan plan() {
    return plan;
  }

  /** How much space it takes. */
  long space() {
    return plan.space();
  }

  /** The name of the lock that guards it. */
  String lockName() {
    return LockName.of(name(), plan.lock());
  }

  // Its making.

  /** It is new: whoever died before did not leave it half changed. */
  void begin() {
    if (plan.lock().isEmpty()) {
      segments.notices().beginAnew(lockName());
    }
    ask();
  }

  /** Asks the node for it. */
  private void ask() {
    world()
        .outgoing()
        .emit(
            new Effect.MakeSegment(
                number(), plan.file(), plan.type(), plan.length(), plan.bytes()));
  }

  /** Answers a Create: now, or when the space is taken. */
  Answer create(Invocation call, boolean isNew) {
    return ready
        ? createReply(isNew)
        : world().waiting().park(new Creator(call, this, isNew), Timers.NEVER, creating);
  }

  Answer createReply(boolean created) {
    return Answer.of(
        SharedMemoryCreateResponse.newBuilder()
            .setRef(ref())
            .setCreated(created)
            .setLock(lockName())
            .build());
  }

  /** Whether what an origin reports of it is about it. */
  boolean isOf(Origin reporter) {
    return origin.equals(reporter);
  }

  /** It is there. */
  void made() {
    ready = true;
    world().advance(this);
  }

  /** It could not be made: whoever waits for it is told why, and the name is free. */
  void failed(boolean isFull, String reason) {
    if (!ready) {
      Refusal failed =
          refusal(
              isFull ? ErrorReason.ERROR_REASON_NO_SPACE : ErrorReason.ERROR_REASON_SEGMENT_FAILED,
              reason);
      creating.drain(creator -> creator.answer(Answer.of(failed)));
      world().objects().delete(this);
    }
  }

  /** Who created it gave that up before it was there. */
  void givenUp() {
    if (!ready && creating.isEmpty()) {
      world().objects().delete(this);
    }
  }

  /**
   * Whether it went with the daemon that made it, as another run of that has started. One that was
   * still to be made is made by that.
   */
  boolean wentWithItsDaemon(Origin started) {
    if (!Origins.isBefore(origin, started)) {
      return false;
    }
    if (ready) {
      return true;
    }
    origin = started;
    ask();
    return false;
  }

  boolean isReady() {
    return ready;
  }

  /** Fails unless it is there. */
  void requireReady() {
    if (!ready) {
      throw refusal(
          ErrorReason.ERROR_REASON_SEGMENT_NOT_READY,
          "Expected '"
              + name()
              + "' to be there, but its space is still being taken; a Create of the same shape"
              + " waits for that");
    }
  }

  // Who writes.

  /** The session of the call writes to it from now on. */
  void addWriter(Invocation call, Caller session) {
    if (!writers.containsKey(session.number())) {
      world().budget().require(Writer.footprint(call));
      begin(new Writer(this, call));
    }
  }

  private void begin(Writer writer) {
    writers.put(writer.sessionNumber(), writer);
    writer.start();
  }

  /** The session does not write to it any more. */
  void removeWriter(Caller session) {
    Writer writer = writers.remove(session.number());
    if (writer != null) {
      writer.end();
    }
  }

  /** The session of a writer ended. */
  void died(Writer writer) {
    writers.remove(writer.sessionNumber());
    writer.end();
    writersDied++;
    world().outgoing().emit(new Effect.MarkSegment(number(), writersDied));
    segments.notices().writerDied(lockName());
  }

  int writers() {
    return writers.size();
  }

  int writersDied() {
    return writersDied;
  }

  // The object.

  @Override
  public void advance() {
    if (ready) {
      creating.drain(creator -> creator.answer(creator.done()));
    }
  }

  @Override
  protected void deleted() {
    world().turn().stepped(writers.size());
    writers.values().forEach(Writer::end);
    writers.clear();
    segments.remove(this);
    world().outgoing().emit(new Effect.RemoveSegment(number()));
    if (writersDied > 0 && plan.lock().isEmpty()) {
      segments.notices().forget(lockName());
    }
  }

  @Override
  protected void restoredDeleted() {
    segments.remove(this);
  }

  @Override
  public List<Waiters<?>> lines() {
    return List.of(creating);
  }

  @Override
  public List<Holder> holders(int max) {
    return writers.values().stream().limit(max).map(Writer::describe).toList();
  }

  @Override
  protected long furtherBytes() {
    return Footprint.of(plan.lock()) + Footprint.of(plan.file());
  }

  @Override
  protected String summary() {
    return ready ? plan.bytes() + " bytes" : "its space is being taken";
  }

  @Override
  protected void save(ObjectState.Builder object) {
    SharedMemoryState.Builder saved =
        SharedMemoryState.newBuilder()
            .setType(plan.type())
            .setLength(plan.length())
            .setLock(plan.lock())
            .setFile(plan.file())
            .setOrigin(origin)
            .setReady(ready)
            .setWritersDied(writersDied);
    writers.values().forEach(writer -> saved.addWriters(writer.save()));
    object.setSharedMemory(saved);
  }

  @Override
  protected void check() {
    World.require(!ready || creating.isEmpty(), "nobody waits for a segment that is there");
    World.require(segments.find(number()) == this, "a segment is listed");
    for (Writer writer : writers.values()) {
      World.require(writer.session() != null, "who writes has a session");
    }
  }
}
