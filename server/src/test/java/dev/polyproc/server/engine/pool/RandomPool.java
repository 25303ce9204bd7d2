package dev.polyproc.server.engine.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.ProcessExited;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.server.engine.PoolCalls;
import dev.polyproc.server.engine.ProcessCalls;
import dev.polyproc.server.engine.call.Effect;
import dev.polyproc.server.engine.time.Times;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.Lifetime;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.SessionOpenRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pool to which random things happen: clients and workers come, call and die, processes start,
 * fail and end, calls are undone, time passes, the daemon is restarted. Then all that is left is
 * run, and every task must have had exactly one result.
 */
final class RandomPool {
  private static final String POOL = "p";
  private static final List<String> JOBS = List.of("a", "b", "own");
  private static final Pattern RUN = Pattern.compile("run \\d+ of task (\\d+) of '(.*)'(: .*)?");
  private static final Duration LONG = Duration.ofMinutes(2);

  private final Random random;
  private final EngineFixture world;
  private final PoolCreateRequest shape;
  private final int attempts;
  private final List<Client> workers = new ArrayList<>();
  private final List<Pending<PoolTakeResponse>> takes = new ArrayList<>();
  private final List<Given> given = new ArrayList<>();
  private final List<Submitted> submits = new ArrayList<>();
  private final Map<String, Map<Long, PoolTask>> tasks = new HashMap<>();
  private final Map<String, Map<Long, PoolResult>> results = new HashMap<>();
  private final Map<Long, Effect.StartProcess> processes = new TreeMap<>();
  private final Set<PoolOutcome> outcomes = new TreeSet<>();
  private Client client;
  private int effects;

  /** A run, and who has it. */
  private record Given(Client worker, PoolRun run) {}

  private record Submitted(
      String job, List<PoolTask> tasks, Pending<PoolSubmitResponse> call, boolean[] seen) {}

  RandomPool(long seed) {
    random = new Random(seed);
    world = EngineFixture.inPieces(1 + random.nextInt(64));
    client = world.session("client");
    attempts = 1 + random.nextInt(3);
    PoolCreateRequest.Builder built =
        PoolCreateRequest.newBuilder()
            .setPool(POOL)
            .setAttempts(attempts)
            .setGrace(Times.duration(seconds(2)))
            .setMaxFailedStarts(1_000);
    if (random.nextBoolean()) {
      built.setWorkers(1 + random.nextInt(3)).setCommand("worker");
      built.setStartTimeout(Times.duration(seconds(5)));
      if (random.nextInt(3) == 0) {
        built.setIdleTimeout(Times.duration(seconds(3)));
      }
    }
    if (random.nextBoolean()) {
      built.setMaxRunsPerKey(1 + random.nextInt(2));
    }
    if (random.nextInt(3) == 0) {
      built.setTaskTimeout(Times.duration(seconds(4)));
    }
    if (random.nextInt(3) == 0) {
      built.setTasksPerWorker(1 + random.nextInt(4));
    }
    if (random.nextBoolean()) {
      built.setMaxTasks(6);
    }
    shape = built.build();
  }

  private static long seconds(int number) {
    return Duration.ofSeconds(number).toNanos();
  }

  private PoolCalls pool() {
    return client.pool(POOL);
  }

  private Map<Long, PoolTask> tasksOf(String job) {
    return tasks.computeIfAbsent(job, unused -> new TreeMap<>());
  }

  private Map<Long, PoolResult> resultsOf(String job) {
    return results.computeIfAbsent(job, unused -> new TreeMap<>());
  }

  private <T> T any(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }

  /** Runs so many random steps, and then all that is left; answers what became of tasks. */
  Set<PoolOutcome> run(int steps) {
    pool().create(shape.toBuilder()).response();
    JOBS.forEach(this::createJob);
    for (int i = 0; i < steps; i++) {
      step();
      look();
    }
    finish();
    return outcomes;
  }

  private void createJob(String job) {
    pool()
        .createJob(
            PoolCreateJobRequest.newBuilder()
                .setJob(job)
                .setLifetime(
                    job.equals("own") ? Lifetime.LIFETIME_SESSION : Lifetime.LIFETIME_PERSISTENT))
        .response();
    tasks.put(job, new TreeMap<>());
    results.put(job, new TreeMap<>());
  }

  // What happens.

  private void step() {
    switch (random.nextInt(32)) {
      case 0, 1, 2, 3 -> submit();
      case 4, 5, 6, 7, 8, 9 -> take();
      case 10, 11, 12, 13 -> complete();
      case 14 -> fail();
      case 15 -> heartbeat();
      case 16 -> cancel();
      case 17, 18 -> collect();
      case 19 -> collectAndUndo();
      case 20 -> undoTake();
      case 21 -> workerDies();
      case 22 -> world.advance(Duration.ofMillis(random.nextInt(3_000)));
      case 23 -> world.stall(Duration.ofMillis(random.nextInt(3_000)));
      case 24, 25, 26, 27 -> process();
      case 28 -> seldom();
      default -> comes();
    }
  }

  private void seldom() {
    switch (random.nextInt(7)) {
      case 0 -> pool().pause();
      case 1 -> pool().quiet();
      case 2 -> resize();
      case 3 -> clientDies();
      case 4 -> restart();
      default -> pool().resume();
    }
  }

  private void resize() {
    if (!shape.getCommand().isEmpty()) {
      pool().resize(random.nextInt(4)).response();
    }
  }

  private void comes() {
    if (workers.size() < 4) {
      workers.add(world.session("worker"));
    }
  }

  private void submit() {
    String job = any(JOBS);
    List<PoolTask> some = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      PoolTask.Builder task = PoolCalls.task(random.nextInt(1_000));
      task.setPriority(random.nextInt(2)).setKey(any(List.of("", "x", "y")));
      if (random.nextInt(6) == 0) {
        task.setTimeToLive(Times.duration(seconds(1 + random.nextInt(4))));
      }
      some.add(task.build());
    }
    PoolSubmitRequest.Builder request = PoolSubmitRequest.newBuilder().addAllTasks(some);
    if (random.nextBoolean()) {
      request.setTimeout(Times.duration(0));
    }
    Client caller = random.nextBoolean() ? client : world.anonymous();
    var call = caller.pool(POOL).submit(job, request);
    submits.add(new Submitted(job, some, call, new boolean[1]));
  }

  private void take() {
    if (workers.isEmpty()) {
      return;
    }
    Client worker = any(workers);
    int max = 1 + random.nextInt(4);
    PoolTakeRequest.Builder request =
        PoolTakeRequest.newBuilder().setMax(max).setAhead(random.nextInt(max));
    if (random.nextBoolean()) {
      request.setTimeout(Times.duration(0));
    }
    Client caller = random.nextInt(8) == 0 ? world.anonymous() : worker;
    if (caller != worker || random.nextInt(8) == 0) {
      request.setLease(Times.duration(seconds(2)));
    }
    if (caller == worker && random.nextBoolean()) {
      given.stream()
          .filter(run -> run.worker == worker)
          .limit(2)
          .forEach(run -> request.addCompletions(completion(run.run)));
      given.removeIf(run -> has(request, run.run));
    }
    takes.add(caller.pool(POOL).take(request));
  }

  private static boolean has(PoolTakeRequest.Builder request, PoolRun run) {
    return request.getCompletionsList().stream().anyMatch(done -> done.getRun() == run.getRun());
  }

  private PoolCompletion.Builder completion(PoolRun run) {
    PoolCompletion.Builder completion = PoolCalls.completion(run);
    return switch (random.nextInt(4)) {
      case 0 -> completion.setFailure(PoolFailure.newBuilder().setMessage("no"));
      case 1 -> completion.setReturned(true);
      default -> completion.setValue(Plain.value(run.getTask()));
    };
  }

  private void complete() {
    if (!given.isEmpty()) {
      Given done = given.remove(random.nextInt(given.size()));
      done.worker.pool(POOL).complete(completion(done.run));
    }
  }

  private void fail() {
    if (!given.isEmpty()) {
      Given done = given.remove(random.nextInt(given.size()));
      done.worker.pool(POOL).fail(done.run, "no", random.nextBoolean());
    }
  }

  private void heartbeat() {
    if (!given.isEmpty()) {
      Given run = any(given);
      if (random.nextBoolean()) {
        run.worker.pool(POOL).heartbeat(run.run, random.nextInt(9));
      } else if (random.nextBoolean()) {
        run.worker.pool(POOL).heartbeat(run.run);
      } else {
        run.worker.pool(POOL).heartbeat();
      }
    }
  }

  private void cancel() {
    String job = any(JOBS);
    if (random.nextInt(4) == 0) {
      pool().cancel(job).response();
    } else {
      pool().cancel(job, 1L + random.nextInt(20), 1L + random.nextInt(20)).response();
    }
  }

  private PoolResultsRequest.Builder taking() {
    return PoolResultsRequest.newBuilder()
        .setTake(true)
        .setMax(random.nextInt(4))
        .setOrdered(random.nextBoolean())
        .setTimeout(Times.duration(0));
  }

  private void collect() {
    String job = any(JOBS);
    collected(job, world.anonymous().pool(POOL).results(job, taking()));
  }

  /** Whoever had not confirmed them dies, or takes the call back: they come again. */
  private void collectAndUndo() {
    Client other = world.session("collector");
    var call = other.pool(POOL).results(any(JOBS), taking());
    if (random.nextBoolean()) {
      other.undo(call);
    }
    other.dies();
  }

  private void collected(String job, Pending<PoolResultsResponse> call) {
    for (PoolResult result : call.response().getResultsList()) {
      PoolResult before = resultsOf(job).put(result.getTask(), result);
      assertThat(before).as("another result of task %s of %s", result.getTask(), job).isNull();
      assertThat(result.getAttempts()).isLessThanOrEqualTo(attempts);
      outcomes.add(result.getOutcome());
    }
  }

  private void undoTake() {
    if (!takes.isEmpty()) {
      Pending<PoolTakeResponse> take = takes.remove(random.nextInt(takes.size()));
      for (Client worker : workers) {
        if (take.envelope().getSession().equals(worker.id())) {
          worker.undo(take);
        }
      }
    }
  }

  private void workerDies() {
    if (!workers.isEmpty()) {
      Client dying = workers.remove(random.nextInt(workers.size()));
      given.removeIf(run -> run.worker == dying);
      dying.dies();
    }
  }

  /** Its job goes with it; there is another client with another job of that name. */
  private void clientDies() {
    client.dies();
    world.settle();
    client = world.session("client");
    createJob("own");
    submits.removeIf(submit -> submit.job.equals("own"));
  }

  /** Whoever has a number asks again; calls without one had no effect. */
  private void restart() {
    world.restart();
    takes.clear();
    List<Submitted> waiting = submits.stream().filter(one -> one.call.isWaiting()).toList();
    submits.removeAll(waiting);
    for (Submitted submit : waiting) {
      if (submit.call.sequence() != 0) {
        submits.add(
            new Submitted(submit.job, submit.tasks, world.repeat(submit.call), submit.seen));
      }
    }
  }

  private void process() {
    for (; effects < world.effects().size(); effects++) {
      if (world.effects().get(effects) instanceof Effect.StartProcess start) {
        processes.put(start.process(), start);
      }
    }
    if (processes.isEmpty()) {
      return;
    }
    Effect.StartProcess start = any(new ArrayList<>(processes.values()));
    long number = start.process();
    switch (random.nextInt(5)) {
      case 0 -> {
        processes.remove(number);
        ProcessCalls.fails(world, number, "Expected a program, but there is none");
      }
      case 1 -> {
        processes.remove(number);
        ProcessExited.Builder exited = ProcessExited.newBuilder().setProcess(number);
        exited = random.nextBoolean() ? exited.setSignal(9) : exited.setExitCode(1);
        world.observe(NodeEvent.newBuilder().setProcessExited(exited).build());
      }
      default -> {
        ProcessCalls.runs(world, number, 7);
        var open =
            world.open(
                SessionOpenRequest.newBuilder().setProcessCredential(start.credential()).build());
        if (!open.isRefused()) {
          workers.add(world.client(open));
        }
      }
    }
  }

  // What is seen.

  private void look() {
    for (Submitted submit : submits) {
      if (!submit.seen[0] && !submit.call.isWaiting()) {
        submit.seen[0] = true;
        if (!submit.call.isRefused() && submit.call.response().getAccepted()) {
          long next = submit.call.response().getFirst();
          for (PoolTask task : submit.tasks) {
            tasksOf(submit.job).put(next++, task);
          }
        }
      }
    }
    for (Pending<PoolTakeResponse> take : List.copyOf(takes)) {
      if (take.isWaiting()) {
        continue;
      }
      takes.remove(take);
      if (!take.isRefused()) {
        Client holder =
            workers.stream()
                .filter(worker -> worker.id().equals(take.envelope().getSession()))
                .findFirst()
                .orElse(world.anonymous());
        take.response().getRunsList().forEach(run -> given.add(new Given(holder, run)));
      }
    }
    requireKeysWithinTheirLimit();
  }

  private void requireKeysWithinTheirLimit() {
    if (shape.getMaxRunsPerKey() == 0) {
      return;
    }
    Map<String, Integer> running = new TreeMap<>();
    for (Holder holder : client.inspect(POOL).getHoldersList()) {
      Matcher run = RUN.matcher(holder.getDetail());
      assertThat(run.matches()).isTrue();
      PoolTask task = tasks.getOrDefault(run.group(2), Map.of()).get(Long.parseLong(run.group(1)));
      if (task != null && !task.getKey().isEmpty() && !run.group(2).equals("own")) {
        running.merge(task.getKey(), 1, Integer::sum);
      }
    }
    assertThat(running.values())
        .as("how many tasks of each key run")
        .allMatch(count -> count <= shape.getMaxRunsPerKey());
  }

  // The end.

  private void finish() {
    pool().resume().response();
    for (Client worker : workers) {
      worker.dies();
    }
    world.advance(LONG);
    for (int round = 0; pool().get().getWaiting() + pool().get().getRunning() > 0; round++) {
      assertThat(round).as("rounds until all is run").isLessThan(2_000);
      Client worker = world.session("last");
      var take = worker.pool(POOL).take(PoolTakeRequest.newBuilder().setTimeout(Times.duration(0)));
      for (PoolRun run : take.response().getRunsList()) {
        worker.pool(POOL).complete(run, "last");
      }
      worker.dies();
      world.advance(Duration.ofSeconds(10));
      look();
    }
    look();
    for (String job : JOBS) {
      boolean finished = false;
      while (!finished) {
        var call = world.anonymous().pool(POOL).results(job);
        collected(job, call);
        finished = call.response().getFinished();
      }
      assertThat(resultsOf(job).keySet())
          .as("the results of %s", job)
          .isEqualTo(tasksOf(job).keySet());
      assertThat(resultsOf(job).values())
          .allMatch(result -> result.getOutcome() != PoolOutcome.POOL_OUTCOME_UNSPECIFIED);
    }
    leaveNothing();
  }

  private void leaveNothing() {
    pool().shutdown(true).response();
    for (int i = 0; i < world.effects().size(); i++) {
      if (world.effects().get(i) instanceof Effect.StartProcess start) {
        ProcessCalls.exits(world, start.process(), 0);
      }
    }
    assertThat(pool().join(Duration.ZERO).response().getJoined()).as("the pool has ended").isTrue();
    client.delete(POOL).response();
    for (String name : List.copyOf(world.names())) {
      client.delete(name).response();
    }
    client.dies();
    world.settle();
    assertThat(world.isEmpty()).as("nothing is left").isTrue();
  }
}
