/**
 * The word count example: {@link dev.polyproc.examples.wordcount.Worker} is the worker in Java, as
 * there is one in each language; {@link dev.polyproc.examples.wordcount.Demo} has the daemon start
 * workers of all languages, shares a text out between them and checks what they counted.
 */
@NullMarked
package dev.polyproc.examples.wordcount;

import org.jspecify.annotations.NullMarked;
