package dev.polyproc.integration;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * What a daemon has of everything that can run out: bytes of the heap that are in use after a
 * collection, bytes of direct buffers, open descriptors, threads.
 */
record Vitals(long heap, long direct, int descriptors, int threads) {
  private static final int MIB = 1 << 20;

  /**
   * What may be more than before though nothing is kept: classes that were loaded, and caches of
   * protobuf and gRPC, in the heap; of direct memory three chunks of Netty's pool (2 MiB each),
   * which keeps a chunk while a buffer of it is in use by others or in the event loop's cache;
   * descriptors of a new connection of the bystander and of a file that is being read; threads of
   * the virtual machine that come and go.
   */
  private static final Vitals TOLERANCE = new Vitals(6 * MIB, 6 * MIB + MIB / 2, 5, 5);

  /** The agent, made once for all tests of this virtual machine. */
  private static final class Agent {
    private static final Path JAR = jar();
  }

  /** Those of a daemon, now. */
  static Vitals of(DaemonProcess daemon) {
    try {
      Path file = Files.createTempFile("polyproc-vitals-", ".txt");
      VirtualMachine machine = VirtualMachine.attach(Long.toString(daemon.pid()));
      try {
        machine.loadAgent(Agent.JAR.toString(), file.toString());
      } finally {
        machine.detach();
      }
      List<String> lines = Files.readAllLines(file);
      Files.delete(file);
      return new Vitals(
          Long.parseLong(lines.get(0)),
          Long.parseLong(lines.get(1)),
          descriptors(daemon),
          Integer.parseInt(lines.get(2)));
    } catch (IOException
        | AttachNotSupportedException
        | AgentLoadException
        | AgentInitializationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int descriptors(DaemonProcess daemon) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + daemon.pid() + "/fd"))) {
      return (int) open.count();
    }
  }

  /** Whether these are as the earlier ones, but for what need not be given back. */
  boolean areBackAt(Vitals before) {
    return heap <= before.heap + TOLERANCE.heap
        && direct <= before.direct + TOLERANCE.direct
        && descriptors <= before.descriptors + TOLERANCE.descriptors
        && threads <= before.threads + TOLERANCE.threads;
  }

  private static Path jar() {
    try {
      Path jar = Files.createTempFile("polyproc-vitals-", ".jar");
      jar.toFile().deleteOnExit();
      Manifest manifest = new Manifest();
      manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
      manifest.getMainAttributes().putValue("Agent-Class", VitalsAgent.class.getName());
      String name = VitalsAgent.class.getName().replace('.', '/') + ".class";
      try (OutputStream file = Files.newOutputStream(jar);
          JarOutputStream entries = new JarOutputStream(file, manifest);
          InputStream code = VitalsAgent.class.getClassLoader().getResourceAsStream(name)) {
        if (code == null) {
          throw new IllegalStateException("Expected the class " + name);
        }
        entries.putNextEntry(new ZipEntry(name));
        code.transferTo(entries);
        entries.closeEntry();
      }
      return jar;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return String.format(
        "%.1f MiB of heap, %.1f MiB of direct memory, %d descriptors, %d threads",
        (double) heap / MIB, (double) direct / MIB, descriptors, threads);
  }
}
