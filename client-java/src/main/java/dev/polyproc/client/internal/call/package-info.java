/**
 * Calls on their way: from the thread that makes one, through the event loop into a frame, and back
 * to its future.
 *
 * <pre>
 *   Entrance    makes room, as Admission allows       any thread
 *   Outgoing    waits to be sent                      any thread
 *   Window      sent, and without a reply             the event loop
 *   Callbacks   completes what the program holds      threads of the client's own
 * </pre>
 */
@NullMarked
package dev.polyproc.client.internal.call;

import org.jspecify.annotations.NullMarked;
