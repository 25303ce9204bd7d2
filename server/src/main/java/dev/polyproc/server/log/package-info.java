/**
 * How entries reach the engine: in memory at once, and one day through a durable or replicated log,
 * which applies later.
 *
 * <pre>
 *   grpc, Assembly ──▶ CommandLog.submit ──▶ the one lock: Engine.apply
 *                                                 │ released
 *                              Recipients flush ◀─┴────▶ effects, one drainer at a time
 * </pre>
 */
@NullMarked
package dev.polyproc.server.log;

import org.jspecify.annotations.NullMarked;
