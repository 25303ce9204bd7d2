package dev.polyproc.server;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryManagerMXBean;
import java.util.Set;

/** The heap of the virtual machine, of which the limits are shares. */
final class Heap {
  /**
   * Whether it is divided into regions, where whoever started the virtual machine knows: to ask for
   * its collector takes a tenth of the daemon's start.
   */
  private static final String DIVIDED = "polyproc.heap.divided";

  /**
   * Of a heap of 16 MB, with which the daemon has room for itself; a collector keeps some of it.
   */
  private static final long LEAST = 15L << 20;

  /** The parts of the serial and of the parallel collector, which put a value anywhere. */
  private static final Set<String> UNDIVIDED =
      Set.of("Copy", "MarkSweepCompact", "PS Scavenge", "PS MarkSweep");

  private Heap() {}

  /** The most bytes that it can grow to. */
  static long most() {
    return Runtime.getRuntime().maxMemory();
  }

  /**
   * Refuses one that has hardly room for the daemon itself.
   *
   * @throws IllegalArgumentException with a sentence
   */
  static void requireLeast() {
    if (most() < LEAST) {
      throw new IllegalArgumentException(
          "Expected a heap of at least 16 MB, but it has "
              + most()
              + " bytes; give more with POLYPROCD_JAVA_OPTIONS=-Xmx…");
    }
  }

  /**
   * How many bytes can be given away in shares. Half of them where the collector divides the heap
   * into regions, as those of G1, Shenandoah and ZGC do: a value that is a little larger than a
   * region takes two.
   */
  static long room() {
    return isDivided() ? most() / 2 : most();
  }

  private static boolean isDivided() {
    String told = System.getProperty(DIVIDED);
    return told == null
        ? !ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(MemoryManagerMXBean::getName)
            .allMatch(UNDIVIDED::contains)
        : Boolean.parseBoolean(told);
  }
}
