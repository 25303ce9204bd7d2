/**
 * Collections: dicts, namespaces and lists.
 *
 * <pre>
 *   Set, SetDefault, Update ──▶ entries by key, in the order of insertion ──▶ Get, Items, Pop
 *   Append, Insert, SetSlice ─▶ values by position ─────────────────────────▶ Get, Slice, Pop
 *                                   └── Add, CompareAndSet: in one step
 * </pre>
 */
@NullMarked
package dev.polyproc.server.engine.collections;

import org.jspecify.annotations.NullMarked;
