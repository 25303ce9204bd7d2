/** What all objects with a name have in common, and who refers to them. */
@NullMarked
package dev.polyproc.server.engine.object;

import org.jspecify.annotations.NullMarked;
