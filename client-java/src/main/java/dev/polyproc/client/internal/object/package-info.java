/**
 * What the other shared objects are made of: a lock's tenures, the attributes of a namespace, the
 * output of a process.
 */
@NullMarked
package dev.polyproc.client.internal.object;

import org.jspecify.annotations.NullMarked;
