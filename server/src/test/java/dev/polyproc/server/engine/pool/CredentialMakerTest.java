package dev.polyproc.server.engine.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class CredentialMakerTest {
  @Test
  void shouldMakeTheSameCredentialEverywhere() {
    assertThat(new CredentialMaker("secret").of(7))
        .isEqualTo("e69df0654f500298659757541956ea60d008806c67b200aef465abe62a878421");
  }

  @Test
  void shouldMakeACredentialOfItsOwnForEachNumberAndSecret() {
    Set<String> all = new TreeSet<>();
    LongStream.range(0, 1000).forEach(number -> all.add(new CredentialMaker("a").of(number)));
    LongStream.range(0, 1000).forEach(number -> all.add(new CredentialMaker("b").of(number)));

    assertThat(all).hasSize(2000).allMatch(credential -> credential.length() == 64);
    assertThat(new CredentialMaker("a").of(7)).isEqualTo(new CredentialMaker("a").of(7));
  }
}
