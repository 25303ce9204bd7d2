package dev.polyproc.client;

/** What became of an item that was to be put into a queue. */
public enum PutResult {
  /** It was put. */
  ACCEPTED,
  /** There was no room for it in time. */
  FULL,
  /** Its {@link ItemOptions#uniqueKey} is taken. */
  DUPLICATE
}
