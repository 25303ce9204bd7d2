package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.simulation.ModelTask.Run;
import dev.polyproc.server.engine.simulation.ModelTask.Worker;
import dev.polyproc.server.engine.simulation.Outcome.Numbered;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.ObjectKind;
import dev.polyproc.v1.PoolCompletion;
import dev.polyproc.v1.PoolCreateRequest;
import dev.polyproc.v1.PoolHeartbeatRequest;
import dev.polyproc.v1.PoolHeartbeatResponse;
import dev.polyproc.v1.PoolJoinRequest;
import dev.polyproc.v1.PoolJoinResponse;
import dev.polyproc.v1.PoolOutcome;
import dev.polyproc.v1.PoolResult;
import dev.polyproc.v1.PoolSubmitRequest;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTakeRequest;
import dev.polyproc.v1.PoolTakeResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A pool as the model sees it, whose workers come by themselves. */
final class ModelPool extends ModelObject {
  private static final Comparator<ModelTask> ORDER =
      Comparator.comparingInt((ModelTask task) -> task.terms.getPriority())
          .thenComparingLong(task -> task.place);
  private static final long HELD_FOR = 10_000_000_000L;

  final List<ModelJob> jobs = new ArrayList<>();

  /** In the order in which they began. */
  final List<Run> runs = new ArrayList<>();

  final List<ModelCall> takers = new ArrayList<>();
  final List<ModelCall> submitters = new ArrayList<>();
  final List<ModelCall> beats = new ArrayList<>();
  final List<ModelCall> joiners = new ArrayList<>();
  private final List<Worker> workers = new ArrayList<>();
  private final PoolCreateRequest shape;
  boolean paused;
  boolean closed;
  boolean deleted;

  /** Who is handed nothing, for a task that is to be run alone. */
  private @Nullable Worker held;

  /** When that is over, or the next one may be held. */
  private long heldUntil = ModelCall.NEVER;

  private long heldNumber;
  private long heldFor = HELD_FOR;

  ModelPool(Model model, PoolCreateRequest shape, @Nullable ModelSession session) {
    super(model, shape.getPool(), shape.getLifetime(), session);
    this.shape = plain(shape);
  }

  private static PoolCreateRequest plain(PoolCreateRequest shape) {
    return shape.toBuilder().clearPool().clearLifetime().build();
  }

  boolean isLike(PoolCreateRequest other) {
    return shape.equals(plain(other));
  }

  @Override
  ObjectKind kind() {
    return ObjectKind.OBJECT_KIND_POOL;
  }

  int attempts() {
    return shape.getAttempts();
  }

  long taskTime() {
    return Model.timeout(shape.hasTaskTimeout(), shape.getTaskTimeout());
  }

  private long grace() {
    return Model.timeout(true, shape.getGrace());
  }

  /** How many tasks wait. */
  int waiting() {
    return (int)
        jobs.stream().flatMap(job -> job.open.stream()).filter(task -> task.run == null).count();
  }

  private boolean isIdle() {
    return waiting() == 0 && runs.isEmpty();
  }

  private boolean isOver() {
    return closed && isIdle();
  }

  // Submitting.

  void requireOpen() {
    if (closed) {
      throw new Refused(ErrorReason.ERROR_REASON_CLOSED);
    }
  }

  int capacity() {
    return shape.getMaxTasks();
  }

  void submit(ModelCall call, ModelJob job, PoolSubmitRequest request, long timeout) {
    requireOpen();
    if (submitters.isEmpty() && waiting() + request.getTasksCount() <= capacity()) {
      model.done(call, ModelJob.accepted(job.add(request.getTasksList())));
    } else if (timeout == 0) {
      model.done(call, Outcome.of(PoolSubmitResponse.getDefaultInstance()));
    } else {
      model.park(call, job, timeout);
      call.others.add(this);
      job.submitters.add(call);
      submitters.add(call);
    }
  }

  private void refuseSubmitters() {
    Outcome closed = Outcome.refused(ErrorReason.ERROR_REASON_CLOSED);
    List.copyOf(submitters).forEach(call -> model.finish(call, closed));
  }

  // Taking.

  @Nullable Worker known(@Nullable ModelSession session) {
    return workers.stream().filter(one -> one.session == session).findFirst().orElse(null);
  }

  @Nullable Worker worker(@Nullable ModelSession session) {
    if (session == null) {
      return null;
    }
    Worker known = known(session);
    if (known == null) {
      known = new Worker(model.nextNumber(), session);
      workers.add(known);
    }
    return known;
  }

  private List<Run> runsOf(@Nullable Worker worker) {
    return runs.stream().filter(run -> worker != null && run.worker == worker).toList();
  }

  private @Nullable ModelTask next(@Nullable Worker worker, boolean mayBeAlone) {
    boolean retires = worker != null && worker.retiring;
    if (paused || retires || runsOf(worker).stream().anyMatch(run -> run.alone)) {
      return null;
    }
    return waitingTasks()
        .filter(task -> mayBeAlone || !task.isToRunAlone())
        .filter(this::isFree)
        .min(ORDER)
        .orElse(null);
  }

  private @Nullable ModelTask next(@Nullable Worker worker) {
    boolean heldBack = held == worker || (held == null && heldUntil == ModelCall.NEVER);
    return isToHold(worker) && heldBack ? null : next(worker, runsOf(worker).isEmpty());
  }

  private Stream<ModelTask> waitingTasks() {
    return jobs.stream().flatMap(job -> job.open.stream()).filter(task -> task.run == null);
  }

  /** Of a key one place is kept for a task that is to be run alone and stands before. */
  private boolean isFree(ModelTask task) {
    String key = task.terms.getKey();
    if (key.isEmpty() || shape.getMaxRunsPerKey() == 0) {
      return true;
    }
    boolean behindAlone =
        !task.isToRunAlone()
            && waitingTasks()
                .filter(ModelTask::isToRunAlone)
                .filter(other -> other.terms.getKey().equals(key))
                .anyMatch(other -> ORDER.compare(other, task) < 0);
    return runs.stream().filter(run -> run.task.terms.getKey().equals(key)).count()
            + (behindAlone ? 1 : 0)
        < shape.getMaxRunsPerKey();
  }

  // A worker that is to come to run nothing.

  private boolean isToHold(@Nullable Worker worker) {
    ModelTask next = worker == null || runsOf(worker).isEmpty() ? null : next(worker, true);
    return next != null && next.isToRunAlone() && next(worker, false) != null;
  }

  private void hold(@Nullable Worker worker) {
    if (held == null && heldUntil == ModelCall.NEVER && isToHold(worker)) {
      held = worker;
      holdOn();
      model.met("a worker was held for a task that is to be run alone");
    }
  }

  private void holdOn() {
    heldUntil = model.in(heldFor);
    heldNumber = model.nextNumber();
  }

  private void holdIsOver() {
    heldUntil = ModelCall.NEVER;
    if (held != null) {
      held = null;
      holdOn();
    } else {
      heldFor *= 2;
    }
  }

  private void lookAtHeld() {
    boolean has = held != null && runsOf(held).stream().anyMatch(run -> run.alone);
    if (has || waitingTasks().noneMatch(ModelTask::isToRunAlone)) {
      held = null;
      heldUntil = ModelCall.NEVER;
      heldFor = HELD_FOR;
    } else if (held != null && (held.retiring || !workers.contains(held))) {
      held = null;
      heldUntil = ModelCall.NEVER;
    }
  }

  private static Outcome nothing(ModelCall call, boolean retire) {
    return Outcome.of(answer(call).setRetire(retire).build());
  }

  /** An answer to a Take, without runs. */
  private static PoolTakeResponse.Builder answer(ModelCall call) {
    return PoolTakeResponse.newBuilder().addAllEnded(call.ended);
  }

  /** What came of runs; answers which of them were over. */
  List<Long> complete(ModelCall call, List<PoolCompletion> completions) {
    List<Long> over = new ArrayList<>();
    for (PoolCompletion completion : completions) {
      Run run = find(completion.getRun(), call.session);
      if (run == null) {
        hearsOver(completion.getRun(), call.session);
        over.add(completion.getRun());
      } else if (completion.getReturned()) {
        release(run);
      } else {
        end(run);
        finish(
            run.task,
            completion.hasFailure()
                ? ModelJob.failed(completion.getFailure())
                : ModelJob.result(PoolOutcome.POOL_OUTCOME_SUCCEEDED)
                    .setValue(completion.getValue()));
      }
    }
    return over;
  }

  private void release(Run run) {
    end(run);
    run.task.attempts--;
    if (run.worker != null) {
      run.worker.taken--;
    }
    goBack(run.task);
    model.met("a task went back that nobody had begun with");
  }

  void take(ModelCall call, PoolTakeRequest request, long timeout) {
    if (request.getCompletionsCount() > 0) {
      if (timeout != 0) {
        model.requireRoomToWait(call);
      }
      call.ended.addAll(complete(call, request.getCompletionsList()));
      model.settle(); // It counts before the caller asks for more.
    }
    Worker known = known(call.session);
    if (isOver() || (known != null && known.retiring)) {
      model.done(call, nothing(call, true));
    } else if (next(known) != null) {
      Worker worker = worker(call.session);
      handOut(call, request, worker, false);
      tellIfRetiring(worker);
    } else if (timeout == 0) {
      hold(worker(call.session));
      model.done(call, nothing(call, false));
    } else {
      model.requireRoomToWait(call);
      hold(worker(call.session));
      model.park(call, this, timeout);
      takers.add(call);
    }
  }

  private void handOut(
      ModelCall call, PoolTakeRequest request, @Nullable Worker worker, boolean waited) {
    int most = Math.max(1, request.getMax());
    if (shape.hasTaskTimeout() || shape.getMaxRunsPerKey() != 0 || attempts() == 1) {
      most = Math.max(1, most - request.getAhead());
    }
    int share = waiting() / Math.max(1, workers.size());
    most = Math.min(most, Math.max(Math.max(1, request.getMax()) - request.getAhead(), share));
    PoolTakeResponse.Builder response = answer(call);
    List<Run> given = new ArrayList<>();
    boolean more = true;
    ModelTask next = next(worker);
    while (more && next != null) {
      Run run =
          new Run(
              next, worker, call.session, Model.timeout(request.hasLease(), request.getLease()));
      next.attempts++;
      next.run = run;
      runs.add(run);
      given.add(run);
      response.addRuns(next.describe());
      if (worker != null) {
        worker.taken++;
        worker.retiring |=
            shape.getTasksPerWorker() != 0 && worker.taken >= shape.getTasksPerWorker();
      }
      if (run.alone) {
        model.met("a task was run alone");
      }
      more = given.size() < most && !run.alone && (worker == null || !worker.retiring);
      next = more ? next(worker, false) : null;
    }
    Outcome outcome = Outcome.of(response.build(), given.stream().map(run -> run.id).toList());
    if (waited) {
      model.serve(call, outcome, new Given(given));
    } else {
      model.done(call, outcome, new Given(given));
    }
  }

  /** Runs whose worker may not know of them. */
  private final class Given implements ModelUndo {
    private final List<Run> given;

    Given(List<Run> given) {
      this.given = given;
    }

    private List<Run> lasting() {
      return deleted ? List.of() : given.stream().filter(runs::contains).toList();
    }

    @Override
    public void undo() {
      lasting().forEach(ModelPool.this::release);
    }

    @Override
    public boolean isDue() {
      return !lasting().isEmpty();
    }

    @Override
    public boolean isHeld() {
      return true;
    }

    @Override
    public List<Value> handedOut() {
      return List.of();
    }
  }

  private void tellIfRetiring(@Nullable Worker worker) {
    if (worker != null && worker.retiring) {
      for (ModelCall call : List.copyOf(takers)) {
        if (call.session == worker.session) {
          takers.remove(call);
          model.serve(call, nothing(call, true), null);
        }
      }
    }
  }

  // Runs.

  @Nullable Run find(long number, @Nullable ModelSession caller) {
    return runs.stream()
        .filter(run -> run.id.is(number))
        .filter(run -> run.session == null || run.session == caller)
        .findFirst()
        .orElse(null);
  }

  Run require(long number, @Nullable ModelSession caller) {
    Run run = find(number, caller);
    if (run == null) {
      throw new Refused(ErrorReason.ERROR_REASON_RUN_ENDED);
    }
    return run;
  }

  void end(Run run) {
    runs.remove(run);
    run.task.run = null;
    for (ModelCall beat : List.copyOf(beats)) {
      if (((PoolHeartbeatRequest) beat.request).getRun() != 0
          && run.id.is(((PoolHeartbeatRequest) beat.request).getRun())) {
        model.finish(beat, Outcome.refused(ErrorReason.ERROR_REASON_RUN_ENDED));
      }
    }
  }

  static void finish(ModelTask task, PoolResult.Builder result) {
    if (!task.orphan) {
      task.job.finish(task, result);
    }
  }

  boolean mayRunAgain(ModelTask task) {
    return !task.orphan && task.attempts < attempts();
  }

  /** A task that is run no more waits again, unless it is not to be run. */
  void goBack(ModelTask task) {
    if (task.cancelled) {
      finish(task, ModelJob.result(PoolOutcome.POOL_OUTCOME_CANCELLED));
    }
  }

  private void again(Run run, PoolOutcome atLast) {
    end(run);
    ModelTask task = run.task;
    if (task.cancelled || mayRunAgain(task)) {
      goBack(task);
    } else {
      finish(task, ModelJob.result(atLast).setCall(task.terms.getCall()));
    }
  }

  private void lost(Run run) {
    run.task.lost = true;
    tellOver(run);
    model.met("a worker was lost with a task");
    again(run, PoolOutcome.POOL_OUTCOME_WORKER_LOST);
  }

  private void limitIsOver(Run run) {
    ModelTask task = run.task;
    tellOver(run);
    if (task.cancelled) {
      end(run);
      finish(task, ModelJob.result(PoolOutcome.POOL_OUTCOME_CANCELLED));
    } else if (task.expires <= model.now()) {
      end(run);
      finish(task, ModelJob.result(PoolOutcome.POOL_OUTCOME_EXPIRED));
    } else {
      again(run, PoolOutcome.POOL_OUTCOME_TIMED_OUT);
    }
  }

  // Cancelling.

  void cancelRunning(List<ModelTask> tasks) {
    List<Worker> listening = new ArrayList<>();
    for (ModelTask task : tasks) {
      Run run = task.run;
      if (run == null || task.cancelled) {
        continue;
      }
      task.cancelled = true;
      run.limit = model.in(grace());
      for (ModelCall beat : List.copyOf(beats)) {
        if (run.id.is(((PoolHeartbeatRequest) beat.request).getRun())) {
          beats.remove(beat);
          model.serve(beat, beat(true), null);
        }
      }
      if (run.worker != null && !listening.contains(run.worker)) {
        listening.add(run.worker);
      }
    }
    listening.sort(Comparator.comparingLong(worker -> worker.number));
    for (Worker worker : listening) {
      tell(worker);
    }
  }

  private void tell(Worker worker) {
    List<ModelCall> waiting =
        beats.stream()
            .filter(beat -> ((PoolHeartbeatRequest) beat.request).getRun() == 0)
            .filter(beat -> beat.session == worker.session)
            .toList();
    if (!waiting.isEmpty()) {
      Outcome told = untold(worker);
      for (ModelCall beat : waiting) {
        beats.remove(beat);
        model.serve(beat, told, null);
      }
    }
  }

  /** A run is over by no word of its worker. */
  private void tellOver(Run run) {
    if (run.worker != null && workers.contains(run.worker) && !run.task.told) {
      runs.remove(run);
      run.worker.over.add(run);
      run.worker.over.sort(Comparator.comparingLong(one -> one.number));
      model.met("a worker was told of a run that was over");
      tell(run.worker);
    }
  }

  /** Whoever says what came of a run that is over is told so. */
  private void hearsOver(long number, @Nullable ModelSession session) {
    Worker worker = known(session);
    if (worker != null) {
      worker.over.removeIf(run -> run.id.is(number));
    }
  }

  private static Outcome beat(boolean cancelled) {
    return Outcome.of(PoolHeartbeatResponse.newBuilder().setCancelled(cancelled).build());
  }

  private boolean hasUntold(Worker worker) {
    return !worker.over.isEmpty()
        || runsOf(worker).stream().anyMatch(run -> run.task.cancelled && !run.task.told);
  }

  private Outcome untold(Worker worker) {
    List<Numbered> numbers = new ArrayList<>();
    worker.over.forEach(run -> numbers.add(run.id));
    worker.over.clear();
    for (Run run : runsOf(worker)) {
      if (run.task.cancelled && !run.task.told) {
        run.task.told = true;
        numbers.add(run.id);
      }
    }
    return Outcome.of(PoolHeartbeatResponse.newBuilder().setCancelled(true).build(), numbers);
  }

  void beatOf(ModelCall call, Run run, @Nullable Value details, long timeout) {
    boolean waits = timeout != 0 && !run.task.cancelled;
    if (waits) {
      model.requireRoomToWait(call);
    }
    if (details != null && !run.task.orphan) {
      run.task.details = details;
    }
    if (run.lease != ModelCall.NEVER) {
      run.until = Math.max(run.until, model.in(run.lease));
    }
    if (waits) {
      model.park(call, this, timeout);
      beats.add(call);
    } else {
      model.done(call, beat(run.task.cancelled));
    }
  }

  void beatOfAll(ModelCall call, long timeout) {
    Worker known = known(call.session);
    if (known != null && hasUntold(known)) {
      model.done(call, untold(known));
    } else if (timeout == 0) {
      model.done(call, beat(false));
    } else {
      model.requireRoomToWait(call);
      worker(call.session);
      model.park(call, this, timeout);
      beats.add(call);
    }
  }

  // Workers.

  void retire(Worker worker) {
    worker.retiring = true;
    tellIfRetiring(worker);
  }

  int quiet() {
    List<Worker> told = workers.stream().filter(worker -> !worker.retiring).toList();
    told.forEach(this::retire);
    return told.size();
  }

  void failStart(Worker worker) {
    retire(worker); // It came by itself: no start has failed.
  }

  // The pool as a whole.

  void shutDown(boolean atOnce) {
    closed = true;
    refuseSubmitters();
    if (atOnce) {
      jobs.forEach(job -> job.endWaiting(PoolOutcome.POOL_OUTCOME_CANCELLED));
      cancelRunning(runs.stream().map(run -> run.task).toList());
    }
  }

  void join(ModelCall call, long timeout) {
    if (isIdle() || timeout == 0) {
      model.done(call, joined(isIdle()));
    } else {
      model.park(call, this, timeout);
      joiners.add(call);
    }
  }

  private static Outcome joined(boolean joined) {
    return Outcome.of(PoolJoinResponse.newBuilder().setJoined(joined).build());
  }

  @Override
  void settle() {
    serveTakers();
    while (!submitters.isEmpty() && fits(submitters.get(0))) {
      ModelCall call = submitters.remove(0);
      ModelJob job = (ModelJob) Objects.requireNonNull(call.object);
      job.submitters.remove(call);
      long first = job.add(((PoolSubmitRequest) call.request).getTasksList());
      model.serve(call, ModelJob.accepted(first), null);
      serveTakers();
    }
    if (isOver()) {
      while (!takers.isEmpty()) {
        ModelCall call = takers.remove(0);
        model.serve(call, nothing(call, true), null);
      }
    }
    while (isIdle() && !joiners.isEmpty()) {
      model.serve(joiners.remove(0), joined(true), null);
    }
  }

  private boolean fits(ModelCall call) {
    return waiting() + ((PoolSubmitRequest) call.request).getTasksCount() <= capacity();
  }

  private void serveTakers() {
    lookAtHeld();
    serveAllTakers();
    for (ModelCall call : takers) {
      hold(known(call.session));
    }
    serveAllTakers();
  }

  private void serveAllTakers() {
    for (boolean served = true; served; ) {
      served = false;
      for (ModelCall call : List.copyOf(takers)) {
        Worker worker = known(call.session);
        if (next(worker) != null) {
          takers.remove(call);
          handOut(call, (PoolTakeRequest) call.request, worker, true);
          tellIfRetiring(worker);
          served = true;
          break;
        }
      }
    }
  }

  @Override
  void left(ModelCall call) {
    takers.remove(call);
    submitters.remove(call);
    beats.remove(call);
    joiners.remove(call);
  }

  @Override
  Outcome expired(ModelCall call) {
    if (call.request instanceof PoolTakeRequest) {
      return nothing(call, false);
    }
    return call.request instanceof PoolJoinRequest ? joined(false) : beat(false);
  }

  @Override
  List<Due> due() {
    List<Due> due = new ArrayList<>();
    for (Run run : runs) {
      if (run.until != ModelCall.NEVER) {
        due.add(new Due(run.until, run.number, () -> lost(run)));
      }
      if (run.limit != ModelCall.NEVER) {
        due.add(new Due(run.limit, run.task.place, () -> limitIsOver(run)));
      }
    }
    if (heldUntil != ModelCall.NEVER) {
      due.add(new Due(heldUntil, heldNumber, this::holdIsOver));
    }
    return due;
  }

  @Override
  List<Due> heldBy(ModelSession holder) {
    List<Due> held = new ArrayList<>();
    for (Worker worker : workers) {
      if (worker.session == holder) {
        held.add(new Due(0, worker.number, () -> workers.remove(worker)));
      }
    }
    for (Run run : runs) {
      if (run.session == holder) {
        held.add(new Due(0, run.number, () -> lost(run)));
      }
    }
    return held;
  }

  @Override
  void deleted() {
    deleted = true;
    for (Run run : List.copyOf(runs)) {
      end(run);
      finish(run.task, ModelJob.result(PoolOutcome.POOL_OUTCOME_POOL_ENDED));
    }
    List.copyOf(jobs).forEach(job -> job.endWaiting(PoolOutcome.POOL_OUTCOME_POOL_ENDED));
    workers.clear();
  }
}
