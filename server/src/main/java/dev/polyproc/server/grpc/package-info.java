/**
 * The contract on the wire.
 *
 * <pre>
 *   Sockets ─▶ Authentication ─▶ Binding ─▶ UnaryCall ─────┐
 *                                     └───▶ AttachStream ──┼─▶ CommandLog
 *                                     └───▶ ConsumeStream ─┘
 * </pre>
 *
 * <p>Everything runs on the one event loop of the sockets: a call is read, applied and answered on
 * it, and replies that other threads cause are sent from it. Nothing here blocks.
 */
@NullMarked
package dev.polyproc.server.grpc;

import org.jspecify.annotations.NullMarked;
