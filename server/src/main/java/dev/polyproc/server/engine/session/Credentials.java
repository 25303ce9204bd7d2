package dev.polyproc.server.engine.session;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/** Secrets, each of which ties the one session that shows it to a process. */
public final class Credentials {
  private final Map<String, Credential> bySecret = new HashMap<>();

  Credentials() {}

  /** What a secret stands for. */
  @FunctionalInterface
  public interface Credential {
    /** Uses the secret up; answers the process that it stands for. */
    long redeem();
  }

  /** A secret may be shown from now on. */
  public void issue(String secret, Credential credential) {
    bySecret.put(secret, credential);
  }

  /** A secret is worth nothing any more. */
  public void withdraw(String secret) {
    bySecret.remove(secret);
  }

  /** Uses a secret up; empty where it is worth nothing. */
  OptionalLong redeem(String secret) {
    Credential credential = bySecret.get(secret);
    return credential == null ? OptionalLong.empty() : OptionalLong.of(credential.redeem());
  }
}
