/**
 * What calls agree by: locks and their conditions, read-write locks, semaphores, events, latches
 * and barriers.
 *
 * <pre>
 *   Acquire ──▶ Hold ──▶ Release, lease, end of session ──▶ the next in line
 *   AcquireAll ──▶ the lines of all its locks ──▶ a Hold of each
 *   Acquire ──▶ to read: a Hold with others, to write: one alone
 *   Acquire ──▶ PermitHold, as far as there are permits ──▶ the same
 *   Wait ─────▶ line ──▶ Set, a count of 0: all of it
 *   Wait ─────▶ asleep ──▶ Notify, timeout ──▶ the line of the lock ──▶ Hold
 *   Wait ─────▶ line ──▶ the last Wait: the round ──▶ ActionDone: the rest of it
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.sync;

import org.jspecify.annotations.NullMarked;
