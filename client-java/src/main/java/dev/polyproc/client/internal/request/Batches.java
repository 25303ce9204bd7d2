package dev.polyproc.client.internal.request;

import com.google.protobuf.MessageLite;
import dev.polyproc.v1.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Collects what is to be sent, and sends it in as few calls as the daemon's limits allow. */
public final class Batches<M extends MessageLite> {
  private final int mostElements;
  private final long mostBytes;
  private final Consumer<List<M>> send;
  private final List<M> batch = new ArrayList<>();
  private long bytes;

  /**
   * @param send makes the call for some elements, and is done with the list when it returns
   */
  public Batches(Limits limits, Consumer<List<M>> send) {
    this.mostElements = Math.max(1, limits.getPageSize());
    this.mostBytes = Math.min(limits.getPageBytes(), limits.getRequestBytes() / 2);
    this.send = send;
  }

  /** Adds an element; sends those before it if they would be too many with it. */
  public void add(M element) {
    int size = element.getSerializedSize();
    if (batch.size() == mostElements || (!batch.isEmpty() && bytes + size > mostBytes)) {
      flush();
    }
    batch.add(element);
    bytes += size;
  }

  /** Sends what is left. */
  public void flush() {
    if (!batch.isEmpty()) {
      send.accept(batch);
      batch.clear();
      bytes = 0;
    }
  }
}
