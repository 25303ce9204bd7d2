package dev.polyproc.integration;

import dev.polyproc.v1.ErrorReason;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One way to hurt a daemon.
 *
 * @param name what is done, in words
 * @param credential what whoever does it can show
 * @param othersMayGet what others may be refused with meanwhile, as the contract has bounds that
 *     all who have a credential share; nothing otherwise
 */
record Attack(String name, Credential credential, Set<ErrorReason> othersMayGet, Deed deed) {

  /** How an attacker comes to the daemon. */
  enum Credential {
    /** Through TCP, with nothing to show. */
    NONE("without a credential"),
    /** Through the Unix socket. */
    SOCKET("on the Unix socket"),
    /** Through TCP, with the token. */
    TOKEN("with the token");

    private final String words;

    Credential(String words) {
      this.words = words;
    }
  }

  /** What is done. A daemon that breaks the connection ends it in good order. */
  interface Deed {
    void by(Attacker attacker) throws IOException;
  }

  static Attack of(String name, Credential credential, Deed deed) {
    return new Attack(name, credential, EnumSet.noneOf(ErrorReason.class), deed);
  }

  /** Several that are alike, one after the other, for whoever has little time. */
  static Stream<Attack> inTurn(String name, List<Attack> attacks) {
    if (Attacker.LONG) {
      return attacks.stream();
    }
    return Stream.of(
        of(
            name,
            attacks.get(0).credential,
            attacker -> {
              for (Attack attack : attacks) {
                attack.tryOut(attacker);
              }
            }));
  }

  private void tryOut(Attacker attacker) {
    try {
      deed.by(attacker);
    } catch (IOException ended) {
      // By the daemon, which is a fair end, and by nobody else.
    }
  }

  /** The same, where others share a bound with the attacker. */
  Attack othersMayGet(ErrorReason first, ErrorReason... more) {
    return new Attack(name, credential, EnumSet.of(first, more), deed);
  }

  @Override
  public String toString() {
    return name + ", " + credential.words;
  }
}
