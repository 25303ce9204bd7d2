/**
 * The daemon.
 *
 * <pre>
 *   grpc ──▶ log ──▶ engine      Assembly wires them; Main, Daemon and Assembly know them all
 *   supervisor, memory ──▶ engine
 * </pre>
 */
@NullMarked
package dev.polyproc.server;

import org.jspecify.annotations.NullMarked;
