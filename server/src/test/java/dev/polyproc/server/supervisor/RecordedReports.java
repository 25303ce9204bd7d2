package dev.polyproc.server.supervisor;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Reports, kept in words, and awaited. */
final class RecordedReports implements Reports {
  private final Map<Long, List<String>> all = new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<Long>> pids = new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<String>> ends = new ConcurrentHashMap<>();
  private final Map<Long, String> errors = new ConcurrentHashMap<>();

  @Override
  public void started(long process, long pid) {
    note(process, "started");
    pids.computeIfAbsent(process, any -> new CompletableFuture<>()).complete(pid);
  }

  @Override
  public void failed(long process, String sentence) {
    note(process, "failed");
    end(process, "failed: " + sentence);
  }

  @Override
  public void exited(long process, long pid, int code, byte[] lastErrors) {
    note(process, "exited");
    errors.put(process, new String(lastErrors, StandardCharsets.UTF_8));
    end(process, "exited " + code);
  }

  @Override
  public void killed(long process, long pid, int signal, boolean outOfMemory, byte[] lastErrors) {
    note(process, "killed");
    errors.put(process, new String(lastErrors, StandardCharsets.UTF_8));
    end(process, "killed " + signal);
  }

  /** The kinds of reports about a process, in their order. */
  List<String> of(long process) {
    return all.getOrDefault(process, List.of());
  }

  /** Waits for the process to be started. */
  long pid(long process) {
    return await(pids.computeIfAbsent(process, any -> new CompletableFuture<>()));
  }

  /** Waits for the last report about a process: "exited 0", "killed 9", "failed: ...". */
  String end(long process) {
    return await(ends.computeIfAbsent(process, any -> new CompletableFuture<>()));
  }

  /** Waits for the end of the process, and answers what came of its stderr with that. */
  String lastErrors(long process) {
    end(process);
    return errors.getOrDefault(process, "");
  }

  /** A supervisor's thread must not end. */
  static void notDead(Throwable why) {
    throw new AssertionError("Expected a thread to go on, but it has ended", why);
  }

  private void note(long process, String kind) {
    all.computeIfAbsent(process, any -> new CopyOnWriteArrayList<>()).add(kind);
  }

  private void end(long process, String end) {
    ends.computeIfAbsent(process, any -> new CompletableFuture<>()).complete(end);
  }

  static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }
}
