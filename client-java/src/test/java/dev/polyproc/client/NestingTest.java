package dev.polyproc.client;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.polyproc.client.internal.value.Values;
import dev.polyproc.testing.DaemonProcess;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ErrorReason;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class NestingTest {
  @RegisterExtension static final DaemonProcess DAEMON = new DaemonProcess();

  private Polyproc near;
  private Polyproc far;

  @BeforeEach
  void connect() {
    near = Polyproc.connect(DAEMON.address());
    far = Polyproc.connect(DAEMON.address());
  }

  @AfterEach
  void close() {
    near.close();
    far.close();
  }

  private static PolyDict<String, PolyDict<String, PolyList<Long>>> outer(Polyproc of) {
    return of.dict(
        DictCreateRequest.newBuilder().setDict("nested").build(),
        Codec.STRING,
        of.dicts(Codec.STRING, of.lists(Codec.LONG)));
  }

  private static PolyList<Long> list(PolyDict<String, PolyDict<String, PolyList<Long>>> outer) {
    return requireNonNull(requireNonNull(outer.get("middle")).get("list"));
  }

  @Test
  void shouldBeLiveThreeDeep() {
    PolyDict<String, PolyDict<String, PolyList<Long>>> here = outer(near);
    PolyDict<String, PolyList<Long>> middle = near.newDict(Codec.STRING, near.lists(Codec.LONG));
    PolyList<Long> list = near.newList(Codec.LONG);
    here.put("middle", middle);
    middle.put("list", list);
    near.drop(middle);
    near.drop(list);

    list(outer(far)).add(1L);
    list(here).add(2L);

    assertThat(list(outer(far))).containsExactly(1L, 2L);
    here.clear();
    near.drop(middle);
    near.drop(list);
    far.close();
    assertThatThrownBy(list::size)
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED));
  }

  @Test
  void shouldAnswerThroughAQueueThatTheRequestBrings() throws Exception {
    PolyQueue<Object> requests = near.queue("requests");
    PolyQueue<String> replies = near.newQueue(Codec.STRING);
    requests.put(List.of("hello", replies));

    List<?> request = (List<?>) far.queue("requests").take();
    far.queues(Codec.STRING).decode(Values.of(request.get(1))).put(request.get(0) + " to you");

    assertThat(replies.poll(5, TimeUnit.SECONDS)).isEqualTo("hello to you");
  }

  @Test
  void shouldMeanTheVeryObject() {
    PolyDict<String, Long> first = near.dict("again", String.class, Long.class);
    first.put("a", 1L);
    near.delete("again");
    PolyDict<String, Long> second = near.dict("again", String.class, Long.class);
    assertThat(second).isEmpty();
    assertThatThrownBy(() -> first.put("a", 1L))
        .isInstanceOfSatisfying(
            PolyprocException.class,
            e -> assertThat(e.reason()).isEqualTo(ErrorReason.ERROR_REASON_OBJECT_DELETED));
    near.delete("again");
  }

  @Test
  void shouldReadOnlyRefsOfTheRightKind() {
    PolyDict<String, Object> any = near.dict("any", String.class, Object.class);
    any.put("lock", near.lock("a-lock"));
    PolyDict<String, PolyList<Long>> lists = near.dict("any", Codec.STRING, near.lists(Codec.LONG));
    assertThatThrownBy(() -> lists.get("lock"))
        .isInstanceOf(UnexpectedValueException.class)
        .hasMessageContaining("Expected a ref to a list");
    PolyDict<String, PolyLock> locks = near.dict("any", Codec.STRING, near.locks());
    assertThat(requireNonNull(locks.get("lock")).name()).isEqualTo("a-lock");
    near.delete("any");
  }
}
