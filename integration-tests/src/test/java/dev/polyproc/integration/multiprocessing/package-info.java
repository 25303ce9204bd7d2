/**
 * Programs that are known from Python's multiprocessing, with the Java client. Each is one class
 * that plays all parts: without arguments it is the program, which starts itself as often as there
 * are processes. The daemon is that of {@code Polyproc.connect()}.
 */
@NullMarked
package dev.polyproc.integration.multiprocessing;

import org.jspecify.annotations.NullMarked;
