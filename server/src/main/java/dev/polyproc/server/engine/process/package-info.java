/**
 * Processes, as far as the engine goes: what should run, and what became of it.
 *
 * <pre>
 *   Start ──▶ STARTING ──▶ RUNNING ──▶ ENDED, listed until newer ones take its room
 *      effect: start │  │      ▲ effects: signals, of Signal and of a session's end
 *                    │  node saw: started, exited
 *                    └▶ node saw: failed; gone, as if it had not been asked for
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.process;

import org.jspecify.annotations.NullMarked;
