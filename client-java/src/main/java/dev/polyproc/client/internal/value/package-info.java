/**
 * Java's objects as the contract's values, and back: the codecs of {@link
 * dev.polyproc.client.Codec}. Knows nothing of calls.
 */
@NullMarked
package dev.polyproc.client.internal.value;

import org.jspecify.annotations.NullMarked;
