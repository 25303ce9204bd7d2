/**
 * What passes values on: queues and pipes.
 *
 * <pre>
 *   Put ──▶ items (by place) ──▶ Get                taken for good
 *              ▲      └────────▶ Reservation ──▶    Acknowledge
 *              └── back to its place ◀──┘           Reject, time-out, end of session or consumer
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.queue;

import org.jspecify.annotations.NullMarked;
