/**
 * A shop that is written against {@code BlockingQueue}, {@code ConcurrentMap} and {@code Lock}:
 * {@link dev.polyproc.examples.migration.Before} runs it in one JVM, {@link
 * dev.polyproc.examples.migration.After} in as many as there are.
 */
@NullMarked
package dev.polyproc.examples.migration;

import org.jspecify.annotations.NullMarked;
