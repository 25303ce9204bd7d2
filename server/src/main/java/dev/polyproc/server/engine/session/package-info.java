/**
 * Who calls: what a session holds, which of its calls wait, which replies it has not confirmed, and
 * how it ends.
 */
@NullMarked
package dev.polyproc.server.engine.session;

import org.jspecify.annotations.NullMarked;
