package dev.polyproc.client;

import io.grpc.ManagedChannel;
import java.util.ServiceLoader;

/**
 * A daemon inside this JVM, as {@link Polyproc#embedded} finds it: of {@code polyproc-embedded}.
 */
public interface Embedded extends AutoCloseable {
  /** Starts such daemons; found through {@link ServiceLoader}. */
  interface Provider {
    /** A daemon of its own, on the real clock. */
    Embedded start();
  }

  /** A way to it. */
  ManagedChannel newChannel();

  /** Ends it, with all that it holds. */
  @Override
  void close();
}
