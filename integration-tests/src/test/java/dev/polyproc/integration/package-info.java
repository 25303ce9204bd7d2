/**
 * Black box: the daemon as a process of its own, met as its users meet it, through both sockets,
 * with generated stubs, grpcurl, real client processes and real signals.
 *
 * <pre>
 *   a test ──▶ Client, Attachment, Grpcurl ──▶ (CuttingProxy ──▶) DaemonProcess
 *          ──▶ ClientProcess, which is killed or stopped ──▶ DaemonProcess
 * </pre>
 */
@NullMarked
package dev.polyproc.integration;

import org.jspecify.annotations.NullMarked;
