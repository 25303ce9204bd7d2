package dev.polyproc.server.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminListResponse;
import dev.polyproc.v1.BarrierGetResponse;
import dev.polyproc.v1.DictItemsResponse;
import dev.polyproc.v1.Holder;
import dev.polyproc.v1.LatchGetResponse;
import dev.polyproc.v1.ListSliceRequest;
import dev.polyproc.v1.ListSliceResponse;
import dev.polyproc.v1.LockGetResponse;
import dev.polyproc.v1.NamespaceAttributesRequest;
import dev.polyproc.v1.NamespaceAttributesResponse;
import dev.polyproc.v1.ObjectSummary;
import dev.polyproc.v1.PoolGetJobResponse;
import dev.polyproc.v1.PoolGetResponse;
import dev.polyproc.v1.QueueListRequest;
import dev.polyproc.v1.QueueListResponse;
import dev.polyproc.v1.ReadWriteLockGetResponse;
import dev.polyproc.v1.SemaphoreGetResponse;
import dev.polyproc.v1.ValueEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Looks at every object as a reader does, and compares it with the model's. */
final class Inspection {
  private final Model model;
  private final Client anyone;

  Inspection(EngineFixture world, Model model) {
    this.model = model;
    this.anyone = world.anonymous();
  }

  void compare() {
    compareAll();
    for (ModelObject object : model.objects.values()) {
      if (object instanceof ModelQueue queue) {
        compare(queue);
      } else if (object instanceof ModelLock lock) {
        compare(lock);
      } else if (object instanceof ModelReadWriteLock lock) {
        compare(lock);
      } else if (object instanceof ModelCondition condition) {
        assertThat(anyone.condition(condition.name).get().getWaiting())
            .isEqualTo(condition.line.size());
      } else if (object instanceof ModelEvent event) {
        assertThat(anyone.event(event.name).isSet().response().getSet()).isEqualTo(event.set);
      } else if (object instanceof ModelSemaphore semaphore) {
        compare(semaphore);
      } else if (object instanceof ModelLatch latch) {
        LatchGetResponse seen = anyone.latch(latch.name).get();
        assertThat(seen.getCount()).isEqualTo(latch.count);
        assertThat(seen.getWaiting()).isEqualTo(latch.line.size());
      } else if (object instanceof ModelBarrier barrier) {
        compare(barrier);
      } else if (object instanceof ModelDict dict) {
        compare(dict);
      } else if (object instanceof ModelNamespace namespace) {
        compare(namespace);
      } else if (object instanceof ModelList list) {
        compare(list);
      } else if (object instanceof ModelSharedMemory memory) {
        compare(memory);
      } else if (object instanceof ModelPool pool) {
        compare(pool);
      } else if (object instanceof ModelJob job) {
        compare(job);
      }
    }
  }

  /** What all objects have in common. */
  private void compareAll() {
    List<ObjectSummary> seen =
        anyone
            .call(
                "AdminService/List",
                AdminListRequest.getDefaultInstance(),
                AdminListResponse.getDefaultInstance())
            .response()
            .getObjectsList();
    assertThat(seen)
        .extracting(summary -> summary.getRef().getName())
        .containsExactlyElementsOf(model.objects.keySet());
    for (ObjectSummary summary : seen) {
      compare(summary, Objects.requireNonNull(model.objects.get(summary.getRef().getName())));
    }
  }

  private void compare(ObjectSummary summary, ModelObject object) {
    boolean counts = object.isReferenced();
    assertThat(summary.getRef().toBuilder().clearIncarnation().build()).isEqualTo(object.ref());
    assertThat(summary.getLifetime()).isEqualTo(object.lifetime);
    assertThat(summary.getWaiters()).isEqualTo(model.waitingFor(object));
    assertThat(summary.getStoredRefs()).isEqualTo(counts ? model.references.stored(object) : 0);
    assertThat(summary.getRetainingSessions())
        .isEqualTo(counts ? model.references.retaining(object) : 0);
    if (counts) {
      assertThat(retained(object.name))
          .containsExactlyElementsOf(
              model.references.counts(object).stream()
                  .map(count -> count == 1 ? "retained" : "retained " + count + " times")
                  .toList());
    }
    if (object instanceof ModelPipeEnd end) {
      assertThat(summary.getSummary())
          .isEqualTo(
              end.inbox.size()
                  + " messages, the other end is "
                  + (end.other == null ? "closed" : "'" + end.other.name + "'"));
    }
  }

  /** How often each session retains an object, in words. */
  private List<String> retained(String object) {
    return anyone.inspect(object).getHoldersList().stream()
        .map(Holder::getDetail)
        .filter(detail -> detail.startsWith("retained"))
        .toList();
  }

  private void compare(ModelDict dict) {
    List<ValueEntry> items = new ArrayList<>();
    String token = "";
    do {
      DictItemsResponse page = anyone.dict(dict.name).items(2, token).response();
      items.addAll(page.getItemsList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(items).isEqualTo(dict.list());
  }

  private void compare(ModelNamespace namespace) {
    assertThat(
            anyone
                .call(
                    "NamespaceService/Attributes",
                    NamespaceAttributesRequest.newBuilder().setNamespace(namespace.name).build(),
                    NamespaceAttributesResponse.getDefaultInstance())
                .response()
                .getAttributesList())
        .extracting(
            attribute ->
                ValueEntry.newBuilder()
                    .setKey(Plain.value(attribute.getName()))
                    .setValue(attribute.getValue())
                    .build())
        .isEqualTo(namespace.list());
  }

  private void compare(ModelList list) {
    assertThat(
            anyone
                .call(
                    "ListService/Slice",
                    ListSliceRequest.newBuilder().setList(list.name).build(),
                    ListSliceResponse.getDefaultInstance())
                .response()
                .getValuesList())
        .isEqualTo(list.values);
  }

  private void compare(ModelSharedMemory memory) {
    assertThat(anyone.inspect(memory.name).getHoldersList())
        .extracting(Holder::getDetail)
        .filteredOn(detail -> detail.equals("writes"))
        .hasSize(memory.writers());
  }

  private void compare(ModelPool pool) {
    PoolGetResponse seen = anyone.pool(pool.name).get();
    assertThat(seen.getWaiting()).isEqualTo(pool.waiting());
    assertThat(seen.getRunning()).isEqualTo(pool.runs.size());
    assertThat(seen.getWaitingTakes()).isEqualTo(pool.takers.size());
    assertThat(seen.getWaitingSubmits()).isEqualTo(pool.submitters.size());
    assertThat(seen.getPaused()).isEqualTo(pool.paused);
    assertThat(seen.getClosed()).isEqualTo(pool.closed);
    assertThat(seen.getBroken()).isEmpty();
  }

  private void compare(ModelJob job) {
    PoolGetJobResponse seen = anyone.pool(job.pool.name).getJob(job.name);
    assertThat(seen.getPool()).isEqualTo(job.pool.name);
    assertThat(seen.getSubmitted()).isEqualTo(job.last);
    assertThat(seen.getWaiting() + seen.getRunning()).isEqualTo(job.open.size());
    assertThat(seen.getResults()).isEqualTo(job.results.size());
    assertThat(seen.getSucceeded()).isEqualTo(job.succeeded);
    assertThat(seen.getFailed()).isEqualTo(job.failed);
    assertThat(seen.getWaitingResults()).isEqualTo(job.collectors.size());
  }

  private void compare(ModelQueue queue) {
    QueueListResponse seen =
        anyone
            .queue(queue.name)
            .list(QueueListRequest.newBuilder().setReturnPlaces(true).setReturnDetails(true))
            .response();
    List<ModelQueueItem> all = queue.stock.all();
    assertThat(seen.getItemsList()).isEqualTo(all.stream().map(item -> item.value).toList());
    assertThat(seen.getDetailsList())
        .extracting(Answers::plain)
        .isEqualTo(all.stream().map(ModelQueueItem::details).toList());
    assertThat(anyone.queue(queue.name).size()).isEqualTo(queue.size(model.now()));
    assertThat(ranks(seen.getPlacesList()))
        .isEqualTo(ranks(all.stream().map(item -> item.number).toList()));
  }

  /** Which is how high among all. */
  private static List<Integer> ranks(List<Long> numbers) {
    List<Long> sorted = numbers.stream().sorted().toList();
    return numbers.stream().map(sorted::indexOf).toList();
  }

  private void compare(ModelReadWriteLock lock) {
    ReadWriteLockGetResponse seen = anyone.readWriteLock(lock.name).get();
    assertThat(seen.hasWriter()).isEqualTo(lock.writer != null);
    assertThat(seen.getReading()).isEqualTo(lock.readers.size());
    assertThat(seen.getWaiting()).isEqualTo(lock.line.size());
    assertThat(anyone.inspect(lock.name).getHoldersList())
        .extracting(Holder::getDetail)
        .filteredOn(detail -> !detail.startsWith("retained"))
        .hasSize(lock.holds().size());
  }

  private void compare(ModelBarrier barrier) {
    BarrierGetResponse seen = anyone.barrier(barrier.name).get();
    assertThat(seen.getWaiting()).isEqualTo(Math.min(barrier.arrived.size(), barrier.parties()));
    assertThat(seen.getRound()).isEqualTo(barrier.round);
    assertThat(seen.getBroken()).isEqualTo(barrier.broken != null);
    if (barrier.broken != null) {
      assertThat(seen.getBrokenBy().getCause()).isEqualTo(barrier.broken.cause());
      assertThat(seen.getBrokenBy().getRound()).isEqualTo(barrier.broken.round());
    }
    assertThat(seen.hasRunner()).isEqualTo(barrier.running != null);
    assertThat(seen.getWaitersCount()).isEqualTo(barrier.arrived.size() + barrier.tripped.size());
  }

  private void compare(ModelSemaphore semaphore) {
    SemaphoreGetResponse seen = anyone.semaphore(semaphore.name).get();
    assertThat(seen.getPermits()).isEqualTo(semaphore.permits);
    assertThat(seen.getMaxPermits()).isEqualTo(semaphore.most());
    assertThat(seen.getBroken()).isEqualTo(semaphore.broken);
    assertThat(seen.getWaiting()).isEqualTo(semaphore.line.size());
    assertThat(seen.getHoldersCount()).isEqualTo(semaphore.holds.size());
    for (int i = 0; i < semaphore.holds.size(); i++) {
      ModelSemaphore.Hold hold = semaphore.holds.get(i);
      assertThat(seen.getHolders(i).getDetail())
          .startsWith("token " + (hold.token.number() == 0 ? "" : hold.token.number() + ", "))
          .contains(hold.permits == 1 ? ", 1 permit" : ", " + hold.permits + " permits");
      assertThat(seen.getHolders(i).getDetail().endsWith(", its session has ended"))
          .isEqualTo(hold.isKept());
    }
  }

  private void compare(ModelLock lock) {
    LockGetResponse seen = anyone.lock(lock.name).get();
    assertThat(seen.getHeld()).isEqualTo(lock.hold != null);
    if (lock.hold != null) {
      if (lock.hold.token.number() != 0) { // Else its owner ended before it was told.
        assertThat(seen.getToken()).isEqualTo(lock.hold.token.number());
      }
      assertThat(seen.getHolds()).isEqualTo(lock.hold.holds);
    }
    assertThat(seen.getWaitersCount()).isEqualTo(lock.line.size());
  }
}
