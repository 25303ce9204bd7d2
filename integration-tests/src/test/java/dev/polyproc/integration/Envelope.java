package dev.polyproc.integration;

import io.grpc.Metadata;

/** What stands around a unary call, as metadata. */
record Envelope(Metadata metadata) {
  /** A call of a session. */
  static Envelope of(String session) {
    return new Envelope(new Metadata()).with("polyproc-session", session);
  }

  /** A call with nothing around it. */
  static Envelope none() {
    return new Envelope(new Metadata());
  }

  Envelope sequence(long number) {
    return with("polyproc-sequence", Long.toString(number));
  }

  Envelope receivedBelow(long number) {
    return with("polyproc-received-below", Long.toString(number));
  }

  Envelope received(String ranges) {
    return with("polyproc-received", ranges);
  }

  Envelope owner(String owner) {
    return with("polyproc-owner", owner);
  }

  Envelope guard(String lock, long token) {
    return with("polyproc-guard", lock + ":" + token);
  }

  /** The same with one more entry, be it one that means nothing. */
  Envelope with(String key, String value) {
    Metadata more = new Metadata();
    more.merge(metadata);
    more.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value);
    return new Envelope(more);
  }

  /** The same with one more entry, of bytes: its key ends in {@code -bin}. */
  Envelope with(String key, byte[] value) {
    Metadata more = new Metadata();
    more.merge(metadata);
    more.put(Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER), value);
    return new Envelope(more);
  }
}
