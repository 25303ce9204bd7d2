package dev.polyproc.integration;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Loaded into a daemon to tell what only its own virtual machine knows. It leaves no thread and no
 * socket behind, as JMX would.
 */
public final class VitalsAgent {
  private VitalsAgent() {}

  /**
   * Collects garbage, and writes the bytes of the heap, those of direct buffers and the number of
   * threads, a line each.
   */
  public static void agentmain(String file) throws IOException {
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    Files.writeString(Path.of(file), heap + "\n" + direct + "\n" + threads + "\n");
  }
}
