/**
 * Dicts, lists and queues as Java's collections: what each asks of the daemon, and its views. A
 * view knows the requests and changes of its collection, and of the collection itself only what
 * {@code java.util} says.
 */
@NullMarked
package dev.polyproc.client.internal.collection;

import org.jspecify.annotations.NullMarked;
