package dev.polyproc.server.engine.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.QueueCalls;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueueUnfinished;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Unfinished items where somebody waits to put more. */
final class JoinTest {
  private final EngineFixture world = new EngineFixture();
  private final QueueCalls worker = world.session("worker").queue("jobs");
  private final QueueCalls other = world.session("other").queue("jobs");

  private void create(int maxsize, int maxOutPerKey) {
    worker
        .create(
            QueueCreateRequest.newBuilder()
                .setMaxsize(maxsize)
                .setMaxOutPerKey(maxOutPerKey)
                .setUnfinished(QueueUnfinished.QUEUE_UNFINISHED_RETURN))
        .response();
  }

  @Test
  void shouldJoinBeforeWhoWaitsToPutIsServed() {
    create(2, 0);
    worker.put(1).response();
    var many = other.putMany(List.of(2, 3), null);
    var join = other.join();
    assertThat(join.isWaiting()).isTrue();

    worker.remove(1).response();

    assertThat(join.response().getJoined()).isTrue();
    assertThat(many.response().getAccepted()).isTrue();
  }

  @Test
  void shouldTellHowManyAreUnfinishedBeforeWhoWaitsToPutIsServed() {
    create(1, 1);
    worker.put(1, key()).response();
    long first = worker.reserve().response().getReservation();
    worker.put(2, key()).response();
    var getting = other.get();
    var putting = other.put(3);
    assertThat(getting.isWaiting()).isTrue();
    assertThat(putting.isWaiting()).isTrue();

    assertThat(worker.taskDone(first).response().getUnfinished()).isEqualTo(1);

    assertThat(putting.response().getAccepted()).isTrue();
    assertThat(worker.size().getUnfinished()).isEqualTo(2);
  }

  private static QueueItemOptions.Builder key() {
    return QueueItemOptions.newBuilder().setKey("a");
  }
}
