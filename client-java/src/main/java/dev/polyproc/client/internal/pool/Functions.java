package dev.polyproc.client.internal.pool;

import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;

/** The functions that a worker has, by their names, and how they are called. */
final class Functions {
  private final Map<String, Function> byName;
  private final Arguments arguments = new Arguments();

  Functions(Map<String, Function> byName) {
    this.byName = Map.copyOf(byName);
  }

  /**
   * What a function returns.
   *
   * @throws Exception what it throws; or there is none of that name
   */
  Value call(String function, Run run) throws Exception {
    return function.equals(Chunk.FUNCTION) ? chunk(run) : one(function, run);
  }

  private Value one(String function, Run run) throws Exception {
    Function known = byName.get(function);
    if (known == null) {
      throw new NoSuchElementException(
          "Expected a function that this worker has, but it has none of the name '"
              + function
              + "'; it has "
              + new TreeSet<>(byName.keySet()));
    }
    return arguments.encode(known.call(run));
  }

  private Value chunk(Run run) {
    List<Value> calls = run.arguments();
    if (calls.isEmpty() || !calls.get(0).hasText()) {
      throw new IllegalArgumentException(
          "Expected a function's name and lists of its arguments, but there is no name");
    }
    String function = calls.get(0).getText();
    List<Value> results = new ArrayList<>(calls.size() - 1);
    for (Value payload : calls.subList(1, calls.size())) {
      if (run.isCancelled()) {
        throw new CancellationException("Expected to go on, but the task was cancelled");
      }
      results.add(settled(function, run, payload));
    }
    return arguments.list(results);
  }

  private Value settled(String function, Run run, Value payload) {
    try {
      return Chunk.returned(one(function, run.part(Arguments.of(payload))));
    } catch (Exception | Error e) { // whatever it is, it is what came of that call
      return Chunk.failed(Failures.of(e));
    }
  }
}
