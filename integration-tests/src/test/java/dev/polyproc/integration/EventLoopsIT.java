package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.QueueGetRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Connections of several event loops. */
final class EventLoopsIT {
  private static final int LOOPS = 3;
  private static final int CLIENTS = 6;

  @Test
  void shouldServeConnectionsByAsManyThreadsAsAskedFor() {
    try (DaemonProcess daemon = start(LOOPS)) {
      List<Client> clients = new ArrayList<>();
      try {
        for (int i = 0; i < CLIENTS; i++) {
          Client client = Client.over(daemon.socket());
          clients.add(client);
          var created =
              client.queues().create(QueueCreateRequest.newBuilder().setQueue("q").build());
        }
        assertThat(loops(daemon)).isEqualTo(LOOPS);
      } finally {
        clients.forEach(Client::close);
      }
    }
  }

  @Test
  void shouldServeAllConnectionsByOneThreadWhereAskedFor() {
    try (DaemonProcess daemon = start(1);
        Client one = Client.over(daemon.socket());
        Client other = Client.over(daemon.socket())) {
      for (Client client : List.of(one, other)) {
        var created = client.queues().create(QueueCreateRequest.newBuilder().setQueue("q").build());
      }
      assertThat(loops(daemon)).isEqualTo(1);
    }
  }

  /** A token goes round from queue to queue: each client waits for one that another puts. */
  @Test
  void shouldWakeWhoWaitsOnAnotherLoop() throws Exception {
    int rounds = 500;
    try (DaemonProcess daemon = start(LOOPS)) {
      ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
      List<Client> clients = new ArrayList<>();
      try {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          Client client = Client.over(daemon.socket());
          clients.add(client);
          var created =
              client.queues().create(QueueCreateRequest.newBuilder().setQueue("ring" + i).build());
        }
        for (int i = 0; i < CLIENTS; i++) {
          Client client = clients.get(i);
          String from = "ring" + i;
          String to = "ring" + (i + 1) % CLIENTS;
          all.add(threads.submit(() -> passOn(client, from, to, rounds)));
        }
        put(clients.get(0), "ring0", 0);
        for (Future<?> each : all) {
          each.get();
        }
        assertThat(get(clients.get(0), "ring0")).isEqualTo((long) rounds * CLIENTS);
      } finally {
        threads.shutdownNow();
        clients.forEach(Client::close);
      }
    }
  }

  private static void passOn(Client client, String from, String to, int rounds) {
    for (int i = 0; i < rounds; i++) {
      put(client, to, get(client, from) + 1);
    }
  }

  private static void put(Client client, String queue, long number) {
    var done =
        client
            .queues()
            .put(
                QueuePutRequest.newBuilder()
                    .setQueue(queue)
                    .setItem(Value.newBuilder().setInt(number))
                    .build());
  }

  private static long get(Client client, String queue) {
    return client
        .queues()
        .get(QueueGetRequest.newBuilder().setQueue(queue).build())
        .getItem()
        .getInt();
  }

  /** Whoever is told first that it was attached, the later one stays. */
  @Test
  void shouldKeepTheLaterOfTwoAttachmentsThatComeTogether() {
    try (DaemonProcess daemon = start(LOOPS);
        Client one = Client.over(daemon.socket());
        Client other = Client.over(daemon.socket())) {
      var created = one.queues().create(QueueCreateRequest.newBuilder().setQueue("q").build());
      String session = one.openSession();
      long number = 0;
      for (int sequence = 1; sequence <= 200; sequence++) {
        Attachment older = one.attach(session, ++number);
        Attachment later = other.attach(session, ++number).awaitAttached();

        assertThat(
                later
                    .ask(sequence, QueueServiceGrpc.getPutMethod(), Requests.put("q", 1))
                    .getAccepted())
            .isTrue();
        older.close();
        later.close();
      }
    }
  }

  @Test
  void shouldSayWhatNumberOfThreadsItTakes() {
    for (String wrong : List.of("0", "65", "many", "")) {
      Launch.Outcome outcome = Launch.inPrivateFolder().flags("--io-threads", wrong).run();
      assertThat(outcome.exit()).isEqualTo(2);
      assertThat(outcome.errors())
          .contains("Expected --io-threads from 1 to 64, but it is '" + wrong + "'");
    }
  }

  private static DaemonProcess start(int loops) {
    return Launch.inPrivateFolder().flags("--io-threads", String.valueOf(loops)).start();
  }

  private static long loops(DaemonProcess daemon) {
    return daemon.threads("polyproc-loop");
  }
}
