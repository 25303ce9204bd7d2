/** What a shared array is made of: the file that is mapped, its header, its elements. */
@NullMarked
package dev.polyproc.client.internal.memory;

import org.jspecify.annotations.NullMarked;
