package dev.polyproc.server.engine.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.v1.LockGetResponse;
import dev.polyproc.v1.QueueSizeResponse;
import java.util.ArrayList;

/** Looks at every object as a reader does, and compares it with the model's. */
final class Inspection {
  private final EngineFixture world;
  private final Model model;
  private final Client anyone;

  Inspection(EngineFixture world, Model model) {
    this.world = world;
    this.model = model;
    this.anyone = world.anonymous();
  }

  void compare() {
    world.tick();
    model.tick(world.now());
    for (ModelObject object : model.objects.values()) {
      if (object instanceof ModelQueue queue) {
        compare(queue);
      } else if (object instanceof ModelLock lock) {
        compare(lock);
      } else if (object instanceof ModelEvent event) {
        assertThat(anyone.event(event.name).isSet().response().getSet()).isEqualTo(event.set);
      } else if (object instanceof ModelDict dict) {
        assertThat(anyone.dict(dict.name).items(0, "").response().getItemsList())
            .isEqualTo(new ArrayList<>(dict.entries.values()));
        assertThat(anyone.dict(dict.name).size()).isEqualTo(dict.entries.size());
      }
    }
  }

  private void compare(ModelQueue queue) {
    assertThat(anyone.queue(queue.name).list(0, "").response().getItemsList())
        .isEqualTo(queue.items.values().stream().map(ModelQueue.Item::value).toList());
    assertThat(anyone.queue(queue.name).size())
        .isEqualTo(
            QueueSizeResponse.newBuilder()
                .setSize(queue.items.size())
                .setReserved(queue.reservations.size())
                .setWaitingGets(queue.getters.size() + queue.busy.size())
                .setWaitingPuts(queue.putters.size())
                .setClosed(queue.closed)
                .build());
  }

  private void compare(ModelLock lock) {
    LockGetResponse seen = anyone.lock(lock.name).get();
    assertThat(seen.getHeld()).isEqualTo(lock.hold != null);
    if (lock.hold != null) {
      assertThat(seen.getToken()).isEqualTo(lock.hold.token.number());
      assertThat(seen.getHolds()).isEqualTo(lock.hold.holds);
    }
    assertThat(seen.getWaitersCount()).isEqualTo(lock.line.size());
  }
}
