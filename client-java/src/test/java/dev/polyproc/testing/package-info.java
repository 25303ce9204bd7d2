/** A real daemon for tests, and a network between it and its client that can be cut. */
@NullMarked
package dev.polyproc.testing;

import org.jspecify.annotations.NullMarked;
