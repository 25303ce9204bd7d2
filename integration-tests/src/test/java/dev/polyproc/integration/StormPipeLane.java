package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.client.PolyPipe;
import dev.polyproc.client.Polyproc;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;

/** Messages through a pipe, both ways: all of them, in order, none twice. */
final class StormPipeLane implements StormLane {
  private static final int MESSAGES = 150;

  private final PolyPipe<Long> near;
  private final PolyPipe<Long> far;
  private final List<Long> arrived = new ArrayList<>();
  private final List<Long> returned = new ArrayList<>();

  StormPipeLane(String seed, Polyproc first, Polyproc second) {
    this.near = first.pipe(seed + "/pipe", Long.class);
    this.far = second.pipe(seed + "/pipe", Long.class);
  }

  @Override
  public List<Task> tasks() {
    return List.of(this::send, this::echo, this::receive);
  }

  private void send() throws InterruptedException {
    for (long i = 0; i < MESSAGES; i++) {
      near.first().send(i);
    }
  }

  private void echo() throws InterruptedException {
    for (int i = 0; i < MESSAGES; i++) {
      Long message = Objects.requireNonNull(far.second().receive());
      arrived.add(message);
      far.second().send(message);
    }
  }

  private void receive() throws InterruptedException {
    for (int i = 0; i < MESSAGES; i++) {
      returned.add(near.first().receive());
    }
  }

  @Override
  public void check() {
    List<Long> all = LongStream.range(0, MESSAGES).boxed().toList();
    assertThat(arrived).isEqualTo(all);
    assertThat(returned).isEqualTo(all);
  }
}
