package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.PoolCreateJobRequest;
import dev.polyproc.v1.PoolFailure;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolResultsRequest;
import dev.polyproc.v1.PoolResultsResponse;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTask;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A job of a pool as the model sees it. */
final class ModelJob extends ModelObject {
  final ModelPool pool;

  /** Those without a result, by their numbers. */
  final List<ModelTask> open = new ArrayList<>();

  final List<Result> results = new ArrayList<>();
  final List<ModelCall> collectors = new ArrayList<>();
  final List<ModelCall> submitters = new ArrayList<>();
  long last;
  long succeeded;
  long failed;
  boolean deleted;

  /** What became of a task, and when among all. */
  record Result(long order, PoolResult result, Numbered place) {}

  ModelJob(
      Model model, PoolCreateJobRequest shape, ModelPool pool, @Nullable ModelSession session) {
    super(model, shape.getJob(), shape.getLifetime(), session);
    this.pool = pool;
    pool.jobs.add(this);
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_JOB;
  }

  @Override
  List<Value> values() {
    return List.of();
  }

  /** Takes tasks in; answers the number of the first. */
  long add(List<PoolTask> tasks) {
    long first = last + 1;
    for (PoolTask terms : tasks) {
      open.add(new ModelTask(this, ++last, terms));
    }
    return first;
  }

  static Outcome accepted(long first) {
    return Outcome.of(PoolSubmitResponse.newBuilder().setAccepted(true).setFirst(first).build());
  }

  /** A task has its result. Only of its own failures it is said how. */
  void finish(ModelTask task, PoolResult.Builder result) {
    open.remove(task);
    if (result.getOutcome() == PoolOutcome.POOL_OUTCOME_SUCCEEDED) {
      succeeded++;
    } else {
      failed++;
    }
    results.add(
        new Result(
            model.nextNumber(),
            result.setTask(task.number).setAttempts(task.attempts).build(),
            new Numbered(Numbered.PLACE)));
    model.met("a task had the result " + result.getOutcome());
  }

  static PoolResult.Builder result(PoolOutcome outcome) {
    return PoolResult.newBuilder().setOutcome(outcome);
  }

  static PoolResult.Builder failed(PoolFailure failure) {
    return result(PoolOutcome.POOL_OUTCOME_FAILED).setFailure(failure);
  }

  /** All that wait have a result without being run. */
  void endWaiting(PoolOutcome outcome) {
    for (ModelTask task : List.copyOf(open)) {
      if (task.run == null) {
        finish(task, result(outcome));
      }
    }
  }

  // Results.

  void collect(ModelCall call, PoolResultsRequest request, long timeout) {
    if (canCollect(request)) {
      serveTo(call, request, false);
    } else if (timeout == 0) {
      model.done(call, Outcome.of(PoolResultsResponse.getDefaultInstance()));
    } else {
      model.park(call, this, timeout);
      collectors.add(call);
    }
  }

  private boolean canCollect(PoolResultsRequest request) {
    return open.isEmpty() || !meant(request).isEmpty();
  }

  private List<Result> meant(PoolResultsRequest request) {
    long first = open.isEmpty() ? Long.MAX_VALUE : open.get(0).number;
    return results.stream()
        .filter(
            result ->
                request.getOrdered()
                    ? result.result.getTask() > request.getAfter()
                        && result.result.getTask() < first
                    : result.place.number() == 0 || result.place.number() > request.getAfter())
        .sorted(
            request.getOrdered()
                ? Comparator.comparingLong((Result result) -> result.result.getTask())
                : Comparator.comparingLong(Result::order))
        .toList();
  }

  private void serveTo(ModelCall call, PoolResultsRequest request, boolean waited) {
    List<Result> meant = meant(request);
    int most = request.getMax() == 0 ? model.limits.getPageSize() : request.getMax();
    List<Result> found = new ArrayList<>(meant.subList(0, Math.min(most, meant.size())));
    PoolResultsResponse.Builder response =
        PoolResultsResponse.newBuilder()
            .setFinished(open.isEmpty() && found.size() == meant.size());
    List<Numbered> numbers = new ArrayList<>();
    for (Result result : found) {
      response.addResults(result.result);
      numbers.add(result.place);
    }
    ModelUndo undo = null;
    if (request.getTake() && !found.isEmpty()) {
      results.removeAll(found);
      undo = new Taken(found);
    }
    Outcome outcome = Outcome.of(response.build(), numbers);
    if (waited) {
      model.serve(call, outcome, undo);
    } else {
      model.done(call, outcome, undo);
    }
  }

  /** Results that were taken. */
  private final class Taken implements ModelUndo {
    private final List<Result> taken;

    Taken(List<Result> taken) {
      this.taken = taken;
    }

    @Override
    public void undo() {
      if (!deleted) {
        results.addAll(taken);
        model.met("results came back");
      }
    }

    @Override
    public boolean isDue() {
      return !deleted;
    }

    @Override
    public List<Value> handedOut() {
      return List.of();
    }
  }

  // The object.

  @Override
  void settle() {
    for (ModelCall call : List.copyOf(collectors)) {
      PoolResultsRequest request = (PoolResultsRequest) call.request;
      if (canCollect(request)) {
        collectors.remove(call);
        serveTo(call, request, true);
      }
    }
  }

  @Override
  void left(ModelCall call) {
    collectors.remove(call);
    submitters.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    return call.request instanceof PoolResultsRequest
        ? Outcome.of(PoolResultsResponse.getDefaultInstance())
        : Outcome.of(PoolSubmitResponse.getDefaultInstance());
  }

  @Override
  List<Due> due() {
    List<Due> due = new ArrayList<>();
    for (ModelTask task : open) {
      if (task.run == null && task.expires != ModelCall.NEVER) {
        due.add(
            new Due(
                task.expires,
                task.place,
                () -> finish(task, result(PoolOutcome.POOL_OUTCOME_EXPIRED))));
      }
    }
    return due;
  }

  @Override
  void deleted() {
    deleted = true;
    pool.jobs.remove(this);
    List<ModelTask> orphans = open.stream().filter(task -> task.run != null).toList();
    orphans.forEach(ModelTask::orphan);
    open.clear();
    if (!pool.deleted) {
      pool.cancelRunning(orphans);
    }
  }
}
