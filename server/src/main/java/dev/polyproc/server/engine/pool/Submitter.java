package dev.polyproc.server.engine.pool;

import dev.polyproc.internal.v1.ParkedState;
import dev.polyproc.internal.v1.PoolSubmitterState;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.call.Invocation;
import dev.polyproc.server.engine.call.Parked;
import dev.polyproc.v1.PoolSubmitResponse;
import dev.polyproc.v1.PoolTask;
import java.util.List;

/** A Submit that waits for room: in the line of its job, and in that of the pool. */
final class Submitter extends Parked {
  private final Job job;
  private final List<PoolTask> tasks;
  private boolean isAccepted;

  Submitter(Invocation call, Job job, List<PoolTask> tasks) {
    super(call);
    this.job = job;
    this.tasks = tasks;
  }

  static Submitter restored(Invocation call, ParkedState state, Job job) {
    return new Submitter(call, job, state.getPoolSubmitter().getTasksList());
  }

  Job job() {
    return job;
  }

  List<PoolTask> tasks() {
    return tasks;
  }

  /** Its answer, once it has room. */
  static Answer accepted(long first) {
    return Answer.of(PoolSubmitResponse.newBuilder().setAccepted(true).setFirst(first).build());
  }

  /** Its tasks are there, which takes what they cost out of the budget. */
  void accept(long first) {
    isAccepted = true;
    answer(accepted(first));
  }

  @Override
  protected Answer expired() {
    return Answer.of(PoolSubmitResponse.getDefaultInstance());
  }

  @Override
  protected void left() {
    if (!isAccepted) {
      job.removeReferences(tasks);
    }
  }

  @Override
  protected void save(ParkedState.Builder state) {
    state.setPoolSubmitter(PoolSubmitterState.newBuilder().addAllTasks(tasks));
  }
}
