/**
 * Histories of concurrent clients, and whether a daemon that does one thing after the other could
 * have given the answers.
 */
@NullMarked
package dev.polyproc.integration.history;

import org.jspecify.annotations.NullMarked;
