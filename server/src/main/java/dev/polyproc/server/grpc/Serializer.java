package dev.polyproc.server.grpc;

import com.google.protobuf.MessageLite;
import dev.polyproc.server.memory.IdlingThread;
import java.util.concurrent.Executor;

/**
 * Serializes large messages on a thread of its own, one after the other. gRPC serializes a message
 * in one step: one of 64 MiB would keep all others of its event loop waiting for 100 ms and more.
 *
 * <p>Thread-safe.
 */
final class Serializer {
  /** The loops serialize up to so many bytes themselves, which takes some milliseconds at most. */
  private static final int LARGE_BYTES = 4 << 20;

  private final Executor thread = IdlingThread.named("polyproc-serializer");

  /** Whether a message is for this thread; its size is known by then, and not counted again. */
  static boolean isLarge(Object message) {
    return message instanceof MessageLite some && some.getSerializedSize() > LARGE_BYTES;
  }

  /** Runs a task after those that it was given before. */
  void execute(Runnable task) {
    thread.execute(task);
  }
}
