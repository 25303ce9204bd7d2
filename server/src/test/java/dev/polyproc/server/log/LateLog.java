package dev.polyproc.server.log;

import com.google.protobuf.ByteString;
import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.Entry;
import dev.polyproc.internal.v1.Envelope;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Tick;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.call.Effects;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Recipient;
import dev.polyproc.server.engine.time.Timers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A log as a durable or replicated one will be: it applies later, on a thread of its own, and now
 * and then throws the engine away and makes it again from a snapshot and the entries since. Nobody
 * must notice, and the new engine's state must be the old one's, to the byte.
 *
 * <p>When it does so is chance, by a seed. The more state there is the seldomer, so that all takes
 * a few times as long as it would otherwise, whatever there is.
 *
 * <p>It restarts when it is told to: as after a crash of its daemon, what was submitted and not
 * applied is lost, nobody hears of what waited, and a start of a daemon is the next entry.
 */
public final class LateLog implements CommandLog {
  /** A rebuild for so many bytes of state costs about as much as an entry. */
  private static final int BYTES_PER_ENTRY = 200;

  private static final NodeEvent TICK =
      NodeEvent.newBuilder().setTick(Tick.getDefaultInstance()).build();

  private final BlockingQueue<Runnable> submitted = new LinkedBlockingQueue<>();
  private final List<ByteString> entries = new ArrayList<>();
  private final Random random;
  private final int often;
  private final LongSupplier clock;
  private final Later later;
  private final EffectQueue effects;
  private final Consumer<Throwable> bug;
  private Map<String, Recipient> recipients = new HashMap<>();
  private Engine engine;
  private ByteString snapshot;
  private long nextTick = Timers.NEVER;
  private long nextRebuild;
  private boolean draining;
  private int restarts;

  private LateLog(
      long seed,
      int often,
      Engine engine,
      LongSupplier clock,
      Later later,
      Effects effects,
      Consumer<Throwable> bug) {
    this.random = new Random(seed);
    this.often = often;
    this.engine = engine;
    this.clock = clock;
    this.later = later;
    this.effects = new EffectQueue(effects, () -> this.engine.boot().getOrigin(), this::submit);
    this.bug = bug;
    this.snapshot = written(engine);
    Thread thread = new Thread(this::run, "late-log");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Logs that make their engines again.
   *
   * @param often after so many entries at most, while there is little state
   */
  public static CommandLog.Factory withRebuilds(long seed, int often) {
    return (engine, clock, later, effects, bug) ->
        new LateLog(seed, often, engine, clock, later, effects, bug);
  }

  @Override
  public void submit(List<Invocation> calls, Applied then) {
    submitted.add(() -> apply(calls, then));
  }

  @Override
  public void submit(NodeEvent event) {
    submitted.add(() -> apply(event));
  }

  @Override
  public boolean submitWhereNoSessionIs(NodeEvent event) {
    CompletableFuture<Boolean> taken = new CompletableFuture<>();
    submitted.add(
        () -> {
          boolean none = !engine.hasSessions();
          if (none) {
            apply(event);
          }
          taken.complete(none);
        });
    return taken.join();
  }

  /** Restarts, and returns when that is done. */
  public void restart() {
    CountDownLatch done = new CountDownLatch(1);
    submitted.clear();
    submitted.add(
        () -> {
          restartNow();
          done.countDown();
        });
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // All that follows is on the log's thread.

  private void restartNow() {
    recipients.clear();
    draining = false;
    rebuild();
    Boot before = engine.boot();
    String boot = before.getOrigin().getBoot() + " restarted " + ++restarts;
    apply(
        NodeEvent.newBuilder()
            .setBoot(
                before.toBuilder()
                    .setOrigin(before.getOrigin().toBuilder().setBoot(boot))
                    .setTime(clock.getAsLong()))
            .build());
  }

  private void run() {
    try {
      while (true) {
        submitted.take().run();
        if (entries.size() >= nextRebuild) {
          rebuild();
          nextRebuild = 1 + random.nextInt(often) + snapshot.size() / BYTES_PER_ENTRY;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      bug.accept(new IllegalStateException("Expected a late log to apply", e));
    }
  }

  private void apply(List<Invocation> calls, Applied then) {
    int done = 0;
    long now = clock.getAsLong();
    for (; done < calls.size() && !engine.mustWait(calls.get(done)); done++) {
      apply(now, calls.get(done));
    }
    afterEntries();
    then.applied(done, done < calls.size());
  }

  private void apply(long now, Invocation call) {
    if (draining) {
      call.refuseToWait();
    }
    if (call.operation().isRead() && engine.read(now, call)) {
      return;
    }
    Envelope envelope = call.toEnvelope();
    entries.add(Entry.newBuilder().setTime(now).setCall(envelope).build().toByteString());
    recipients.put(identity(envelope), call.recipient());
    engine.apply(now, call);
  }

  private void apply(NodeEvent event) {
    long now = clock.getAsLong();
    draining |= event.hasDrain();
    entries.add(Entry.newBuilder().setTime(now).setEvent(event).build().toByteString());
    engine.apply(now, event);
    afterEntries();
  }

  private void afterEntries() {
    effects.add(engine.takeEffects());
    effects.drain();
    engine.takeTouched().forEach(Recipient::flush);
    long due = engine.nextDeadline();
    if (due < nextTick) {
      nextTick = due;
      later.run(Math.max(0, due - clock.getAsLong()), () -> submitted.add(() -> tick(due)));
    }
  }

  private void tick(long due) {
    if (nextTick == due) {
      nextTick = Timers.NEVER;
      apply(TICK);
    }
  }

  /** Makes the engine again. What it did at first is done: it is not done once more. */
  private void rebuild() {
    ByteString before = written(engine);
    try {
      engine = Engine.restore(SnapshotStream.read(snapshot.newInput()), engine.boot());
      for (ByteString entry : entries) {
        again(Entry.parseFrom(entry));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    Map<String, Recipient> waiting = new HashMap<>();
    engine.answerTo(
        envelope -> {
          String identity = identity(envelope);
          Recipient recipient = recipients.getOrDefault(identity, Recipient.NOBODY);
          waiting.put(identity, recipient);
          return recipient;
        });
    recipients = waiting;
    snapshot = written(engine);
    entries.clear();
    if (!snapshot.equals(before)) {
      throw new IllegalStateException("Expected the same state again, but it is another");
    }
    engine.checkInvariants();
  }

  private static ByteString written(Engine engine) {
    ByteString.Output out = ByteString.newOutput();
    try {
      SnapshotStream.write(engine.snapshot(), out);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteString();
  }

  private void again(Entry entry) {
    if (entry.hasCall()) {
      engine.apply(entry.getTime(), engine.operations().restore(entry.getCall()));
    } else {
      engine.apply(entry.getTime(), entry.getEvent());
    }
    var unusedEffects = engine.takeEffects();
    var unusedCallers = engine.takeTouched();
  }

  /** What tells a call that waits: a number of its node's, or its own in its session's stream. */
  private static String identity(Envelope call) {
    return call.getTicket() != 0
        ? "ticket " + call.getTicket()
        : call.getSession() + " " + call.getSequence() + " " + call.getAttachment();
  }
}
