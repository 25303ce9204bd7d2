/**
 * What a call is apart from who calls: the request and what stands around it, its reply, and how it
 * waits in line until it has one.
 */
@NullMarked
package dev.polyproc.server.engine.call;

import org.jspecify.annotations.NullMarked;
