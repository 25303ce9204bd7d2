/**
 * The engine: all semantics, as a deterministic state machine.
 *
 * <pre>
 *   Invocation ──▶ Engine.apply ──▶ Operation ──▶ a family's handler ──▶ Answer ──▶ Recipient
 *   NodeEvent ──▶    │   due timers first; identity (session, sequence); guard
 *                    └──▶ Effects: what the node should make happen
 * </pre>
 *
 * <p>Time, ids and order come with the entry. There is no I/O, thread, clock, randomness or
 * unordered iteration in here, so that replaying a log gives the same state. Whoever calls the
 * engine holds the one lock around it; see {@code dev.polyproc.server.log}.
 */
@NullMarked
package dev.polyproc.server.engine;

import org.jspecify.annotations.NullMarked;
