package dev.polyproc.integration;

import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MEMORY_FULL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictServiceGrpc;
import dev.polyproc.v1.DictSetRequest;
import dev.polyproc.v1.Value;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Daemons with the collectors that this virtual machine has. */
final class CollectorsIT {
  @TempDir Path folder;

  private static boolean isThere(String collector) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(java, collector, "-version")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  /**
   * Each value is a little larger than half a region, a region, or two: what it takes is up to
   * twice its size.
   */
  @ParameterizedTest
  @CsvSource({
    "-XX:+UseG1GC, 540000",
    "-XX:+UseShenandoahGC, 270000",
    "-XX:+UseZGC, 4200000",
  })
  void shouldRefuseValuesBeforeTheHeapIsFull(String collector, int bytes) throws Exception {
    assumeTrue(isThere(collector), "this virtual machine has no " + collector);
    Value value = Value.newBuilder().setBytes(ByteString.copyFrom(new byte[bytes])).build();
    try (DaemonProcess daemon =
            Launch.in(folder.resolve("home")).javaOptions("-Xmx256m " + collector).start();
        Client client = Client.over(daemon.socket())) {
      DictServiceGrpc.DictServiceBlockingStub dicts =
          DictServiceGrpc.newBlockingStub(client.channel());
      dicts.create(DictCreateRequest.newBuilder().setDict("values").build());
      int[] kept = new int[1];
      assertThat(
              Refusal.reasonOf(
                  () -> {
                    while (true) {
                      var unused = dicts.set(set("key-" + kept[0], value));
                      kept[0]++;
                    }
                  }))
          .isEqualTo(ERROR_REASON_MEMORY_FULL);
      assertThat(kept[0]).isGreaterThan(10);

      for (int i = 0; i < 2 * kept[0]; i++) {
        var unused = dicts.set(set("key-" + i % (kept[0] - 1), value));
      }

      assertThat(daemon.log()).isEmpty();
    }
  }

  @Test
  void shouldRefuseLimitsThatFitTheHeapOnlyWithoutRegions() {
    Launch launch = Launch.in(folder.resolve("home")).flags("--limit", "stored_bytes=150000000");

    Launch.Outcome refused = launch.javaOptions("-Xmx256m -XX:+UseG1GC").run();

    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.errors())
        .contains("to be at most the 134217728 bytes together that the heap has room for")
        .contains("POLYPROCD_JAVA_OPTIONS=-Xmx");
    try (DaemonProcess daemon = launch.javaOptions("-Xmx256m -XX:+UseSerialGC").start()) {
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  @Test
  void shouldRefuseAHeapThatHasHardlyRoomForTheDaemon() {
    Launch.Outcome refused = Launch.in(folder.resolve("home")).javaOptions("-Xmx12m").run();

    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.errors()).contains("Expected a heap of at least 16 MB, but it has ");
    try (DaemonProcess daemon = Launch.in(folder.resolve("home")).javaOptions("-Xmx16m").start()) {
      assertThat(daemon.isAlive()).isTrue();
    }
  }

  private static DictSetRequest set(String key, Value value) {
    return DictSetRequest.newBuilder()
        .setDict("values")
        .setKey(Value.newBuilder().setText(key))
        .setValue(value)
        .build();
  }
}
