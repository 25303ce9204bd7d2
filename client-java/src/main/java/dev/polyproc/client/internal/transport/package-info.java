/**
 * The way to the daemon: its address, the token and the certificates, the sockets, and the event
 * loop that runs them. Knows nothing of the contract.
 */
@NullMarked
package dev.polyproc.client.internal.transport;

import org.jspecify.annotations.NullMarked;
