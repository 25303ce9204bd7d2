/**
 * A daemon inside a JVM: the real engine and the real services, over gRPC's in-process transport.
 * For the tests of whoever uses Polyproc, and for programs that do not need other processes yet.
 *
 * <pre>
 *   Polyproc (client) ──▶ in-process channel ──▶ Services ──▶ MemoryLog ──▶ Engine
 *                                                                ▲
 *                                          the real clock, or VirtualTime
 * </pre>
 */
@NullMarked
package dev.polyproc.embedded;

import org.jspecify.annotations.NullMarked;
