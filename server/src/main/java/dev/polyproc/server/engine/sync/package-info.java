/**
 * What calls agree by: locks, their conditions, and events.
 *
 * <pre>
 *   Acquire ──▶ Hold ──▶ Release, lease, end of session ──▶ the next in line
 *   Wait ─────▶ line ──▶ Set: all of it
 *   Wait ─────▶ asleep ──▶ Notify, timeout ──▶ the line of the lock ──▶ Hold
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.sync;

import org.jspecify.annotations.NullMarked;
