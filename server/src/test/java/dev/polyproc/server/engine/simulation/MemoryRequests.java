package dev.polyproc.server.engine.simulation;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.SegmentFailed;
import dev.polyproc.internal.v1.SegmentMade;
import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.LockCalls;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.SharedMemoryCalls;
import dev.polyproc.v1.LockCreateRequest;
import dev.polyproc.v1.LockKind;
import dev.polyproc.v1.OnOwnerEnd;
import dev.polyproc.v1.SharedMemoryCreateRequest;
import java.util.List;

/** Random requests to segments of shared memory and their locks, and what the node says of them. */
final class MemoryRequests {
  /** Of one page, of two, and of more than there is room for or anybody could map. */
  private static final List<Long> LENGTHS =
      List.of(0L, 8L, 8L, 8L, 504L, 505L, 4_032L, 4_033L, 1L << 28, 1L << 31, -1L);

  /** One of a segment's own, those that others share, and what is no lock. */
  private static final List<String> LOCKS =
      List.of("", "", "", "lock0", "lock1", "lock3", "lock4", "event0");

  private final Choices choices;

  MemoryRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client, String name) {
    SharedMemoryCalls memory = choices.meaning(client, name).memory(name);
    if (choices.shouldCreate(name)) {
      return memory.create(shape(name));
    }
    return switch (choices.random.nextInt(16)) {
      case 0 -> memory.locate();
      case 1 -> memory.get();
      case 2, 3 -> memory.create(shape(name));
      case 4, 5, 6, 7, 8 -> memory.addWriter();
      case 9 -> memory.removeWriter();
      case 10 -> choices.meaning(client, name).delete(name);
      default -> guard(client, name);
    };
  }

  /** Mostly that of the one that is there. */
  private SharedMemoryCreateRequest.Builder shape(String name) {
    if (choices.model.objects.get(name) instanceof ModelSharedMemory memory && !choices.oneIn(4)) {
      return memory.shape.toBuilder();
    }
    return SharedMemoryCreateRequest.newBuilder()
        .setType(choices.elementType())
        .setLength(choices.any(LENGTHS))
        .setLock(choices.any(LOCKS))
        .setLifetime(choices.lifetime());
  }

  /** What a program does with the lock of a segment. */
  private Pending<?> guard(Client client, String name) {
    String lock =
        choices.model.objects.get(name) instanceof ModelSharedMemory memory
            ? memory.guard()
            : name + "/lock";
    LockCalls guard = client.lock(lock);
    return choices.oneIn(3)
        ? guard.release()
        : guard.acquire(
            LockCalls.whileUsed(
                    LockCreateRequest.newBuilder()
                        .setKind(LockKind.LOCK_KIND_REENTRANT)
                        .setOnOwnerEnd(OnOwnerEnd.ON_OWNER_END_RELEASE))
                .setTimeout(choices.positive()));
  }

  /** Something that happened to a segment, or was said to have. */
  NodeEvent event() {
    NodeEvent.Builder event = NodeEvent.newBuilder();
    boolean isOfBefore = choices.oneIn(10);
    if (choices.oneIn(4)) {
      SegmentFailed.Builder failed =
          SegmentFailed.newBuilder().setMemory(number()).setFull(choices.oneIn(2));
      return event
          .setSegmentFailed(isOfBefore ? failed.setOrigin(Choices.ANOTHER_RUN) : failed)
          .build();
    }
    SegmentMade.Builder made = SegmentMade.newBuilder().setMemory(number());
    return event.setSegmentMade(isOfBefore ? made.setOrigin(Choices.ANOTHER_RUN) : made).build();
  }

  /** The number of a segment that is not there yet, or of any, or of nothing. */
  private long number() {
    List<Long> awaited =
        choices.model.memory().segments().stream()
            .filter(memory -> !memory.isReady() || choices.oneIn(4))
            .map(memory -> memory.incarnation.number())
            .toList();
    return awaited.isEmpty() || choices.oneIn(20)
        ? 1 + choices.random.nextInt(50)
        : choices.any(awaited);
  }
}
