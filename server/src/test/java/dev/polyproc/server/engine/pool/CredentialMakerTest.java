package dev.polyproc.server.engine.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class CredentialMakerTest {
  /** The vectors of the authors of SipHash, of none and of eight bytes. */
  @Test
  void shouldHashAsItsAuthorsDo() {
    long key0 = 0x0706050403020100L;
    long key1 = 0x0f0e0d0c0b0a0908L;

    assertThat(CredentialMaker.hash(key0, key1, new long[0])).isEqualTo(0x726fdb47dd0e0e31L);
    assertThat(CredentialMaker.hash(key0, key1, new long[] {key0})).isEqualTo(0x93f5f5799a932462L);
  }

  @Test
  void shouldMakeACredentialOfItsOwnForEachNumberAndSecret() {
    Set<String> all = new TreeSet<>();
    LongStream.range(0, 1000).forEach(number -> all.add(new CredentialMaker("a").of(number)));
    LongStream.range(0, 1000).forEach(number -> all.add(new CredentialMaker("b").of(number)));

    assertThat(all).hasSize(2000).allMatch(credential -> credential.length() == 32);
    assertThat(new CredentialMaker("a").of(7)).isEqualTo(new CredentialMaker("a").of(7));
  }
}
