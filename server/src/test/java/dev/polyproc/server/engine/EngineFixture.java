package dev.polyproc.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.polyproc.internal.v1.Abandon;
import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Drain;
import dev.polyproc.internal.v1.Entry;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.State;
import dev.polyproc.internal.v1.Tick;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.object.ManagedObject;
import dev.polyproc.server.engine.session.Session;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.server.engine.time.Turn;
import dev.polyproc.server.log.SnapshotStream;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionOpenResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A small language over the real engine: sessions that call, time that passes when the test says
 * so, replies as values.
 *
 * <p>After every entry
 *
 * <ul>
 *   <li>the invariants hold;
 *   <li>a refused call has changed nothing but what its session remembers of it;
 *   <li>a second engine, which is saved, written, read and restored after every entry, has the same
 *       state, the same accounts and timers, and sent the same replies.
 * </ul>
 */
public final class EngineFixture {
  /** The limits of a small daemon. */
  public static final Limits LIMITS =
      Limits.newBuilder()
          .setRequestBytes(1 << 20)
          .setValueDepth(16)
          .setNameLength(255)
          .setStoredBytes(64 << 20)
          .setObjects(1_000)
          .setSessions(100)
          .setWaiters(1_000)
          .setQueueItems(10_000)
          .setListItems(10_000)
          .setArrayBytes(1 << 16)
          .setSharedMemoryBytes(1 << 20)
          .setSortItems(1_000)
          .setSortBytes(1 << 20)
          .setPageSize(100)
          .setPageBytes(1 << 20)
          .setWindowCalls(1_000)
          .setWindowBytes(1 << 20)
          .setDuration(Times.duration(Duration.ofDays(365).toNanos()))
          .setShortestTimeToLive(Times.duration(Duration.ofMillis(100).toNanos()))
          .setDefaultTimeToLive(Times.duration(Duration.ofSeconds(10).toNanos()))
          .setProcesses(100)
          .setEndedProcesses(10)
          .setOutputBytes(1 << 20)
          .setOpenCalls(1_000)
          .setArrivingBytes(16 << 20)
          .setUnsentBytes(16 << 20)
          .setConnectionUnsentBytes(4 << 20)
          .setRequestFields(1 << 20)
          .build();

  /** When the engine of a test begins: 2026-01-01T00:00:00Z. */
  public static final long STARTED = 1_767_225_600L * 1_000_000_000L;

  /** A daemon that starts as an engine of a test begins. */
  public static Boot boot(Limits limits) {
    return Boot.newBuilder()
        .setOrigin(Origin.newBuilder().setNode("node").setBoot("boot"))
        .setVersion("test")
        .setPid(1)
        .setLimits(limits)
        .setTime(STARTED)
        .build();
  }

  /** So small that most of what there is is cut. */
  private static final int PIECE_BYTES = 100;

  /** The same, whose numbers begin at 1: for runs that make numbers up. */
  public static Boot bootAtZero(Limits limits) {
    return boot(limits).toBuilder().setTime(0).build();
  }

  /** How much is checked after every entry, beside the invariants. */
  public enum Care {
    /** All that the class promises. */
    FULL,
    /** Nothing more: for long runs, which check the rest now and then. */
    INVARIANTS
  }

  private static final Entry TICK =
      Entry.newBuilder()
          .setEvent(NodeEvent.newBuilder().setTick(Tick.getDefaultInstance()))
          .build();

  private Engine engine;
  private @Nullable Onlooker onlooker;
  private boolean isBetweenPieces;
  private final Care care;
  private final Replay replay;
  private @Nullable Engine shadow;
  private final Map<String, Pending<?>> byIdentity = new LinkedHashMap<>();
  private final List<Pending<?>> unanswered = new ArrayList<>();
  private final List<Effect> effects = new ArrayList<>();
  private Boot boot;
  private long now;
  private boolean goingDown;
  private int boots;
  private long tickets;
  private long secrets;

  public EngineFixture() {
    this(LIMITS);
  }

  public EngineFixture(Limits limits) {
    this(limits, Care.FULL);
  }

  public EngineFixture(Limits limits, Care care) {
    this(boot(limits), care);
  }

  public EngineFixture(Boot boot, Care care) {
    this(boot, care, Turn.PIECE);
  }

  /** The same, of which an entry does so much of its work at most. */
  public EngineFixture(Boot boot, Care care, int piece) {
    this.boot = boot;
    this.care = care;
    now = boot.getTime();
    engine = new Engine(boot, piece);
    shadow = care == Care.FULL ? new Engine(boot, piece) : null;
    replay = new Replay(new Engine(boot, piece));
  }

  /** An engine of which an entry does so much of its work at most. */
  public static EngineFixture inPieces(int piece) {
    return new EngineFixture(boot(LIMITS), Care.FULL, piece);
  }

  public Engine engine() {
    return engine;
  }

  // Who calls.

  /** Opens a session; {@code client} is its name in lists and messages. */
  public Client session(String client) {
    return session(SessionOpenRequest.newBuilder().setClient(client).build());
  }

  public Client session(SessionOpenRequest request) {
    return new Client(this, open(request).response().getSession());
  }

  public Pending<SessionOpenResponse> open(SessionOpenRequest request) {
    return anonymous()
        .call("SessionService/Open", request, SessionOpenResponse.getDefaultInstance());
  }

  /** The session that a call opened. */
  public Client client(Pending<?> open) {
    return new Client(this, open.envelope().getSecret());
  }

  /** A caller without a session. */
  public Client anonymous() {
    return new Client(this, "");
  }

  // Time.

  /** The time, in nanoseconds since 1970. */
  public long now() {
    return now;
  }

  /** What is due now is done, and what entries have left. */
  public void settle() {
    while (engine.nextDeadline() <= now) {
      tick();
    }
  }

  /** Who looks on as entries do their work piece by piece. */
  public interface Onlooker {
    /** A call or an event was applied, but for what it has left. */
    void applied(@Nullable Pending<?> call);

    /** A piece was done; calls that are made now come before the next one. */
    void betweenPieces();
  }

  /**
   * From now on all that an entry leaves is done before the next one, and what is due before that,
   * too; only the onlooker comes in between.
   */
  public void settleAlways(Onlooker onlooker) {
    this.onlooker = onlooker;
  }

  private void settleBefore() {
    Onlooker between = onlooker;
    if (between != null && !isBetweenPieces) {
      while (engine.nextDeadline() <= now) {
        isBetweenPieces = true;
        between.betweenPieces();
        isBetweenPieces = false;
        applyAlone(TICK.toBuilder().setTime(now).build(), null);
      }
    }
  }

  /** Time passes; what becomes due meanwhile happens when it is due. */
  public void advance(Duration duration) {
    long until = now + duration.toNanos();
    while (engine.nextDeadline() <= until) {
      now = Math.max(now, engine.nextDeadline());
      tick();
    }
    now = until;
  }

  /** Time passes, and the daemon does not get to it: all that became due is late. */
  public void stall(Duration duration) {
    now += duration.toNanos();
  }

  public void tick() {
    observe(NodeEvent.newBuilder().setTick(Tick.getDefaultInstance()).build());
  }

  // What the node sees.

  /** The rpcs of calls are gone, all at once. */
  public void abandon(Pending<?>... calls) {
    Abandon.Builder abandon = Abandon.newBuilder();
    for (Pending<?> call : calls) {
      abandon.addTickets(call.envelope().getTicket());
    }
    observe(NodeEvent.newBuilder().setAbandon(abandon).build());
  }

  /** The callers of calls gave them up, all at once. */
  public void giveUp(Pending<?>... calls) {
    Abandon.Builder abandon = Abandon.newBuilder();
    for (Pending<?> call : calls) {
      abandon.addGivenUp(call.envelope().getTicket());
    }
    observe(NodeEvent.newBuilder().setAbandon(abandon).build());
  }

  public void drain() {
    observe(NodeEvent.newBuilder().setDrain(Drain.getDefaultInstance()).build());
  }

  public void observe(NodeEvent event) {
    goingDown |= event.hasDrain();
    apply(Entry.newBuilder().setTime(now).setEvent(ours(event)).build(), null);
  }

  /** As this daemon saw it, unless it says that another one did. */
  private NodeEvent ours(NodeEvent event) {
    NodeEvent.Builder ours = event.toBuilder();
    switch (event.getKindCase()) {
      case ABANDON -> ours.setAbandon(event.getAbandon().toBuilder().setOrigin(origin()));
      case DRAIN -> ours.setDrain(Drain.newBuilder().setOrigin(origin()));
      case PROCESS_STARTED -> {
        if (!event.getProcessStarted().hasOrigin()) {
          ours.getProcessStartedBuilder().setOrigin(origin());
        }
      }
      case PROCESS_FAILED -> {
        if (!event.getProcessFailed().hasOrigin()) {
          ours.getProcessFailedBuilder().setOrigin(origin());
        }
      }
      case PROCESS_EXITED -> {
        if (!event.getProcessExited().hasOrigin()) {
          ours.getProcessExitedBuilder().setOrigin(origin());
        }
      }
      case SEGMENT_MADE -> {
        if (!event.getSegmentMade().hasOrigin()) {
          ours.getSegmentMadeBuilder().setOrigin(origin());
        }
      }
      case SEGMENT_FAILED -> {
        if (!event.getSegmentFailed().hasOrigin()) {
          ours.getSegmentFailedBuilder().setOrigin(origin());
        }
      }
      default -> {
        // It is nobody's in particular.
      }
    }
    return ours.build();
  }

  /** What the node was asked to make happen so far. */
  public List<Effect> effects() {
    return effects;
  }

  /** Where calls come in. */
  Origin origin() {
    return boot.getOrigin();
  }

  /** Whether the daemon goes down. */
  boolean isGoingDown() {
    return goingDown;
  }

  // Restarts.

  /** The daemon goes without a word, and starts again on the state that it had. */
  public void restart() {
    restart(boot.getLimits());
  }

  /** The same, with other limits. */
  public void restart(Limits limits) {
    Origin next = boot.getOrigin().toBuilder().setBoot("boot " + ++boots).build();
    boot =
        boot.toBuilder().setOrigin(next).setPid(1 + boots).setLimits(limits).setTime(now).build();
    goingDown = false;
    tickets = 0;
    unanswered.clear();
    byIdentity.clear();
    rebuild();
    observe(NodeEvent.newBuilder().setBoot(boot).build());
  }

  /** A numbered call is sent again by a new rpc, as after a restart. */
  public <R extends Message> Pending<R> repeat(Pending<R> call) {
    Envelope.Builder again =
        call.envelope().toBuilder()
            .setAttachment(0)
            .setTicket(nextTicket())
            .setOrigin(origin())
            .setMustNotWait(goingDown);
    return apply(new Pending<>(again.build(), call.prototype()));
  }

  /** The engine is made again from its state, and nobody notices. */
  public void rebuild() {
    engine = restored(engine, Pending::inbox);
  }

  // The state.

  /** What all cost that the engine keeps. */
  public long usedBytes() {
    return engine.world().budget().used();
  }

  /** What all cost but the objects and sessions themselves: values, waiting calls, replies. */
  public long storedBytes() {
    long used = usedBytes();
    for (ManagedObject object : engine.world().objects()) {
      used -= object.footprint();
    }
    for (Session session : engine.sessions()) {
      used -= session.footprint();
    }
    return used;
  }

  /** How many objects there are. */
  public int objects() {
    return engine.world().objects().size();
  }

  /** Their names, in the order in which they were created. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    engine.world().objects().forEach(object -> names.add(object.name()));
    return names;
  }

  /** Whether no value is stored, no call waits and nothing is due. */
  public boolean isEmpty() {
    return storedBytes() == 0
        && engine.world().waiting().size() == 0
        && engine.world().timers().size() == 0;
  }

  /** The entries so far, to be applied once more. */
  public Replay replay() {
    return replay;
  }

  // How it works.

  long nextTicket() {
    return ++tickets;
  }

  String nextSecret() {
    return "secret-" + ++secrets;
  }

  <R extends Message> Pending<R> apply(Pending<R> call) {
    if (care == Care.INVARIANTS) {
      apply(entry(call), call);
      return call;
    }
    unanswered.add(call);
    boolean timePassed = engine.nextDeadline() <= now;
    State before = States.withoutMemory(engine.snapshot().toState());
    apply(entry(call), call);
    if (call.isRefused() && !timePassed) {
      States.requireEqual(
          "a refused call to be left", before, States.withoutMemory(engine.snapshot().toState()));
    }
    return call;
  }

  private Entry entry(Pending<?> call) {
    return Entry.newBuilder().setTime(now).setCall(call.envelope()).build();
  }

  <R extends Message> Pending<R> read(Pending<R> call) {
    if (care == Care.INVARIANTS) {
      return read(engine, call.envelope(), call.inbox()) ? call : apply(call);
    }
    State before = engine.snapshot().toState();
    boolean answered = read(engine, call.envelope(), call.inbox());
    States.requireEqual("a read to be left", before, engine.snapshot().toState());
    if (!answered) {
      return apply(call);
    }
    if (shadow != null) {
      read(shadow, call.envelope(), call.shadowInbox());
      call.checkShadow();
    }
    return call;
  }

  private boolean read(Engine engine, Envelope envelope, Recipient recipient) {
    boolean answered = engine.read(now, Replay.parsed(engine, envelope, recipient));
    engine.takeTouched();
    return answered;
  }

  private void apply(Entry entry, @Nullable Pending<?> call) {
    settleBefore();
    applyAlone(entry, call);
    if (onlooker != null) {
      onlooker.applied(call);
    }
    settleBefore();
  }

  private void applyAlone(Entry entry, @Nullable Pending<?> call) {
    replay.add(entry);
    Replay.apply(engine, entry, call == null ? Recipient.NOBODY : call.inbox());
    if (call != null && call.isWaiting()) {
      byIdentity.put(identity(call.envelope()), call);
    }
    engine.takeTouched();
    effects.addAll(engine.takeEffects());
    engine.checkInvariants();
    if (shadow != null) {
      Replay.apply(shadow, entry, call == null ? Recipient.NOBODY : call.shadowInbox());
      shadow = restored(shadow, Pending::shadowInbox);
      compare(shadow);
    }
  }

  /** The engine after its state was written and read; its waiting calls have their callers back. */
  private Engine restored(Engine old, Function<Pending<?>, Recipient> inbox) {
    old.checkInvariants();
    try {
      Engine restored =
          Engine.restore(
              SnapshotStream.read(Replay.written(old.snapshot(), PIECE_BYTES).newInput()),
              old.boot());
      restored.answerTo(
          envelope -> {
            Pending<?> call = byIdentity.get(identity(envelope));
            if (call == null && boots == 0) {
              throw new AssertionError("Expected a caller of " + envelope);
            }
            return call == null ? Recipient.NOBODY : inbox.apply(call);
          });
      restored.checkInvariants();
      return restored;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void compare(Engine restored) {
    States.requireEqual(
        "a restart to be left", engine.snapshot().toState(), restored.snapshot().toState());
    assertThat(restored.world().budget().used())
        .as("the stored bytes, counted anew")
        .isEqualTo(usedBytes());
    assertThat(restored.world().timers().size())
        .as("the timers after a restart")
        .isEqualTo(engine.world().timers().size());
    assertThat(restored.nextDeadline()).isEqualTo(engine.nextDeadline());
    unanswered.forEach(Pending::checkShadow);
    unanswered.removeIf(call -> !call.isWaiting());
  }

  private static String identity(Envelope call) {
    return call.getSequence() == 0
        ? "ticket " + call.getTicket()
        : call.getSession() + " " + call.getSequence();
  }
}
