package dev.polyproc.server;

import dev.polyproc.internal.v1.NodeEvent;
import dev.polyproc.internal.v1.Origin;
import dev.polyproc.internal.v1.SegmentFailed;
import dev.polyproc.internal.v1.SegmentMade;
import dev.polyproc.server.memory.Reports;
import java.util.function.Consumer;

/** What became of segments of shared memory, as entries. */
record SegmentReports(Origin origin, Consumer<NodeEvent> submit) implements Reports {
  @Override
  public void made(long memory) {
    submit.accept(
        NodeEvent.newBuilder()
            .setSegmentMade(SegmentMade.newBuilder().setOrigin(origin).setMemory(memory))
            .build());
  }

  @Override
  public void failed(long memory, boolean isFull, String sentence) {
    submit.accept(
        NodeEvent.newBuilder()
            .setSegmentFailed(
                SegmentFailed.newBuilder()
                    .setOrigin(origin)
                    .setMemory(memory)
                    .setFull(isFull)
                    .setReason(sentence))
            .build());
  }
}
