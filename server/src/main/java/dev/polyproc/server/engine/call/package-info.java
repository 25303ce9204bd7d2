/**
 * What a call is, apart from who calls: the request and what stands around it; how it waits in line
 * until it is answered; where its reply goes.
 *
 * <pre>
 *   Invocation ──▶ Operation ──▶ Answer ────────────────┬──▶ Outgoing ──▶ Recipient
 *                     └──▶ Parked, in Waiters of a Waited ─┘
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.call;

import org.jspecify.annotations.NullMarked;
