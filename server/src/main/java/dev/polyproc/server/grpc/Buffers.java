package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.PooledByteBufAllocator;
import java.util.function.Consumer;

/**
 * The memory of the sockets, outside of the heap. The virtual machine ends a daemon whose heap is
 * full, but lets one go on that has no memory here, and half a second goes by with every attempt;
 * so that is for the daemon to notice.
 */
final class Buffers extends PooledByteBufAllocator {
  private static final int PAGE_BYTES = 8 << 10;

  /** Memory is taken in chunks of so many pages, as a power of two: 2 MiB. */
  private static final int MAX_ORDER = 8;

  private final Consumer<Throwable> outOfMemory;

  Buffers(Consumer<Throwable> outOfMemory) {
    // One arena of each kind, also of several event loops: their threads have caches of their own,
    // and with an arena for each of three loops 12 MiB more stayed after an attack.
    super(true, 1, 1, PAGE_BYTES, MAX_ORDER);
    this.outOfMemory = outOfMemory;
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    try {
      return super.newDirectBuffer(initialCapacity, maxCapacity);
    } catch (OutOfMemoryError e) {
      outOfMemory.accept(e);
      throw e;
    }
  }
}
