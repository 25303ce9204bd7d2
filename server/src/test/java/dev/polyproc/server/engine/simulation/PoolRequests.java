package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Duration;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.server.engine.PoolCalls;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolRun;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTask;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Random requests to pools whose workers come by themselves, and to their jobs. */
final class PoolRequests {
  private static final List<String> POOLS = List.of("pool0", "pool1");
  private static final List<String> JOBS = List.of("job0", "job1", "job2");

  /** So few that what ends them does so in one go. */
  private static final int MOST_TASKS = 14;

  private final Choices choices;

  PoolRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client) {
    String name = choices.any(POOLS);
    if (choices.shouldCreate(name)) {
      return client.pool(name).create(shape());
    }
    String job = choices.any(JOBS);
    if (choices.shouldCreate(job)) {
      return client
          .pool(name)
          .createJob(PoolCreateJobRequest.newBuilder().setJob(job).setLifetime(choices.lifetime()));
    }
    PoolCalls pool = choices.meaning(client, name).pool(name);
    PoolCalls jobs = choices.meaning(client, job).pool(name);
    PoolRun run = PoolRun.newBuilder().setRun(run(name)).build();
    return switch (choices.random.nextInt(32)) {
      case 0, 1, 2, 3, 4, 5 -> submit(jobs, job);
      case 6, 7, 8, 9, 10 -> pool.take(takeRequest());
      case 11, 12 -> pool.take(takeRequest().addCompletions(completion(run)));
      case 13, 14, 15, 16 -> pool.complete(run, choices.random.nextInt(100));
      case 17 -> pool.fail(run, "no", choices.oneIn(2));
      case 18, 19 -> pool.heartbeat(run, heartbeatRequest());
      case 20 -> pool.heartbeat(PoolRun.getDefaultInstance(), heartbeatRequest());
      case 21, 22, 23, 24 -> jobs.results(job, resultsRequest());
      case 25 -> cancel(jobs, job);
      case 26 -> pool.register();
      default -> seldom(client, pool, name, job);
    };
  }

  private Pending<?> seldom(Client client, PoolCalls pool, String name, String job) {
    return switch (choices.random.nextInt(24)) {
      case 0 -> pool.pause();
      case 1, 2, 3 -> pool.resume();
      case 4 -> pool.quiet();
      case 5 -> pool.failStart("no licence");
      case 6 -> pool.resize(choices.random.nextInt(2));
      case 7 -> pool.shutdown(choices.oneIn(2));
      case 8, 9 -> choices.meaning(client, name).delete(name);
      case 10, 11 -> choices.meaning(client, job).delete(job);
      case 12, 13, 14, 15, 16 -> {
        java.time.Duration timeout = choices.javaTimeout();
        yield timeout == null ? pool.join() : pool.join(timeout);
      }
      default -> pool.take(takeRequest());
    };
  }

  private PoolCreateRequest.Builder shape() {
    PoolCreateRequest.Builder shape =
        PoolCreateRequest.newBuilder()
            .setLifetime(choices.lifetime())
            .setAttempts(1 + choices.random.nextInt(3))
            .setGrace(choices.positive())
            .setMaxTasks(choices.oneIn(2) ? 3 : 8)
            .setMaxFailedStarts(1 + choices.random.nextInt(3));
    if (choices.oneIn(2)) {
      shape.setMaxRunsPerKey(1 + choices.random.nextInt(2));
    }
    if (choices.oneIn(3)) {
      shape.setTaskTimeout(choices.positive());
    }
    if (choices.oneIn(3)) {
      shape.setTasksPerWorker(1 + choices.random.nextInt(4));
    }
    return shape;
  }

  private Pending<?> submit(PoolCalls jobs, String job) {
    PoolSubmitRequest.Builder request = PoolSubmitRequest.newBuilder();
    int most = roomIn(job);
    for (int i = Math.min(most, choices.random.nextInt(4)); i > 0; i--) {
      PoolTask.Builder task =
          PoolCalls.task(choices.random.nextInt(100))
              .setPriority(choices.random.nextInt(2))
              .setKey(choices.any(List.of("", "x", "y")));
      if (choices.oneIn(6)) {
        task.setTimeToLive(choices.positive());
      }
      request.addTasks(task);
    }
    Duration timeout = choices.timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return jobs.submit(job, request);
  }

  private int roomIn(String job) {
    return choices.model.objects.get(job) instanceof ModelJob there
        ? Math.max(0, MOST_TASKS - there.open.size())
        : 1;
  }

  private PoolTakeRequest.Builder takeRequest() {
    int max = choices.random.nextInt(4);
    PoolTakeRequest.Builder request =
        PoolTakeRequest.newBuilder()
            .setMax(max)
            .setAhead(choices.oneIn(40) ? 4 : choices.random.nextInt(Math.max(1, max)));
    Duration timeout = choices.timeout();
    if (timeout != null) {
      request.setTimeout(timeout);
    }
    return choices.oneIn(4) ? request.setLease(choices.positive()) : request;
  }

  private PoolCompletion completion(PoolRun run) {
    PoolCompletion.Builder completion = PoolCompletion.newBuilder().setRun(run.getRun());
    return switch (choices.random.nextInt(4)) {
      case 0 -> completion.setReturned(true).build();
      case 1 -> completion.setFailure(PoolFailure.newBuilder().setMessage("no")).build();
      default -> completion.setValue(Plain.value(choices.random.nextInt(100))).build();
    };
  }

  private PoolHeartbeatRequest.Builder heartbeatRequest() {
    PoolHeartbeatRequest.Builder request = PoolHeartbeatRequest.newBuilder();
    if (choices.oneIn(4)) {
      request.setDetails(Plain.value(choices.random.nextInt(9)));
    }
    Duration timeout = choices.timeout();
    return timeout == null ? request : request.setTimeout(timeout);
  }

  private PoolResultsRequest.Builder resultsRequest() {
    boolean ordered = choices.oneIn(2);
    PoolResultsRequest.Builder request =
        PoolResultsRequest.newBuilder()
            .setTake(!choices.oneIn(4))
            .setOrdered(ordered)
            .setMax(choices.random.nextInt(4));
    if (ordered && choices.oneIn(3)) {
      request.setAfter(choices.random.nextInt(5));
    }
    Duration timeout = choices.timeout();
    return timeout == null ? request : request.setTimeout(timeout);
  }

  private Pending<?> cancel(PoolCalls jobs, String job) {
    if (choices.oneIn(4)) {
      return jobs.cancel(job);
    }
    ModelTask task = anyTask(job);
    return jobs.cancel(job, task == null ? 1L : task.number, 1L + choices.random.nextInt(20));
  }

  private @Nullable ModelTask anyTask(String job) {
    return choices.model.objects.get(job) instanceof ModelJob there && !there.open.isEmpty()
        ? choices.any(there.open)
        : null;
  }

  /** The number of a present run, or one that was or will be. */
  private long run(String name) {
    if (choices.model.objects.get(name) instanceof ModelPool pool
        && !pool.runs.isEmpty()
        && !choices.oneIn(8)) {
      long number = choices.any(pool.runs).id.number();
      return number == 0 ? 1 : number;
    }
    return 1 + choices.random.nextInt(50);
  }
}
