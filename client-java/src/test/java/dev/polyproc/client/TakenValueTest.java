package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.polyproc.client.internal.value.Values;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a call took away is in the exception that says that it cannot be read. */
@Timeout(30)
class TakenValueTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private static final Value TEXT = Codec.STRING.encode("seven");
  private static final Value LIST = Codec.ANY.encode(List.of(1L, "two"));

  private static final Codec<Long> FAULTY =
      new Codec<>() {
        @Override
        public Value encode(Long number) {
          return Codec.LONG.encode(number);
        }

        @Override
        public Long decode(Value value) {
          throw new IllegalStateException("a bug in \u001b[2J");
        }
      };

  private final Polyproc polyproc = DAEMON.connect();

  private static void assertTook(Value value, ThrowingCallable call) {
    assertTook(value, catchThrowableOfType(UnexpectedValueException.class, call));
  }

  private static void assertTook(Value value, Throwable thrown) {
    assertThat(thrown)
        .isInstanceOfSatisfying(
            UnexpectedValueException.class, e -> assertThat(e.value()).isEqualTo(value))
        .hasMessageStartingWith("Expected ")
        .hasMessageEndingWith(
            "; the call has taken effect all the same, and value() of this exception is what it"
                + " took");
  }

  @Test
  void shouldHaveWhatADictHadBefore() {
    PolyDict<String, Value> raw =
        polyproc.dict(DictCreateRequest.getDefaultInstance(), Codec.STRING, Codec.of(Value.class));
    PolyDict<String, Long> dict = polyproc.dict(raw.name(), String.class, Long.class);
    raw.set("k", TEXT);
    assertTook(TEXT, () -> dict.put("k", 1L));
    assertThat(dict.get("k")).isEqualTo(1);
    raw.set("k", TEXT);
    assertTook(TEXT, Failure.of(dict.putAsync("k", 1L)));
    raw.set("k", TEXT);
    assertTook(TEXT, () -> dict.replace("k", 2L));
    assertThat(dict.get("k")).isEqualTo(2);
    raw.set("k", TEXT);
    assertTook(TEXT, () -> dict.remove("k"));
    assertThat(dict).isEmpty();
    raw.set("k", TEXT);
    assertTook(
        Values.ofEntry(
            dev.polyproc.v1.ValueEntry.newBuilder()
                .setKey(Codec.STRING.encode("k"))
                .setValue(TEXT)
                .build()),
        dict::pollFirstEntry);
    assertThat(dict).isEmpty();
  }

  @Test
  void shouldHaveTheElementThatAListHadBefore() {
    PolyList<Value> raw =
        polyproc.list(ListCreateRequest.getDefaultInstance(), Codec.of(Value.class));
    PolyList<List<Long>> list = polyproc.list(raw.name(), Codec.list(Codec.LONG));
    raw.addAll(List.of(LIST, LIST, LIST));
    assertTook(LIST, () -> list.set(0, List.of()));
    assertThat(list.get(0)).isEmpty();
    assertTook(LIST, () -> list.remove(1));
    assertTook(LIST, Failure.of(list.removeAsync(1)));
    assertThat(list.size()).isEqualTo(1);
  }

  @Test
  void shouldHaveTheItemThatNoCodecReads() throws Exception {
    PolyQueue<Value> raw =
        polyproc.queue(QueueCreateRequest.getDefaultInstance(), Codec.of(Value.class));
    PolyQueue<Long> queue = polyproc.queue(raw.name(), FAULTY);
    for (int i = 0; i < 6; i++) {
      raw.put(TEXT);
    }
    assertTook(TEXT, queue::take);
    assertTook(TEXT, queue::poll);
    assertTook(TEXT, Failure.of(queue.takeAsync()));
    List<Long> many = queue.getMany(1);
    assertTook(TEXT, () -> many.get(0));
    UnexpectedValueException drained =
        catchThrowableOfType(
            UnexpectedValueException.class, () -> queue.drainTo(new ArrayList<>()));
    assertTook(TEXT, drained);
    assertThat(drained.getSuppressed()).hasSize(1);
    assertThat(drained)
        .hasMessageContaining("a bug in \\u{1b}[2J")
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(raw).isEmpty();
  }

  @Test
  void shouldHaveTheMessageOfAPipe() throws Exception {
    PolyPipe<Value> pipe = polyproc.pipe("wire", Codec.of(Value.class));
    pipe.first().send(TEXT);
    PolyPipeEnd<Long> end = polyproc.pipeEnd(pipe.second().name(), Codec.LONG);
    assertTook(TEXT, end::receive);
  }
}
