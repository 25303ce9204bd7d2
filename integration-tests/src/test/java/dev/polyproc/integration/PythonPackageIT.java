package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import dev.polyproc.client.Codec;
import dev.polyproc.client.Delivery;
import dev.polyproc.client.Hold;
import dev.polyproc.client.MapOptions;
import dev.polyproc.client.MapResults;
import dev.polyproc.client.PolyBarrier;
import dev.polyproc.client.PolyCondition;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyEvent;
import dev.polyproc.client.PolyList;
import dev.polyproc.client.PolyLock;
import dev.polyproc.client.PolyPool;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.PolySharedArray;
import dev.polyproc.client.Polyproc;
import dev.polyproc.client.TaskFailedException;
import dev.polyproc.client.Tuple;
import dev.polyproc.client.Worker;
import dev.polyproc.integration.DeedMain.Deed;
import dev.polyproc.v1.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The objects that a program of the Python package and one of the Java client share; and what
 * becomes of them when either is killed. Real processes, and {@code kill -9}.
 */
@Timeout(120)
final class PythonPackageIT {
  private static final int KILLS = Integer.getInteger("polyproc.kills", 3);
  private static final long SECONDS = 30;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private final List<AutoCloseable> started = new ArrayList<>();
  private Polyproc polyproc;
  private PythonPackage python;

  @BeforeEach
  void start() {
    python = startPython();
    polyproc = Polyproc.connect("unix:" + daemon.get().socket());
    started.add(polyproc);
  }

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : started) {
      each.close();
    }
  }

  private PythonPackage startPython() {
    PythonPackage another = PythonPackage.start(daemon.get());
    started.add(another);
    return another;
  }

  /** A program of the Java client, once it is in the midst of what it does. */
  private Process startJava(Deed deed, String name) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                DeedMain.class.getName(),
                deed.name(),
                name)
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
    Process process = builder.start();
    started.add(process::destroyForcibly);
    assertThat(process.inputReader().readLine()).isEqualTo("here");
    return process;
  }

  private static <T> T found(@Nullable T value) {
    return Objects.requireNonNull(value, "Expected a value of that key, but there is none");
  }

  // Queues.

  @Test
  void shouldPassItemsToPythonAndBack() throws Exception {
    PolyQueue<Object> there = polyproc.queue("there");
    PolyQueue<Object> back = polyproc.queue("back");
    CompletableFuture<String> passing =
        python.tell(
            """
            there, back = client.queue("there"), client.queue("back")
            while (item := there.get()) is not None:
                back.put(item)
            answer = back.qsize()
            """);
    List<Object> items = new ArrayList<>(LongStream.range(0, 2_000).boxed().toList());
    items.addAll(List.of("text", 0.5, true, List.of(1L, List.of("a")), Tuple.of(1L, "b")));
    for (Object item : items) {
      there.put(item);
    }
    there.put(Codec.NULL);

    assertThat(Later.get(passing)).isEqualTo(Integer.toString(items.size()));
    List<Object> got = new ArrayList<>();
    back.drainTo(got);
    assertThat(got).isEqualTo(items);
  }

  @Test
  void shouldHandWhatAKilledPythonHadReservedToJava() throws Exception {
    PolyQueue<String> jobs = polyproc.queue("jobs-of-python", String.class);
    for (int i = 0; i < KILLS; i++) {
      jobs.put("job " + i);
      jobs.put("next");
      PythonPackage worker = startPython();
      String reserved =
          worker.run("job = client.queue('jobs-of-python').reserve(); answer = job.attempt");
      assertThat(reserved).isEqualTo("1");
      CompletableFuture<Delivery<String>> waiting =
          jobs.reserveAsync().thenCompose(next -> acknowledged(next, jobs));
      await().until(() -> jobs.status().getWaitingGets() == 1);

      worker.kill();

      Delivery<String> again = Later.get(waiting);
      assertThat(again.item()).isEqualTo("job " + i);
      assertThat(again.attempt()).isEqualTo(2);
      again.acknowledge();
      assertThat(jobs.size()).isZero();
    }
  }

  private static CompletableFuture<Delivery<String>> acknowledged(
      Delivery<String> next, PolyQueue<String> jobs) {
    assertThat(next.item()).isEqualTo("next");
    return next.acknowledgeAsync().thenCompose(done -> jobs.reserveAsync());
  }

  @Test
  void shouldHandWhatAKilledJavaHadReservedToPython() throws Exception {
    PolyQueue<String> jobs = polyproc.queue("jobs-of-java", String.class);
    for (int i = 0; i < KILLS; i++) {
      jobs.put("job " + i);
      Process worker = startJava(Deed.RESERVE, "jobs-of-java");
      CompletableFuture<String> waiting =
          python.tell(
              """
              with client.queue("jobs-of-java").reserve(timeout=30) as job:
                  answer = job.item, job.attempt
              """);
      await().until(() -> jobs.status().getWaitingGets() == 1);

      worker.destroyForcibly();

      assertThat(Later.get(waiting)).isEqualTo("('job " + i + "', 2)");
      assertThat(jobs.status().getReserved()).isZero();
    }
  }

  // Dicts.

  @Test
  void shouldShareADictOfNestedValues() {
    PolyDict<Object, Object> dict = polyproc.dict("nested");
    Map<Object, Object> nested =
        Map.of("list", List.of(1L, 0.25, List.of()), "map", Map.of("tuple", Tuple.of("x", 2L)));
    dict.put("from Java", nested);

    String seen =
        python.run(
            """
            d = client.dict("nested")
            seen = d["from Java"]
            assert seen == {"list": [1, 0.25, []], "map": {"tuple": ("x", 2)}}, seen
            assert isinstance(seen["list"][0], int) and isinstance(seen["map"]["tuple"], tuple)
            d[("a", 1)] = [None, True, b"bytes", seen]
            d.add("count", 2, initial=40)
            answer = sorted(map(str, d))
            """);

    assertThat(seen).isEqualTo("[\"('a', 1)\", 'count', 'from Java']");
    assertThat(dict.get("count")).isEqualTo(42L);
    List<?> written = (List<?>) found(dict.get(Tuple.of("a", 1L)));
    assertThat(written.subList(0, 2)).isEqualTo(List.of(Codec.NULL, true));
    assertThat((byte[]) written.get(2)).asString().isEqualTo("bytes");
    assertThat(written.get(3)).isEqualTo(nested);
  }

  @Test
  void shouldStoreLiveObjectsInADict() throws Exception {
    PolyDict<String, PolyQueue<Long>> queues =
        polyproc.dict("queues", Codec.STRING, polyproc.queues(Codec.LONG));
    PolyQueue<Long> own = polyproc.newQueue(Codec.LONG);
    queues.put("of Java", own);

    python.run(
        """
        queues = client.dict("queues")
        queues["of Java"].put(1)
        queues["of Python"] = client.queue()
        queues["of Python"].put(2)
        client.dict("lists")["of Python"] = client.list()
        client.dict("lists")["of Python"] += [3, 4]
        """);

    assertThat(own.take()).isEqualTo(1);
    assertThat(found(queues.get("of Python")).take()).isEqualTo(2);
    PolyDict<String, PolyList<Long>> lists =
        polyproc.dict("lists", Codec.STRING, polyproc.lists(Codec.LONG));
    assertThat(found(lists.get("of Python"))).containsExactly(3L, 4L);
  }

  // Pools.

  @Test
  void shouldRunChunksOfJavaInAWorkerOfPython() throws Exception {
    PolyPool pool = polyproc.pool("worked-by-python");
    python.run(
        """
        import threading

        worker = polyproc.Worker("worked-by-python", client=client)

        @worker.task
        def halve(number):
            if number % 2:
                raise ValueError(f"{number} is odd")
            return number // 2

        threading.Thread(target=worker.run, daemon=True).start()
        """);
    List<Long> numbers = LongStream.range(0, 100).map(n -> 2 * n).boxed().toList();

    List<Long> halves =
        pool.mapAsync("halve", Codec.LONG, numbers, MapOptions.DEFAULTS.chunk(8))
            .get(SECONDS, TimeUnit.SECONDS);

    assertThat(halves).isEqualTo(LongStream.range(0, 100).boxed().toList());
    assertThat(pool.info().getTotals().getSubmitted()).as("chunks").isEqualTo(13);
    try (MapResults<Long> three =
        pool.imap("halve", Codec.LONG, List.of(2, 3, 4), MapOptions.DEFAULTS.chunk(3))) {
      assertThat(three.next()).isEqualTo(1);
      assertThatThrownBy(three::next)
          .asInstanceOf(type(TaskFailedException.class))
          .satisfies(failed -> assertThat(failed.type()).isEqualTo("builtins.ValueError"))
          .satisfies(failed -> assertThat(failed.failureMessage()).isEqualTo("3 is odd"));
      assertThat(three.next()).isEqualTo(2);
    }
  }

  /** A map of Python makes no chunks; whoever wants one calls the function for it. */
  @Test
  void shouldRunChunksAndTheMapOfPythonInAWorkerOfJava() {
    PolyPool pool = polyproc.pool("worked-by-java");
    started.add(
        Worker.builder()
            .pool(pool.name())
            .client(polyproc)
            .register("halve", Long.class, PythonPackageIT::half)
            .start());

    assertThat(
            python.run(
                """
                pool = client.existing_pool("worked-by-java")
                answer = pool.map("halve", range(0, 200, 2), timeout=30) == list(range(100))
                """))
        .isEqualTo("True");
    assertThat(
            python.run(
                """
                chunk = pool.submit("polyproc.chunk", "halve", [2], [3], [4])
                first, failed, last = chunk.result(30)
                answer = first, failed[:3], "half" in failed[3], last
                """))
        .isEqualTo("([1], [None, 'java.lang.IllegalStateException', '3 is odd'], True, [2])");
  }

  private static long half(long number) {
    if (number % 2 != 0) {
      throw new IllegalStateException(number + " is odd");
    }
    return number / 2;
  }

  // Locks.

  @Test
  void shouldExcludeEachOtherByALock() throws Exception {
    int each = 300;
    PolyLock lock = polyproc.lock("excluding");
    PolyDict<String, Long> counts = polyproc.dict("excluded", String.class, Long.class);
    counts.put("n", 0L);
    String code =
        """
        lock, counts = client.lock("excluding"), client.dict("excluded")
        for _ in range(%d):
            with lock:
                counts["n"] = counts["n"] + 1
        """
            .formatted(each);
    List<CompletableFuture<String>> others = List.of(python.tell(code), startPython().tell(code));
    for (int i = 0; i < each; i++) {
      try (Hold hold = lock.acquire()) {
        assertThat(hold.previousOwnerDied()).isFalse();
        counts.put("n", found(counts.get("n")) + 1);
      }
    }
    others.forEach(Later::get);

    assertThat(counts.get("n")).isEqualTo(3L * each);
  }

  @Test
  void shouldTellJavaThatThePythonDiedThatHeldTheLock() {
    PolyLock lock = polyproc.lock("held-by-python");
    for (int i = 0; i < KILLS; i++) {
      PythonPackage holder = startPython();
      holder.run("lock = client.lock('held-by-python'); answer = lock.acquire()");
      CompletableFuture<Hold> waiting = lock.acquireAsync();
      await().until(() -> lock.waiters().size() == 1);

      holder.kill();

      try (Hold hold = Later.get(waiting)) {
        assertThat(hold.previousOwnerDied()).isTrue();
      }
    }
  }

  @Test
  void shouldTellPythonThatTheJavaDiedThatHeldTheLock() throws Exception {
    PolyLock lock = polyproc.lock("held-by-java");
    for (int i = 0; i < KILLS; i++) {
      Process holder = startJava(Deed.HOLD, "held-by-java");
      CompletableFuture<String> waiting =
          python.tell(
              """
              with client.lock("held-by-java") as hold:
                  answer = hold.previous_owner_died
              """);
      await().until(() -> lock.waiters().size() == 1);

      holder.destroyForcibly();

      assertThat(Later.get(waiting)).isEqualTo("True");
    }
  }

  // Barriers.

  @Test
  void shouldMeetAtABarrierInTwoRounds() {
    PolyBarrier barrier = polyproc.barrier("meeting", 3);
    PythonPackage other = startPython();
    for (int round = 0; round < 2; round++) {
      String wait = "answer = client.barrier('meeting', 3).wait(30)";
      List<CompletableFuture<String>> pythons = List.of(python.tell(wait), other.tell(wait));
      int own = Later.get(barrier.awaitAsync(SECONDS, TimeUnit.SECONDS));

      assertThat(List.of(own, parsed(Later.get(pythons.get(0))), parsed(Later.get(pythons.get(1)))))
          .containsExactlyInAnyOrder(0, 1, 2);
    }
  }

  private static int parsed(String number) {
    return Integer.parseInt(number);
  }

  @Test
  void shouldBreakABarrierForWhoWaitsWhenOneOfTheOtherLanguageIsKilled() throws Exception {
    PolyBarrier barrier = polyproc.barrier("broken", 3);
    PythonPackage dying = startPython();
    CompletableFuture<String> waiting = dying.tell("client.barrier('broken', 3).wait()");
    CompletableFuture<Integer> own = barrier.awaitAsync(SECONDS, TimeUnit.SECONDS);
    await().until(() -> barrier.getNumberWaiting() == 2);

    dying.kill();

    assertThatThrownBy(() -> own.get(SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(BrokenBarrierException.class);
    assertThat(waiting).isCompletedExceptionally();
    assertThat(barrier.mend()).isTrue();

    Process java = startJava(Deed.WAIT, "broken");
    CompletableFuture<String> told =
        python.tell(
            """
            import threading
            barrier = client.barrier("broken", 3)
            try:
                barrier.wait(30)
            except threading.BrokenBarrierError:
                answer = barrier.broken_by().cause
            """);
    await().until(() -> barrier.getNumberWaiting() == 2);

    java.destroyForcibly();

    assertThat(Later.get(told)).isEqualTo("PARTY_GONE");
  }

  // Shared memory.

  @Test
  void shouldWorkOnOneArrayInMemory() {
    int length = 100_000;
    try (PolySharedArray array =
        polyproc.sharedArray("numbers", ElementType.ELEMENT_TYPE_FLOAT64, length)) {
      array.put(
          0, DoubleStream.iterate(0.5, number -> number + 1).limit(length).toArray(), 0, length);

      python.run(
          """
          numbers = client.existing_shared_array("numbers")
          with numbers.update():
              view = numbers.memory
              for i in range(len(view)):
                  view[i] = -view[i]
          """);

      double[] seen = new double[length];
      array.read(
          () -> {
            array.get(0, seen, 0, length);
            return null;
          });
      // The sum of i + 0.5 for i below n is n * n / 2, which a double has exactly.
      assertThat(Arrays.stream(seen).sum()).isEqualTo(-0.5 * length * length);
    }
  }

  @Test
  void shouldMendWhatAWriterOfTheOtherLanguageLeftHalfChanged() throws Exception {
    try (PolySharedArray array =
        polyproc.sharedArray("half", ElementType.ELEMENT_TYPE_FLOAT64, 2)) {
      PythonPackage writer = startPython();
      CompletableFuture<String> writing =
          writer.tell(
              """
              import threading
              half = client.existing_shared_array("half")
              with half.update():
                  half[0] = -2
                  threading.Event().wait()
              """);
      await().until(() -> array.getDouble(0) == -2);

      writer.kill();

      assertThatThrownBy(() -> array.update(() -> {})).isInstanceOf(IllegalStateException.class);
      assertThat(writing).isCompletedExceptionally();
      array.mend(
          hold -> {
            assertThat(hold.previousOwnerDied()).isTrue();
            array.setDouble(0, 2);
          });
      array.update(() -> array.setDouble(1, 2));

      Process java = startJava(Deed.UPDATE, "half");
      java.destroyForcibly();

      assertThat(
              python.run(
                  """
                  half = client.existing_shared_array("half")
                  try:
                      with half.update():
                          answer = "whole"
                  except polyproc.HalfChanged:
                      with half.mend() as is_half:
                          assert half[0] == -1
                          half[0] = 3
                      with half.read():
                          answer = is_half, half.tolist()
                  """))
          .isEqualTo("(True, [3.0, 2.0])");
      assertThat(array.<Double>read(() -> array.getDouble(0))).isEqualTo(3);
    }
  }

  // Conditions and events.

  @Test
  void shouldWakeEachOtherByAConditionAndAnEvent() throws Exception {
    PolyLock lock = polyproc.lock("turns");
    PolyCondition condition = lock.condition("turns/changed");
    PolyDict<String, Long> turns = polyproc.dict("turns/dict", String.class, Long.class);
    PolyEvent over = polyproc.event("turns/over");
    turns.put("turn", 0L);
    int rounds = 20;
    CompletableFuture<String> playing =
        python.tell(
            """
            turns = client.dict("turns/dict")
            condition = client.condition("turns/changed", client.lock("turns"))
            for turn in range(1, %d, 2):
                with condition:
                    assert condition.wait_for(lambda: turns["turn"] == turn, timeout=30)
                    turns["turn"] = turn + 1
                    condition.notify_all()
            client.event("turns/over").set()
            answer = "played"
            """
                .formatted(2 * rounds));
    for (long turn = 0; turn < 2 * rounds; turn += 2) {
      lock.lock();
      try {
        while (found(turns.get("turn")) != turn) {
          assertThat(condition.await(SECONDS, TimeUnit.SECONDS)).isTrue();
        }
        turns.put("turn", turn + 1);
        condition.signalAll();
      } finally {
        lock.unlock();
      }
    }

    assertThat(over.await(SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(Later.get(playing)).isEqualTo("played");
    assertThat(turns.get("turn")).isEqualTo(2L * rounds);
  }
}
