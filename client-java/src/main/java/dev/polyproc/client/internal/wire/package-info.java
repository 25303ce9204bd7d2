/**
 * What goes over a connection, as bytes: operations by their numbers, frames of calls, replies, and
 * statuses as exceptions. Knows nothing of who calls.
 */
@NullMarked
package dev.polyproc.client.internal.wire;

import org.jspecify.annotations.NullMarked;
