package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.v1.LockAcquireRequest;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Random requests to a handful of objects. */
final class Requests {
  private static final List<String> BYSTANDING =
      List.of("event0", "event1", "dict0", "dict1", "list0", "list1", "namespace0");

  private final Choices choices;
  private final QueueRequests queues;
  private final SyncRequests locksAndEvents;
  private final ReadWriteLockRequests readWriteLocks;
  private final BarrierRequests barriers;
  private final CountRequests counts;
  private final DictRequests dicts;
  private final ListRequests lists;
  private final NamespaceRequests namespaces;
  private final ElementRequests elements;
  private final PipeRequests pipes;
  private final ReferenceRequests references;
  private final MemoryRequests memory;
  private final ProcessRequests processes;
  private final PoolRequests pools;

  Requests(Random random, Model model) {
    choices = new Choices(random, model);
    queues = new QueueRequests(choices);
    locksAndEvents = new SyncRequests(choices);
    readWriteLocks = new ReadWriteLockRequests(choices);
    barriers = new BarrierRequests(choices);
    counts = new CountRequests(choices);
    dicts = new DictRequests(choices);
    lists = new ListRequests(choices);
    namespaces = new NamespaceRequests(choices);
    elements = new ElementRequests(choices);
    pipes = new PipeRequests(choices);
    references = new ReferenceRequests(choices);
    memory = new MemoryRequests(choices);
    processes = new ProcessRequests(choices);
    pools = new PoolRequests(choices);
  }

  /** Those that retain objects. */
  ReferenceRequests references() {
    return references;
  }

  ProcessRequests processes() {
    return processes;
  }

  MemoryRequests memory() {
    return memory;
  }

  Pending<?> call(Client client) {
    if (choices.oneIn(16)) {
      return processes.call(client, "process" + choices.random.nextInt(4));
    }
    if (choices.oneIn(16)) {
      return memory.call(client, "memory" + choices.random.nextInt(4));
    }
    if (choices.oneIn(6)) {
      return pools.call(client);
    }
    if (choices.oneIn(12)) {
      return choices.oneIn(2)
          ? elements.value(client, "value" + choices.random.nextInt(3))
          : elements.array(client, "array" + choices.random.nextInt(3));
    }
    if (choices.oneIn(4)) {
      return switch (choices.random.nextInt(16)) {
        case 0 -> counts.latch(client, "latch" + choices.random.nextInt(2));
        case 8, 9, 13 -> readWriteLocks.call(client, "rw" + choices.random.nextInt(2));
        case 1, 2, 3 -> counts.semaphore(client, "semaphore" + choices.random.nextInt(3));
        case 4, 5, 6 -> barriers.call(client, "barrier" + choices.random.nextInt(3));
        default -> locksAndEvents.condition(client, "condition" + choices.random.nextInt(3));
      };
    }
    int what = choices.random.nextInt(100);
    if (what < 31) {
      return queues.call(client, "queue" + choices.random.nextInt(3));
    } else if (what < 46) {
      return locksAndEvents.lock(client, "lock" + choices.random.nextInt(5));
    } else if (what < 52) {
      return locksAndEvents.event(client, "event" + choices.random.nextInt(2));
    } else if (what < 63) {
      return dicts.call(client, "dict" + choices.random.nextInt(2));
    } else if (what < 72) {
      return lists.call(client, "list" + choices.random.nextInt(2));
    } else if (what < 76) {
      return namespaces.call(client, "namespace0");
    } else if (what < 91) {
      return pipes.call(client, "pipe" + choices.random.nextInt(3));
    } else if (what < 98) {
      return references.call(client);
    }
    return odd(client);
  }

  /**
   * A call between the pieces of an end, whose answer does not depend on what is left of it.
   *
   * @param all whether no object is left to end; one that ends with another is found until it does
   */
  Pending<?> bystander(boolean all, Client client) {
    List<String> names =
        BYSTANDING.stream().filter(name -> all || choices.model.objects.containsKey(name)).toList();
    String name = names.isEmpty() ? "" : choices.any(names);
    if (name.startsWith("event")) {
      return locksAndEvents.event(client, name);
    } else if (name.startsWith("dict") && all) {
      return dicts.call(client, name);
    } else if (name.startsWith("list") && all) {
      return lists.call(client, name);
    } else if (name.startsWith("namespace") && all) {
      return namespaces.call(client, name);
    }
    return client.lock("nobody").acquire(LockAcquireRequest.newBuilder());
  }

  /** What is seldom done, or should not be. */
  private Pending<?> odd(Client client) {
    return switch (choices.random.nextInt(8)) {
      case 0 -> client.delete("lock" + choices.random.nextInt(3));
      case 3 -> {
        String counted = choices.any(List.of("semaphore0", "semaphore1", "semaphore2", "latch0"));
        yield choices.meaning(client, counted).delete(counted);
      }
      case 4 -> client.delete("condition" + choices.random.nextInt(3));
      case 5 -> client.delete("rw" + choices.random.nextInt(2));
      case 1 -> client.queue("dict0").get(Duration.ZERO);
      case 2 -> client.pipe("list0").closeEnd();
      default -> {
        String name =
            choices.any(List.of("dict0", "list0", "namespace0", "pipe0/1", "pipe1/2", "barrier1"));
        yield choices.meaning(client, name).delete(name);
      }
    };
  }

  Client guarded(Client client) {
    return locksAndEvents.guarded(client);
  }
}
