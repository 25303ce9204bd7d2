/**
 * Collections: dicts.
 *
 * <pre>
 *   Set, SetDefault, Update ──▶ entries by key, in the order of insertion ──▶ Get, Items, Pop
 *                                   └── Add, CompareAndSet: in one step
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.collections;

import org.jspecify.annotations.NullMarked;
