/**
 * The daemon.
 *
 * <pre>
 *   grpc ──▶ log ──▶ engine           Main wires them, and is the only one that knows them all
 *   supervisor ──▶ log
 * </pre>
 */
@NullMarked
package dev.polyproc.server;

import org.jspecify.annotations.NullMarked;
