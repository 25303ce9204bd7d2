package dev.polyproc.embedded;

import dev.polyproc.client.Embedded;
import dev.polyproc.client.EmbeddedClients;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.PolyprocBuilder;
import dev.polyproc.internal.v1.Boot;
import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.server.Assembly;
import dev.polyproc.server.DefaultLimits;
import dev.polyproc.server.Processes;
import dev.polyproc.server.log.MemoryLog;
import dev.polyproc.server.memory.Segments;
import dev.polyproc.v1.Limits;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A daemon inside this JVM.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>What a call means is what it means to a daemon: it is the same engine, behind the same
 *       services. Only processes cannot be started: {@code ProcessService.Start} is answered
 *       START_FAILED.
 *   <li>With virtual time, nothing that has to do with time happens but through {@link #advance}:
 *       timeouts, leases, the ends of sessions. Sessions of clients that are connected live on
 *       however far it advances.
 *   <li>{@link #advance} comes after what was called before: every call of this daemon's clients
 *       whose method has returned, such as {@code pollAsync}, and every call of a stub that does
 *       not block has arrived when time passes. A blocking call on another thread has arrived only
 *       once that can be seen; {@link #advance} shows how.
 *   <li>{@link #close} and what others do beside it all end: who waits is told at once, in a
 *       sentence, and no thread is left.
 *   <li>Each daemon is of its own: names in one mean nothing in another.
 * </ul>
 */
public final class EmbeddedDaemon implements Embedded {
  private static final String BUG = "This is a bug of ours: please report it";

  /** How long the replies to those who read are waited for at the end. */
  private static final long GRACE_SECONDS = 1;

  private static final long STOP_SECONDS = 5;
  private static final long ARRIVAL_SECONDS = 5;

  private final Loop loop = new Loop();
  private final EmbeddedClients clients = new EmbeddedClients();
  private final Time time;
  private final Assembly assembly;
  private final Server server;
  private final String name = InProcessServerBuilder.generateName();
  private final AtomicBoolean closing = new AtomicBoolean();
  private final CompletableFuture<@Nullable Void> stopped = new CompletableFuture<>();
  private volatile @Nullable Throwable bug;

  private EmbeddedDaemon(Function<Loop, Time> clock) {
    requireProtobuf();
    time = clock.apply(loop);
    Limits limits = DefaultLimits.of(Runtime.getRuntime().maxMemory(), Duration.ofSeconds(10), 1);
    assembly =
        new Assembly(
            Boot.newBuilder()
                .setOrigin(
                    Origin.newBuilder().setNode("embedded").setBoot(UUID.randomUUID().toString()))
                .setVersion("embedded")
                .setPid(ProcessHandle.current().pid())
                .setLimits(limits)
                .setTime(time.nanos())
                .build(),
            new Assembly.Surroundings(time::nanos, time, List.of(loop), this::speaks, this::found),
            MemoryLog::new,
            Processes.none(
                "Expected a daemon that starts processes, but this one is embedded in a JVM"),
            Segments.none(
                "Expected a daemon that makes shared memory, but this one is embedded in a JVM"));
    try {
      server =
          assembly
              .services()
              .on(InProcessServerBuilder.forName(name))
              .executor(loop)
              .maxInboundMetadataSize(64 << 10)
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The daemon's own messages run on fewer versions than the contract's. */
  private static void requireProtobuf() {
    EmbeddedClients.requireLibraries();
    try {
      NodeEvent.getDescriptor();
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "Expected protobuf-java 4.32.1 or later on the class path of polyproc-embedded, but the"
              + " one there does not run the daemon's classes; raise the version for tests ("
              + e
              + ")",
          e);
    }
  }

  /** Starts a daemon on the real clock. */
  public static EmbeddedDaemon start() {
    return new EmbeddedDaemon(RealTime::new);
  }

  /** Starts a daemon whose time stands still until {@link #advance}. */
  public static EmbeddedDaemon withVirtualTime() {
    return new EmbeddedDaemon(VirtualTime::new);
  }

  /**
   * A new client, with a session of its own: as another process would be.
   *
   * @throws IllegalStateException when the daemon is closed
   */
  public Polyproc connect() {
    return builder().connect();
  }

  /** A new client, with more to say. */
  public PolyprocBuilder builder() {
    return clients.builder(this::newChannel);
  }

  /**
   * A way for generated stubs; the caller shuts it down.
   *
   * @throws IllegalStateException when the daemon is closed
   */
  @Override
  public ManagedChannel newChannel() {
    requireOpen();
    return InProcessChannelBuilder.forName(name).build();
  }

  /**
   * Lets time pass, and returns when all that became due has been done; who waits for it is told
   * soon after. First it lets arrive what this daemon's clients have called:
   *
   * <pre>{@code
   * CompletableFuture<String> job = jobs.pollAsync(1, TimeUnit.HOURS);
   * daemon.advance(Duration.ofHours(1)); // the job is null soon after
   * }</pre>
   *
   * <p>Where another thread makes a call that blocks, wait until the daemon shows it:
   *
   * <pre>{@code
   * executor.submit(() -> jobs.poll(1, TimeUnit.HOURS));
   * while (jobs.status().getWaitingGets() == 0) { // or lock.waiters().isEmpty()
   *   Thread.sleep(1);
   * }
   * daemon.advance(Duration.ofHours(1));
   * }</pre>
   *
   * <p>It does not wait for clients that are closed or lost, and takes as long as what becomes due
   * takes to be done, however much time passes. An interrupt does not end it.
   *
   * @throws IllegalStateException when the daemon is on the real clock; when it is closed, before
   *     or meanwhile; or on the event loop of one of its clients, where what follows a future runs
   *     only when its {@code callbackExecutor} leaves it there
   * @throws IllegalArgumentException when time would go back, or beyond the year 2239
   */
  public void advance(Duration duration) {
    if (!(time instanceof VirtualTime virtual)) {
      throw new IllegalStateException(
          "Expected a daemon with virtual time, but this one is on the real clock; start it by"
              + " withVirtualTime()");
    }
    if (duration.isNegative()) {
      throw new IllegalArgumentException("Expected time to go on, but it is to go " + duration);
    }
    requireOpen();
    if (loop.isCurrent()) {
      throw new IllegalStateException(
          "Expected a thread that may wait until time has passed, but this is the daemon's own;"
              + " call from another one");
    }
    awaitUnlessStopped(clients.arrived(), TimeUnit.SECONDS.toNanos(ARRIVAL_SECONDS));
    CompletableFuture<Boolean> passed = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            passed.complete(virtual.advance(duration, this::hear, closing::get));
          } catch (RuntimeException | Error e) {
            passed.completeExceptionally(e);
          }
        });
    awaitUnlessStopped(passed, Long.MAX_VALUE);
    if (!passed.getNow(false)) {
      throw closed();
    }
  }

  /**
   * Waits so long, also when interrupted. The JDK's own timeouts of futures have a thread that
   * never ends, and with it keeps the class loader of whoever was the first to use one.
   */
  private void awaitUnlessStopped(CompletableFuture<?> future, long nanos) {
    CompletableFuture<?> either = CompletableFuture.anyOf(future, stopped);
    long start = System.nanoTime();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          either.get(nanos - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (TimeoutException e) {
          return;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException(BUG, e.getCause());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void requireOpen() {
    if (closing.get()) {
      throw closed();
    }
  }

  private IllegalStateException closed() {
    Throwable found = bug;
    return found == null
        ? new IllegalStateException("Expected a daemon that is open, but it is closed")
        : new IllegalStateException(BUG, found);
  }

  /**
   * Ends a client as {@code kill -9} would end its process: its connection is gone, its waiting
   * calls fail, its session has ended. When this returns its locks belong to the next in line, who
   * is told that the previous owner died, and what it had reserved is back in its queues. Nobody
   * tells the client: its {@code onSessionLost} is not called. Nothing happens when it was closed.
   *
   * @throws IllegalArgumentException when it is no client of this daemon
   * @throws IllegalStateException when the daemon is closed; or on the event loop of a client
   */
  public void kill(Polyproc client) {
    requireOpen();
    if (loop.isCurrent()) {
      throw new IllegalStateException(
          "Expected a thread that may wait for the end of a client, but this is the daemon's own;"
              + " call from another one");
    }
    String session = clients.kill(client);
    CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            assembly.keeper().end(List.of(session), "its process was killed");
            ended.complete(null);
          } catch (RuntimeException | Error e) {
            ended.completeExceptionally(e);
          }
        });
    awaitUnlessStopped(ended, Long.MAX_VALUE);
  }

  /** Whether its clock is virtual, and whether it is open. */
  @Override
  public String toString() {
    return "EmbeddedDaemon"
        + (time instanceof VirtualTime ? " with virtual time, " : " on the real clock, ")
        + (closing.get() ? "closed" : "open");
  }

  /** Clients say a word now and then on the real clock, which counts for all that passes here. */
  private boolean speaks(String session) {
    return time instanceof VirtualTime
        && assembly.services().attachments().sessions().contains(session);
  }

  /** What speaks is heard; what does so no more has its time to live from here on. */
  private void hear() {
    assembly.services().attachments().sessions().forEach(assembly.keeper()::heard);
    assembly.keeper().lookAgain();
  }

  /** An engine that threw must not be used any more. */
  private void found(Throwable e) {
    bug = e;
    stop();
  }

  /**
   * Ends the daemon: who waits is told at once, and clients that are still open lose their
   * sessions. Any thread may do so, any number of times, beside whatever others do. It waits until
   * all is gone, a few seconds at most, unless on the event loop of one of its clients.
   *
   * @throws IllegalStateException when a bug of ours ended it before
   */
  @Override
  public void close() {
    stop();
    if (!loop.isCurrent() && !clients.onLoop()) {
      var unused = stopped.join();
    }
    if (bug != null) {
      throw closed();
    }
  }

  /**
   * Begins the end, on a thread of its own: whoever closes may be interrupted, or must not wait.
   */
  private void stop() {
    if (closing.compareAndSet(false, true)) {
      Thread stopping = new Thread(null, this::end, "polyproc-embedded-stop", 0, false);
      stopping.setDaemon(true);
      stopping.start();
    }
  }

  private void end() {
    try {
      loop.execute(this::tellAll);
      if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow().awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow(); // nobody knows this thread, but whoever finds it may interrupt it
    } finally {
      loop.end();
      stopped.complete(null);
    }
  }

  /** Refuses what comes, answers who waits and ends every session; in this order. On the loop. */
  private void tellAll() {
    server.shutdown();
    if (bug == null) {
      assembly.drain();
      assembly.keeper().endAll("the embedded daemon was closed");
    } else {
      server.shutdownNow();
    }
  }
}
