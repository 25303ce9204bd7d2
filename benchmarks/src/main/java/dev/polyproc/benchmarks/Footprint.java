package dev.polyproc.benchmarks;

import com.google.protobuf.Duration;
import dev.polyproc.client.PolyQueue;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.QueueSizeRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the daemon takes: resident memory when nobody calls, and the live heap for each thing it
 * holds. The live heap is what jcmd counts after a full collection.
 */
final class Footprint {
  private static final int CLIENTS = 50;
  private static final int CALLS_OF_A_CONNECTION = 5_000;
  private static final int ITEMS_PER_OBJECT = 25;

  private final Path folder;
  private final Installation installation;

  Footprint(Path folder, Installation installation) {
    this.folder = folder;
    this.installation = installation;
  }

  void run(Pace pace, Table table) throws Exception {
    Path socket = folder.resolve("footprint.sock");
    try (ServerProcess daemon = ServerProcess.daemon(socket, installation.daemon()).awaitSocket()) {
      Progress.say("measuring what the daemon takes");
      try (ClientLoads first = new ClientLoads(socket)) {
        first.putAndTake().perSecond(1);
      }
      long idle = live(daemon);
      table.note(
          "idle daemon",
          String.format(
              Locale.ROOT, "%.0f MB resident, %.1f MB live heap", resident(daemon), idle / 1e6));
      sessions(daemon, pace.objects(), table);
      clients(daemon, table);
      items(daemon, pace.objects() * ITEMS_PER_OBJECT, table);
      waiters(daemon, pace.objects(), table);
      unaryWaiters(daemon, Math.min(CALLS_OF_A_CONNECTION, pace.objects()), table);
    }
    Progress.clear();
  }

  /** Megabytes that a daemon with these arguments of its JVM takes after its first calls. */
  double idle(List<String> java) throws Exception {
    Path socket = folder.resolve("idle.sock");
    try (ServerProcess daemon = ServerProcess.daemon(socket, java).awaitSocket()) {
      try (ClientLoads first = new ClientLoads(socket)) {
        first.putAndTake().perSecond(1);
      }
      return resident(daemon);
    }
  }

  private static void sessions(ServerProcess daemon, int count, Table table) throws Exception {
    long before = live(daemon);
    try (Connection connection = new Connection(daemon.socket())) {
      var sessions = SessionServiceGrpc.newBlockingStub(connection.channel());
      SessionOpenRequest request =
          SessionOpenRequest.newBuilder()
              .setClient("bench")
              .setTimeToLive(Duration.newBuilder().setSeconds(10))
              .build();
      for (int i = 0; i < count; i++) {
        var unused = sessions.open(request);
      }
      each(table, "session", live(daemon) - before, count);
    }
  }

  private static void clients(ServerProcess daemon, Table table) throws Exception {
    long before = live(daemon);
    List<Polyproc> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(Polyproc.connect("unix:" + daemon.socket()));
    }
    each(table, "session, stream and connection", live(daemon) - before, CLIENTS);
    clients.forEach(Polyproc::close);
  }

  private static void items(ServerProcess daemon, int count, Table table) throws Exception {
    long before = live(daemon);
    try (ClientLoads client = new ClientLoads(daemon.socket())) {
      client.putMany(count);
    }
    each(table, "queued item of 100 bytes", live(daemon) - before, count);
  }

  private static void waiters(ServerProcess daemon, int count, Table table) throws Exception {
    try (Polyproc client = Polyproc.connect("unix:" + daemon.socket())) {
      PolyQueue<byte[]> empty = client.queue("empty", byte[].class);
      long before = live(daemon);
      for (int i = 0; i < count; i++) {
        var unused = empty.takeAsync();
      }
      while (empty.status().getWaitingGets() < count) {
        Thread.onSpinWait();
      }
      each(table, "waiting get", live(daemon) - before, count);
    }
  }

  private static void unaryWaiters(ServerProcess daemon, int count, Table table) throws Exception {
    try (Connection connection = new Connection(daemon.socket())) {
      var queues = QueueServiceGrpc.newFutureStub(connection.channel());
      queues.create(QueueCreateRequest.newBuilder().setQueue("unary").build()).get();
      long before = live(daemon);
      for (int i = 0; i < count; i++) {
        var unused = queues.get(QueueGetRequest.newBuilder().setQueue("unary").build());
      }
      QueueSizeRequest size = QueueSizeRequest.newBuilder().setQueue("unary").build();
      while (queues.size(size).get().getWaitingGets() < count) {
        Thread.onSpinWait();
      }
      each(table, "waiting get, unary", live(daemon) - before, count);
    }
  }

  private static void each(Table table, String what, long bytes, int count) {
    table.note(what, String.format(Locale.ROOT, "%,d bytes of heap", bytes / count));
  }

  /** The live heap: the histogram's last line counts it all, after a full collection. */
  private static long live(ServerProcess daemon) throws IOException, InterruptedException {
    List<String> histogram = daemon.ask("GC.class_histogram");
    String total = histogram.get(histogram.size() - 1).strip();
    return Long.parseLong(total.split("\\s+")[2]);
  }

  /** Resident memory in MB. */
  private static double resident(ServerProcess daemon) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D+", "")) / 1e3;
      }
    }
    throw new IOException("Expected VmRSS of process " + daemon.pid());
  }
}
