/**
 * What calls agree by: locks and their conditions, semaphores, events, latches and barriers.
 *
 * <pre>
 *   Acquire ──▶ Hold ──▶ Release, lease, end of session ──▶ the next in line
 *   Acquire ──▶ PermitHold, as far as there are permits ──▶ the same
 *   Wait ─────▶ line ──▶ Set, a count of 0: all of it
 *   Wait ─────▶ asleep ──▶ Notify, timeout ──▶ the line of the lock ──▶ Hold
 *   Wait ─────▶ line ──▶ the last Wait: the round ──▶ ActionDone: the rest of it
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.sync;

import org.jspecify.annotations.NullMarked;
