/**
 * What calls agree by: locks, events and barriers.
 *
 * <pre>
 *   Acquire ──▶ Hold ──▶ Release, lease, end of session ──▶ the next in line
 *   Wait ─────▶ line ──▶ Set: all of it
 *   Wait ─────▶ line ──▶ the last Wait: the round ──▶ ActionDone: the rest of it
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.sync;

import org.jspecify.annotations.NullMarked;
