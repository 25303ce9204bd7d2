/**
 * How the shared objects make their calls, one or many of them: what every kind of object needs.
 */
@NullMarked
package dev.polyproc.client.internal.request;

import org.jspecify.annotations.NullMarked;
