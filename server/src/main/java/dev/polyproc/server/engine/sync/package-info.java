/**
 * What calls agree by: locks and events.
 *
 * <pre>
 *   Acquire ──▶ Hold ──▶ Release, lease, end of session ──▶ the next in line
 *   Wait ─────▶ line ──▶ Set: all of it
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.sync;

import org.jspecify.annotations.NullMarked;
