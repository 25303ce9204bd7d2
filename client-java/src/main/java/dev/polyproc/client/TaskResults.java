package dev.polyproc.client;

import dev.polyproc.v1.PoolResultsResponse;
import java.util.AbstractList;
import java.util.List;

/**
 * Results of a job, as many as came in one answer.
 *
 * @param <R> what its tasks return
 */
public final class TaskResults<R> extends AbstractList<TaskResult<R>> {
  private final List<TaskResult<R>> results;
  private final boolean finished;

  TaskResults(Codec<R> codec, PoolResultsResponse response) {
    this.results =
        response.getResultsList().stream().map(result -> new TaskResult<>(codec, result)).toList();
    this.finished = response.getFinished();
  }

  @Override
  public TaskResult<R> get(int index) {
    return results.get(index);
  }

  @Override
  public int size() {
    return results.size();
  }

  /** Whether nothing comes behind these, unless further tasks are submitted. */
  public boolean isFinished() {
    return finished;
  }
}
