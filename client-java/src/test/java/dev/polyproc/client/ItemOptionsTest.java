package dev.polyproc.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.Duration;
import dev.polyproc.v1.QueueItemOptions;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What becomes of the instants of an item, when it is put. */
class ItemOptionsTest {
  private static final Instant NOON = Instant.parse("2030-01-01T12:00:00Z");

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  @Test
  void shouldTellTheDelayAnewWithEachPut() {
    ItemOptions noon = ItemOptions.NONE.at(NOON).key("k");
    assertThat(noon.message(NOON.minusSeconds(60)).getDelay()).isEqualTo(seconds(60));
    assertThat(noon.message(NOON.minusSeconds(10)).getDelay()).isEqualTo(seconds(10));
    assertThat(noon.message(NOON.minusNanos(1)).getDelay().getNanos()).isEqualTo(1);
    assertThat(noon.message(NOON.minusSeconds(60)).getKey()).isEqualTo("k");
  }

  @Test
  void shouldNotDelayWhatWasDueBefore() {
    QueueItemOptions none = QueueItemOptions.getDefaultInstance();
    assertThat(ItemOptions.NONE.at(NOON).message(NOON)).isEqualTo(none);
    assertThat(ItemOptions.NONE.at(NOON).message(NOON.plusSeconds(1))).isEqualTo(none);
    assertThat(ItemOptions.NONE.at(Instant.MIN).message(NOON)).isEqualTo(none);
  }

  @Test
  void shouldTellForHowLongAnItemCanBeGotOnceItCan() {
    ItemOptions until = ItemOptions.NONE.expiresAt(NOON);
    Instant before = NOON.minusSeconds(100);
    assertThat(until.message(before).getTimeToLive()).isEqualTo(seconds(100));
    assertThat(until.message(before).hasDelay()).isFalse();
    assertThat(until.message(NOON.minusSeconds(7)).getTimeToLive()).isEqualTo(seconds(7));

    QueueItemOptions delayed = until.delay(java.time.Duration.ofSeconds(30)).message(before);
    assertThat(delayed.getDelay()).isEqualTo(seconds(30));
    assertThat(delayed.getTimeToLive()).isEqualTo(seconds(70));
    QueueItemOptions between = until.at(NOON.minusSeconds(20)).message(before);
    assertThat(between.getDelay()).isEqualTo(seconds(80));
    assertThat(between.getTimeToLive()).isEqualTo(seconds(20));
    QueueItemOptions due = until.at(before.minusSeconds(1)).message(before);
    assertThat(due.hasDelay()).isFalse();
    assertThat(due.getTimeToLive()).isEqualTo(seconds(100));
  }

  @Test
  void shouldRefuseWhatCouldNeverBeGot() {
    ItemOptions until = ItemOptions.NONE.expiresAt(NOON);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> until.message(NOON))
        .withMessage(
            "Expected an item to expire after it can first be got, but it is to expire at"
                + " 2030-01-01T12:00:00Z, and is put at 2030-01-01T12:00:00Z with a delay of PT0S");
    for (ItemOptions never :
        new ItemOptions[] {
          ItemOptions.NONE.expiresAt(Instant.MIN),
          until.at(NOON),
          until.at(Instant.MAX),
          until.delay(java.time.Duration.ofSeconds(60)),
          until.delay(java.time.Duration.ofSeconds(Long.MAX_VALUE))
        }) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> never.message(NOON.minusSeconds(60)))
          .withMessageStartingWith("Expected an item to expire after it can first be got, but ");
    }
  }

  @Test
  void shouldGoByWhatWasSaidLast() {
    ItemOptions at = ItemOptions.NONE.delay(java.time.Duration.ofSeconds(5)).at(NOON);
    assertThat(at.at()).isEqualTo(NOON);
    assertThat(at.delay()).isZero();
    ItemOptions delay = at.delay(java.time.Duration.ofSeconds(5));
    assertThat(delay.at()).isNull();
    assertThat(delay.message(NOON.minusSeconds(60)).getDelay()).isEqualTo(seconds(5));

    ItemOptions until = at.timeToLive(java.time.Duration.ofSeconds(5)).expiresAt(NOON);
    assertThat(until.expiresAt()).isEqualTo(NOON);
    assertThat(until.timeToLive()).isNull();
    assertThat(until.at()).as("the other stays").isEqualTo(NOON);
    ItemOptions time = until.timeToLive(java.time.Duration.ofSeconds(5));
    assertThat(time.expiresAt()).isNull();
    assertThat(time.message(NOON).getTimeToLive()).isEqualTo(seconds(5));
  }

  @Test
  void shouldBeEqualWhereTheInstantsAre() {
    ItemOptions noon = ItemOptions.NONE.at(NOON).expiresAt(NOON.plusSeconds(1)).priority(3);
    assertThat(noon)
        .isEqualTo(ItemOptions.NONE.priority(3).expiresAt(NOON.plusSeconds(1)).at(NOON))
        .hasSameHashCodeAs(ItemOptions.NONE.priority(3).expiresAt(NOON.plusSeconds(1)).at(NOON))
        .isNotEqualTo(noon.at(NOON.plusNanos(1)))
        .isNotEqualTo(noon.expiresAt(NOON.plusNanos(1)))
        .hasToString(
            "ItemOptions {priority: 3, at: 2030-01-01T12:00:00Z,"
                + " expires_at: 2030-01-01T12:00:01Z}");
    assertThat(ItemOptions.NONE).hasToString("ItemOptions {}");
    assertThat(ItemOptions.NONE.at(NOON)).hasToString("ItemOptions {at: 2030-01-01T12:00:00Z}");
    assertThat(ItemOptions.NONE.delay(java.time.Duration.ofSeconds(5)).key("k"))
        .hasToString("ItemOptions {delay {seconds: 5}, key: \"k\"}");
  }
}
