package dev.polyproc.server.grpc;

import com.google.protobuf.Message;
import dev.polyproc.server.engine.call.Answer;
import dev.polyproc.server.engine.refusal.Refusal;
import java.util.function.Consumer;

/**
 * A unary method that the node serves itself: the contract says so with its option {@code node}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>It is on the event loop, and outside of the engine's lock.
 *   <li>It comes after the calls that its stream sent before it, and before those that it sent
 *       after. Where it answers later, it holds none of those up: they may be answered before it,
 *       and it may answer what they have changed.
 *   <li>Whoever is refused by the engine, as one whose session is gone, does not come here.
 *   <li>Nothing remembers that a call came: the same call comes again when its caller repeats it.
 * </ul>
 */
@FunctionalInterface
interface NodeMethod {
  /**
   * Serves a call.
   *
   * @param found what the engine of this node says to it
   * @param from where it came in
   * @param then takes the one reply, now or later, on the loop
   * @throws Refusal when it is refused at once
   */
  void serve(Message request, Message found, Connection from, Consumer<Answer> then);
}
