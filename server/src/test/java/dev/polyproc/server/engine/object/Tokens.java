package dev.polyproc.server.engine.object;

import java.util.Objects;

/** Tokens of pages as somebody makes them up who knows how they are written. */
public final class Tokens {
  private Tokens() {}

  /** That of the same listing, with other numbers. */
  public static String with(String token, long rank, long after) {
    PageToken parsed = Objects.requireNonNull(PageToken.parse(token), "a token");
    return new PageToken(parsed.listing(), rank, after).text();
  }
}
