package dev.polyproc.server.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.contract.ContractFiles;
import dev.polyproc.v1.ObjectKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Many random runs of the engine against the model.
 *
 * <p>System properties: {@code polyproc.simulation.seeds}, how many seeds (20); {@code
 * polyproc.simulation.entries}, how many entries each (2,000); {@code polyproc.simulation.seed}, to
 * run a single seed again.
 */
final class SimulationTest {
  private static final int SEEDS = Integer.getInteger("polyproc.simulation.seeds", 20);
  private static final int ENTRIES = Integer.getInteger("polyproc.simulation.entries", 2_000);
  private static final int MOST_FAILURES = 3;
  private static final int ENOUGH_SEEDS = 300;
  private static final int ENOUGH_ENTRIES = 2_000;

  private static final List<String> HANDING_OUT =
      List.of(
          "QueueService/Get",
          "QueueService/GetMany",
          "QueueService/Consume",
          "QueueService/Peek",
          "QueueService/List",
          "DictService/Get",
          "DictService/Items",
          "DictService/Keys",
          "DictService/Pop",
          "DictService/PopItem",
          "DictService/Set",
          "DictService/SetDefault",
          "DictService/CompareAndSet",
          "ListService/Get",
          "ListService/Pop",
          "ListService/Slice",
          "NamespaceService/Get",
          "NamespaceService/Attributes",
          "PipeService/Receive");

  private static final Set<ObjectKind> NEVER_UNREFERRED =
      Set.of(
          ObjectKind.OBJECT_KIND_UNSPECIFIED,
          ObjectKind.OBJECT_KIND_PROCESS, // It is never REFERENCED.
          ObjectKind.UNRECOGNIZED);

  /** What only looks and is looked at elsewhere, and what the node does. */
  private static final List<String> NOT_IN_THE_MODEL =
      List.of(
          "AdminService/List", // Inspection compares it.
          "AdminService/Describe", // Likewise.
          "AdminService/ListSessions",
          "AdminService/Waits",
          "AdminService/CloseSession", // The same as the end of a session that the node saw.
          "AdminService/ServerInfo", // The node's.
          "ConditionService/Get", // Inspection compares it.
          "EventService/IsSet", // Likewise.
          "LatchService/Get", // Likewise.
          "BarrierService/Get",
          "LockService/Get",
          "ReadWriteLockService/Get", // Likewise.
          "SemaphoreService/Get",
          "ProcessService/Output", // The node's.
          "SessionService/KeepAlive",
          "PoolService/Get", // Inspection compares it.
          "PoolService/GetJob");

  @Test
  void shouldKnowAllMethodsButThese() {
    Set<String> known = new Model(Simulation.LIMITS).methods();

    assertThat(
            ContractFiles.methods().map(ContractFiles::name).filter(name -> !known.contains(name)))
        .as("methods that the model does not know; a new one belongs into it")
        .containsExactlyInAnyOrderElementsOf(NOT_IN_THE_MODEL);
  }

  @Test
  void shouldDoWhatTheModelSays() {
    Long only = Long.getLong("polyproc.simulation.seed");
    if (only != null) {
      new Simulation(only).run(ENTRIES);
      return;
    }
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    Set<String> corners = new ConcurrentSkipListSet<>();
    LongStream.rangeClosed(1, SEEDS)
        .parallel()
        .filter(seed -> failures.size() < MOST_FAILURES)
        .forEach(
            seed -> {
              Simulation simulation = new Simulation(seed);
              try {
                simulation.run(ENTRIES);
              } catch (AssertionError | RuntimeException e) {
                failures.add(howToRerun(seed) + "\n" + e);
              }
              corners.addAll(simulation.corners());
            });
    assertThat(failures).isEmpty();
    if (SEEDS >= ENOUGH_SEEDS && ENTRIES >= ENOUGH_ENTRIES) {
      Stream<String> methods = ContractFiles.methods().map(ContractFiles::name);
      List<String> missed = interesting();
      missed.removeAll(corners);
      assertThat(missed).as("what the runs should have come across").isEmpty();
      assertThat(methods.filter(method -> corners.stream().noneMatch(isAnswer(method))))
          .as("methods that the runs never requested, or that were always refused")
          .containsExactlyInAnyOrderElementsOf(NOT_IN_THE_MODEL);
    }
  }

  private static Predicate<String> isAnswer(String method) {
    // A stream goes on until it is refused.
    Set<String> answers =
        Set.of(method + " answered", method + " answered later", method + " handed out a ref");
    return answers::contains;
  }

  /** What the runs must come across, lest they grow dull unnoticed. */
  private static List<String> interesting() {
    List<String> interesting =
        new ArrayList<>(
            List.of(
                "a task had the result POOL_OUTCOME_SUCCEEDED",
                "a task had the result POOL_OUTCOME_FAILED",
                "a task had the result POOL_OUTCOME_CANCELLED",
                "a task had the result POOL_OUTCOME_WORKER_LOST",
                "a task had the result POOL_OUTCOME_TIMED_OUT",
                "a task had the result POOL_OUTCOME_EXPIRED",
                "a task had the result POOL_OUTCOME_POOL_ENDED",
                "a task was run alone",
                "a worker was held for a task that is to be run alone",
                "a worker was told of a run that was over",
                "a task went back that nobody had begun with",
                "a worker was lost with a task",
                "results came back",
                "PoolService/Submit refused ERROR_REASON_CLOSED later",
                "PoolService/Heartbeat refused ERROR_REASON_RUN_ENDED later",
                "PoolService/Fail refused ERROR_REASON_RUN_ENDED",
                "several sessions ended at once",
                "LockService/AcquireAll refused ERROR_REASON_LOCK_BROKEN later",
                "LockService/AcquireAll refused ERROR_REASON_OBJECT_DELETED",
                "LockService/AcquireAll refused ERROR_REASON_OBJECT_EXISTS",
                "LockService/Acquire refused ERROR_REASON_OBJECT_EXISTS",
                "a lock was made by a call that acquires several",
                "several locks were served to who had one that somebody waited for",
                "ReadWriteLockService/Acquire refused ERROR_REASON_LOCK_BROKEN later",
                "ReadWriteLockService/Acquire refused ERROR_REASON_WOULD_DEADLOCK",
                "ReadWriteLockService/Release refused ERROR_REASON_STALE_TOKEN",
                "ReadWriteLockService/Release refused ERROR_REASON_NOT_OWNER",
                "LockService/Release refused ERROR_REASON_NOT_OWNER",
                "LockService/Release refused ERROR_REASON_STALE_TOKEN",
                "LockService/Acquire refused ERROR_REASON_LOCK_BROKEN later",
                "BarrierService/Create refused ERROR_REASON_INVALID_ARGUMENT",
                "BarrierService/Wait refused ERROR_REASON_BARRIER_BROKEN",
                "BarrierService/Wait refused ERROR_REASON_BARRIER_BROKEN later",
                "BarrierService/Wait refused ERROR_REASON_SESSION_REQUIRED",
                "BarrierService/ActionDone refused ERROR_REASON_NOT_HELD",
                "BarrierService/ActionDone refused ERROR_REASON_NOT_OWNER",
                "a party was to run an action",
                "a round began after the action of the one before",
                "the session that ran an action ended",
                "a barrier was mended",
                "a barrier was mended beside an action",
                "a barrier broke beside an action",
                "SemaphoreService/Acquire refused ERROR_REASON_SEMAPHORE_BROKEN",
                "SemaphoreService/Acquire refused ERROR_REASON_SEMAPHORE_BROKEN later",
                "SemaphoreService/Acquire refused ERROR_REASON_INVALID_ARGUMENT",
                "SemaphoreService/Drain refused ERROR_REASON_SEMAPHORE_BROKEN",
                "SemaphoreService/Release refused ERROR_REASON_OVER_RELEASED",
                "SemaphoreService/Release refused ERROR_REASON_NOT_HELD",
                "SemaphoreService/Release refused ERROR_REASON_STALE_TOKEN",
                "ConditionService/Wait refused ERROR_REASON_LOCK_BROKEN later",
                "ConditionService/Wait refused ERROR_REASON_NOT_HELD",
                "ConditionService/Wait refused ERROR_REASON_NOT_OWNER",
                "ConditionService/Wait refused ERROR_REASON_STALE_TOKEN",
                "ConditionService/Notify refused ERROR_REASON_NOT_OWNER",
                "ConditionService/Create refused ERROR_REASON_OBJECT_EXISTS",
                "ConditionService/Create refused ERROR_REASON_OBJECT_DELETED",
                "a notification woke a waiter",
                "a wait ended without a notification",
                "a waiter that ended passed its notification on",
                "a notification that nobody got was passed on",
                "a waiter came back to a lock that its owner had",
                "a hold that was kept was released without its token",
                "a condition ended with its lock",
                "QueueService/Acknowledge refused ERROR_REASON_RESERVATION_ENDED",
                "QueueService/Get refused ERROR_REASON_CLOSED later",
                "QueueService/Put refused ERROR_REASON_CLOSED later",
                "QueueService/Consume refused ERROR_REASON_CLOSED later",
                "QueueService/Put refused ERROR_REASON_INVALID_ARGUMENT",
                "QueueService/Get refused ERROR_REASON_INVALID_ARGUMENT",
                "QueueService/Create refused ERROR_REASON_INVALID_ARGUMENT",
                "QueueService/TaskDone refused ERROR_REASON_NOT_JOINABLE",
                "QueueService/TaskDone refused ERROR_REASON_TASK_DONE_TOO_OFTEN",
                "QueueService/TaskDone refused ERROR_REASON_RESERVATION_ENDED",
                "QueueService/Join refused ERROR_REASON_NOT_JOINABLE",
                "a delay ended",
                "an item expired",
                "an item expired when it came back",
                "an item came back to a queue that was closed at once",
                "an item overtook one whose key had enough out",
                "a dead letter, QUEUE_DEAD_LETTER_CAUSE_ATTEMPTS",
                "a dead letter, QUEUE_DEAD_LETTER_CAUSE_GIVEN_UP",
                "a dead letter, QUEUE_DEAD_LETTER_CAUSE_EXPIRED",
                "dead letters went back",
                "dead letters stayed",
                "dead letters went back with a further page",
                "dead letters stayed with a further page",
                "QueueService/Redrive refused ERROR_REASON_INVALID_ARGUMENT",
                "a duplicate was not put",
                "a key had its turn",
                "a TaskDone without a session finished what was taken without one",
                "a TaskDone finished what its owner had in hand",
                "a TaskDone finished what its session had in hand",
                "a TaskDone finished what another had in hand",
                "QueueService/Put refused ERROR_REASON_WINDOW_FULL",
                "QueueService/Put refused ERROR_REASON_SEQUENCE_FORGOTTEN",
                "QueueService/Put refused ERROR_REASON_SEQUENCE_REUSED",
                "QueueService/Put refused ERROR_REASON_CANCELLED",
                "QueueService/Put refused ERROR_REASON_GUARD_FAILED",
                "QueueService/Put refused ERROR_REASON_ATTACHMENT_REPLACED",
                "QueueService/Get refused ERROR_REASON_LIMIT_REACHED",
                "SessionService/Open refused ERROR_REASON_LIMIT_REACHED",
                "SessionService/Open refused ERROR_REASON_OBJECT_DELETED",
                "SessionService/Open refused ERROR_REASON_OBJECT_NOT_FOUND",
                "SessionService/Open refused ERROR_REASON_WRONG_KIND",
                "DictService/Add refused ERROR_REASON_NOT_A_NUMBER",
                "DictService/Set refused ERROR_REASON_INVALID_VALUE",
                "DictService/Set refused ERROR_REASON_NESTED_TOO_DEEP",
                "DictService/Set refused ERROR_REASON_OBJECT_DELETED",
                "DictService/Get refused ERROR_REASON_OBJECT_DELETED",
                "DictService/Create refused ERROR_REASON_OBJECT_EXISTS",
                "DictService/Create refused ERROR_REASON_OBJECT_DELETED",
                "ListService/Get refused ERROR_REASON_INDEX_OUT_OF_RANGE",
                "ListService/Slice refused ERROR_REASON_INDEX_OUT_OF_RANGE",
                "ListService/Slice refused ERROR_REASON_INVALID_ARGUMENT",
                "ListService/SetSlice refused ERROR_REASON_INVALID_ARGUMENT",
                "ListService/SetSlice refused ERROR_REASON_INDEX_OUT_OF_RANGE",
                "ListService/Sort refused ERROR_REASON_NOT_COMPARABLE",
                "ListService/Sort refused ERROR_REASON_LIMIT_REACHED",
                "ListService/Extend refused ERROR_REASON_LIMIT_REACHED",
                "ListService/Repeat refused ERROR_REASON_LIMIT_REACHED",
                "ListService/Add refused ERROR_REASON_NOT_A_NUMBER",
                "NamespaceService/Add refused ERROR_REASON_NOT_A_NUMBER",
                "NamespaceService/Set refused ERROR_REASON_INVALID_ARGUMENT",
                "PipeService/Create refused ERROR_REASON_OBJECT_EXISTS",
                "PipeService/Create refused ERROR_REASON_SESSION_REQUIRED",
                "PipeService/Create refused ERROR_REASON_OBJECT_DELETED",
                "PipeService/Send refused ERROR_REASON_BROKEN_PIPE",
                "PipeService/Send refused ERROR_REASON_BROKEN_PIPE later",
                "PipeService/Send refused ERROR_REASON_WRONG_DIRECTION",
                "PipeService/Send refused ERROR_REASON_INVALID_VALUE",
                "PipeService/Receive refused ERROR_REASON_WRONG_DIRECTION",
                "PipeService/Receive refused ERROR_REASON_MESSAGE_TOO_LONG",
                "PipeService/Receive refused ERROR_REASON_MESSAGE_TOO_LONG later",
                "PipeService/CloseEnd refused ERROR_REASON_SESSION_REQUIRED",
                "SessionService/Retain refused ERROR_REASON_OBJECT_DELETED",
                "SessionService/Retain refused ERROR_REASON_OBJECT_NOT_FOUND",
                "SessionService/Retain refused ERROR_REASON_WRONG_KIND",
                "ProcessService/Start refused ERROR_REASON_OBJECT_EXISTS",
                "ProcessService/Start refused ERROR_REASON_START_FAILED later",
                "ProcessService/Start refused ERROR_REASON_SESSION_REQUIRED",
                "ProcessService/Start refused ERROR_REASON_LIMIT_REACHED",
                "ProcessService/Wait refused ERROR_REASON_START_FAILED later",
                "ProcessService/Signal refused ERROR_REASON_PROCESS_ENDED",
                "SessionService/Open refused ERROR_REASON_INVALID_ARGUMENT",
                "SharedMemoryService/Create refused ERROR_REASON_INVALID_ARGUMENT",
                "SharedMemoryService/Create refused ERROR_REASON_LIMIT_REACHED",
                "SharedMemoryService/Create refused ERROR_REASON_OBJECT_EXISTS",
                "SharedMemoryService/Create refused ERROR_REASON_SESSION_REQUIRED",
                "SharedMemoryService/Create refused ERROR_REASON_NO_SPACE later",
                "SharedMemoryService/Create refused ERROR_REASON_SEGMENT_FAILED later",
                "SharedMemoryService/Locate refused ERROR_REASON_SEGMENT_NOT_READY",
                "SharedMemoryService/AddWriter refused ERROR_REASON_SESSION_REQUIRED",
                "a segment that was there was said to have failed",
                "a segment was asked for again",
                "a segment went with its creator",
                "a segment went with its daemon",
                "a segment stayed for others than its creator",
                "a lock that was free tells of a writer's death",
                "a lock that was held tells of a writer's death",
                "a lock was made to tell of a writer's death",
                "a writer's death was told by another lock than one that was about to go",
                "a writer's death was told by nothing",
                "a death is told to nobody, as the segment is new",
                "a session ended with its process",
                "a process went with its start",
                "a process was asked for again",
                "a process ended unseen",
                "a restart",
                "a call between pieces",
                "a message went back",
                "reserved items went back",
                "a grant was undone"));
    for (String waits :
        List.of(
            "QueueService/Get",
            "QueueService/GetMany",
            "QueueService/Put",
            "QueueService/PutMany",
            "QueueService/Join",
            "LockService/Acquire",
            "LockService/AcquireAll",
            "ReadWriteLockService/Acquire",
            "ConditionService/Wait",
            "EventService/Wait",
            "BarrierService/Wait",
            "SemaphoreService/Acquire",
            "LatchService/Wait",
            "PipeService/Send",
            "PipeService/Receive",
            "PipeService/Poll",
            "ProcessService/Start",
            "ProcessService/Wait",
            "SharedMemoryService/Create")) {
      interesting.add(waits + " answered later");
      interesting.add(waits + " withdrawn");
      interesting.add(waits + " withdrawn, numbered");
      for (String reason :
          List.of(
              "CANCELLED",
              "DEADLINE_EXCEEDED",
              "SESSION_ENDED",
              "SHUTTING_DOWN",
              "OBJECT_DELETED")) {
        interesting.add(waits + " refused ERROR_REASON_" + reason + " later");
      }
    }
    for (String method : HANDING_OUT) {
      interesting.add(method + " handed out a ref");
    }
    for (ObjectKind kind : ObjectKind.values()) {
      if (!NEVER_UNREFERRED.contains(kind)) {
        interesting.add(kind + " ended unreferred");
      }
    }
    return interesting;
  }

  private static String howToRerun(long seed) {
    return "Seed "
        + seed
        + " failed. To run it alone: mvn -pl server -am test -Dtest=SimulationTest"
        + " -Dsurefire.failIfNoSpecifiedTests=false -Dpolyproc.simulation.seed="
        + seed;
  }
}
