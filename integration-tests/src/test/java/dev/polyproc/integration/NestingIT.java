package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.polyproc.client.Codec;
import dev.polyproc.client.PolyDict;
import dev.polyproc.client.PolyList;
import dev.polyproc.client.Polyproc;
import dev.polyproc.v1.AdminListRequest;
import dev.polyproc.v1.AdminServerInfoRequest;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.Usage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Objects in objects, from several languages, and what becomes of them. */
@Timeout(120)
final class NestingIT {
  private static final int VALUES = 500;
  private static final int CLIENTS = 4;
  private static final int OBJECTS = 100_000;

  @RegisterExtension static final SharedDaemon daemon = SharedDaemon.with();

  private Polyproc java;
  private Client stubs;

  @BeforeEach
  void connect() {
    java = Polyproc.connect("unix:" + daemon.get().socket());
    stubs = daemon.client();
  }

  @AfterEach
  void disconnect() {
    java.close();
    stubs.close();
  }

  private static Process python(String... arguments) throws IOException {
    Path python = Launch.root().resolve(".tools/python/bin/python");
    Path generated = Launch.root().resolve("examples/wordcount/python/stubs");
    assumeTrue(Files.isExecutable(python) && Files.isDirectory(generated), "Python is not set up");
    List<String> command = new ArrayList<>();
    command.add(python.toString());
    command.add(
        Launch.root().resolve("integration-tests/src/test/resources/nesting.py").toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PYTHONPATH", generated.toString());
    builder.environment().put("POLYPROC_ADDRESS", "unix:" + daemon.get().socket());
    return builder.start();
  }

  private long named(String prefix) {
    return AdminServiceGrpc.newBlockingStub(stubs.channel())
        .list(AdminListRequest.newBuilder().setPrefix(prefix).build())
        .getObjectsCount();
  }

  private Usage usage() {
    return AdminServiceGrpc.newBlockingStub(stubs.channel())
        .serverInfo(AdminServerInfoRequest.getDefaultInstance())
        .getUsage();
  }

  @Test
  void shouldBeChangedFromJavaAndFromPythonAtOnce() throws Exception {
    PolyDict<String, PolyDict<String, PolyList<Long>>> outer =
        java.dict("outer", Codec.STRING, java.dicts(Codec.STRING, java.lists(Codec.LONG)));
    PolyDict<String, PolyList<Long>> middle = java.newDict(Codec.STRING, java.lists(Codec.LONG));
    middle.put("list", java.newList(Codec.LONG));
    outer.put("middle", middle);

    Process python = python("append", "outer", Integer.toString(VALUES));
    for (long value = 0; value < VALUES; value++) {
      Objects.requireNonNull(Objects.requireNonNull(outer.get("middle")).get("list")).add(value);
    }
    String printed = new String(python.getInputStream().readAllBytes());
    assertThat(python.waitFor()).as(printed).isZero();

    PolyList<Long> list = Objects.requireNonNull(middle.get("list"));
    assertThat(list).hasSize(2 * VALUES);
    assertThat(list.stream().mapToLong(Long::longValue).sum())
        .isEqualTo((long) VALUES * (VALUES - 1));
    outer.clear();
    java.close();
    await().until(() -> named("list-") + named("dict-") == 0);
  }

  @Test
  void shouldDropTheRefsOfAKilledClient() throws Exception {
    Process python = python("hold", "held");
    try (BufferedReader printed = python.inputReader()) {
      assertThat(printed.readLine()).isEqualTo("held");
      assertThat(named("held")).isEqualTo(1);

      Signals.send("KILL", python.pid());

      await().atMost(5, TimeUnit.SECONDS).until(() -> named("held") == 0);
    } finally {
      python.destroyForcibly();
    }
  }

  @Test
  void shouldLeaveNothingOfWhatCameAndWent() throws Exception {
    Usage before = usage();
    List<Thread> threads = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
      threads.add(
          new Thread(
              () -> {
                try (Polyproc client = Polyproc.connect("unix:" + daemon.get().socket())) {
                  for (int made = 0; made < OBJECTS / CLIENTS; made++) {
                    PolyList<Long> list = client.newList(Codec.LONG);
                    client.drop(list);
                  }
                  done.countDown();
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(done.getCount()).isZero();
    Usage after = usage();
    assertThat(after.getEntries() - before.getEntries()).isGreaterThan(2L * OBJECTS);
    assertThat(after.getObjects()).isEqualTo(before.getObjects());
    assertThat(after.getSessions()).isEqualTo(before.getSessions());
    assertThat(after.getStoredBytes()).isLessThanOrEqualTo(before.getStoredBytes());
  }
}
