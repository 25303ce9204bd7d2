/**
 * What all objects with a name have in common: how they are found, who refers to them, what
 * somebody has of them for a while, and how they go. {@link World} is what an object is handed.
 */
@NullMarked
package dev.polyproc.server.engine.object;

import org.jspecify.annotations.NullMarked;
