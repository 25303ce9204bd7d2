package dev.polyproc.benchmarks;

import dev.polyproc.client.PolySharedArray;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.SharedMemoryLocateRequest;
import dev.polyproc.v1.SharedMemoryServiceGrpc;
import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How fast elements in shared memory are: in bulk beside a copy of an array, one by one beside an
 * array of the language's own; from Java and from Python.
 */
final class SharedMemoryRates {
  /** 64 MB of doubles: more than a processor's cache. */
  private static final int LENGTH = 8 << 20;

  private static final int MEGABYTES = LENGTH * Double.BYTES / 1_000_000;
  private static final int BATCH = 1_024;

  /** A copy of memory is what it is; a check of each call comes on top. */
  private static final double BULK = 0.7;

  private static final double ELEMENT_IN_ONE_STEP = 0.5;

  /** Beside an element of {@code multiprocessing.Array}, which takes a lock. */
  private static final double PYTHON_ELEMENT = 5;

  private final Path socket;
  private final Installation installation;

  SharedMemoryRates(Path socket, Installation installation) {
    this.socket = socket;
    this.installation = installation;
  }

  void run(Pace pace, Table table) throws Exception {
    try (Polyproc polyproc = Polyproc.connect("unix:" + socket);
        PolySharedArray numbers =
            polyproc.sharedArray("numbers", ElementType.ELEMENT_TYPE_FLOAT64, LENGTH);
        PolySharedArray counters =
            polyproc.sharedArray("counters", ElementType.ELEMENT_TYPE_INT64, BATCH)) {
      bulk(pace, table, numbers);
      inOneStep(pace, table, counters);
      elements(pace, table, numbers);
      python(pace, table);
      numbers.delete();
    }
  }

  private static void bulk(Pace pace, Table table, PolySharedArray numbers) throws Exception {
    double[] source = new double[LENGTH];
    double[] target = new double[LENGTH];
    new Race(
            pace,
            megabytes("System.arraycopy", () -> System.arraycopy(source, 0, target, 0, LENGTH)))
        .against(megabytes("bulk write, MB", () -> numbers.put(0, source, 0, LENGTH)), BULK)
        .against(megabytes("bulk read, MB", () -> numbers.get(0, target, 0, LENGTH)), BULK)
        .run(table, ", against System.arraycopy");
  }

  private static void inOneStep(Pace pace, Table table, PolySharedArray counters) throws Exception {
    AtomicLongArray own = new AtomicLongArray(BATCH);
    new Race(
            pace,
            elements(
                "AtomicLongArray",
                () -> {
                  for (int i = 0; i < BATCH; i++) {
                    own.getAndAdd(i, 1);
                  }
                }))
        .against(
            elements(
                "getAndAdd",
                () -> {
                  for (int i = 0; i < BATCH; i++) {
                    counters.getAndAdd(i, 1);
                  }
                }),
            ELEMENT_IN_ONE_STEP)
        .run(table, ", against AtomicLongArray");
  }

  private static void elements(Pace pace, Table table, PolySharedArray numbers) throws Exception {
    double[] own = new double[BATCH];
    DoubleBuffer view = numbers.asDoubleBuffer();
    Race race =
        new Race(
            pace,
            elements(
                "double[]",
                () -> {
                  for (int i = 0; i < BATCH; i++) {
                    own[i] += 1;
                  }
                }));
    race.besides(
        elements(
            "get and set by asDoubleBuffer",
            () -> {
              for (int i = 0; i < BATCH; i++) {
                view.put(i, view.get(i) + 1);
              }
            }));
    race.besides(
        elements(
            "getDouble and setDouble",
            () -> {
              for (int i = 0; i < BATCH; i++) {
                numbers.setDouble(i, numbers.getDouble(i) + 1);
              }
            }));
    race.run(table, ", against double[]");
  }

  private static Load megabytes(String name, OneAtATime.Step step) {
    return new Times(MEGABYTES, new OneAtATime(name, step));
  }

  private static Load elements(String name, OneAtATime.Step step) {
    return new Times(BATCH, new OneAtATime(name, step));
  }

  // Python.

  private void python(Pace pace, Table table) throws Exception {
    Optional<Path> python = Programs.find("python3");
    if (python.isEmpty()) {
      table.note("from Python", "skipped: there is no python3 on the PATH");
      return;
    }
    Progress.say("measuring shared memory from Python");
    for (String line : figures(pace, python.get())) {
      String[] parts = line.split("\t");
      String name = "Python: " + parts[0] + ", against " + parts[3];
      double here = Double.parseDouble(parts[2]);
      double other = Double.parseDouble(parts[4]);
      String figures =
          String.format(
              Locale.ROOT, "%,9.0f %s against %,9.0f: %.2f", here, parts[1], other, here / other);
      if (name.contains("bulk")) {
        table.ratio(name, figures, here / other, BULK);
      } else if (name.endsWith("multiprocessing.Array")) {
        table.ratio(name, figures, here / other, PYTHON_ELEMENT);
      } else {
        table.note(name, figures);
      }
    }
    Progress.clear();
  }

  private List<String> figures(Pace pace, Path python) throws Exception {
    String seconds =
        Double.toString(pace.rounds() * pace.windowNanos() / (double) TimeUnit.SECONDS.toNanos(1));
    Process process =
        new ProcessBuilder(
                python.toString(),
                installation.root().resolve("benchmarks/python/shared_memory.py").toString(),
                path(),
                seconds)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (var output = process.inputReader()) {
      List<String> lines = output.lines().toList();
      if (process.waitFor() != 0) {
        throw new IOException("Expected figures of Python, but it ended with an error");
      }
      return lines;
    } finally {
      process.destroy();
    }
  }

  private String path() throws Exception {
    try (Connection connection = new Connection(socket)) {
      return SharedMemoryServiceGrpc.newBlockingStub(connection.channel())
          .locate(SharedMemoryLocateRequest.newBuilder().setMemory("numbers").build())
          .getPath();
    }
  }
}
