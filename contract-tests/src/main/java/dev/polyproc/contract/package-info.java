/**
 * One suite for each primitive: what it must do, whoever serves it. A suite is run in process and
 * against a real daemon; it needs nothing but a channel and the generated stubs.
 */
@NullMarked
package dev.polyproc.contract;

import org.jspecify.annotations.NullMarked;
