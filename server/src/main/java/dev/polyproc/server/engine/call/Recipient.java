package dev.polyproc.server.engine.call;

/**
 * Where replies go. The engine only appends; the node sends outside the engine's lock.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>{@link #reply} is called under the engine's lock, in the order of the replies, and must do
 *       nothing but remember.
 *   <li>{@link #flush} is called after the lock was released, at least once after every reply, by
 *       any thread.
 * </ul>
 */
public interface Recipient {
  /** Nobody: the reply is only recorded. */
  Recipient NOBODY = (call, reply, last) -> {};

  /**
   * Remembers a reply.
   *
   * @param last false when more replies of the same call may follow (a stream)
   */
  void reply(Invocation call, Answer reply, boolean last);

  /** Sends what was remembered. */
  default void flush() {}
}
