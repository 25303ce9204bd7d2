package dev.polyproc.server.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RingTest {
  @Test
  void shouldKeepTheLastBytesUnderTheirPositions() {
    // given
    Random random = new Random(7);
    for (int limit : new int[] {1, 2, 3, 100, 4095, 4096, 4097, 10_000, 100_000}) {
      Ring ring = new Ring(limit);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int i = 0; i < 300; i++) {
        byte[] more = new byte[random.nextInt(random.nextInt(3 * Math.min(limit, 3000)) + 1)];
        random.nextBytes(more);

        // when
        ring.resize(ring.wanted(more.length));
        ring.append(ByteBuffer.wrap(more));
        all.writeBytes(more);

        // then
        byte[] written = all.toByteArray();
        assertThat(ring.end()).isEqualTo(written.length);
        assertThat(ring.end() - ring.start())
            .isBetween((long) Math.min(written.length, limit) / 2, (long) limit);
        int from = (int) ring.start() + random.nextInt((int) (ring.end() - ring.start()) + 1);
        int count = random.nextInt(limit + 1);
        assertThat(ring.read(from, count))
            .isEqualTo(Arrays.copyOfRange(written, from, Math.min(written.length, from + count)));
      }
      assertThat(ring.start()).isEqualTo(Math.max(0, ring.end() - limit));
    }
  }

  @Test
  void shouldRefuseWhatItDoesNotHave() {
    // given
    Ring ring = new Ring(2);
    ring.resize(2);
    ring.append(ByteBuffer.wrap(new byte[] {1, 2, 3}));

    // then
    assertThat(ring.read(1, 10)).containsExactly(2, 3);
    assertThatThrownBy(() -> ring.read(0, 1)).hasMessageContaining("Expected a position in 1..3");
    assertThatThrownBy(() -> ring.read(4, 1)).hasMessageContaining("but got 4");
    assertThatThrownBy(() -> new Ring(0)).hasMessageContaining("at least one byte");
  }
}
