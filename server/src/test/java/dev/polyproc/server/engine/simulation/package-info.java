/**
 * The simulation: random calls to an engine and to a simple model of it, which must agree.
 *
 * <pre>
 *   SimulationTest ──▶ Simulation, by a seed, entry after entry
 *                        │   Callers: who calls; attachments, repeats, confirmations, cancels, ends
 *                        │   Requests ──▶ QueueRequests, SyncRequests, …: what they ask
 *                        │                └──▶ Choices: names, times, values, refs, at random
 *                        ├──▶ EngineFixture: the engine, one restored after every entry, a replay
 *                        └──▶ Model ──▶ Handlers ──▶ QueueHandlers, SyncHandlers, …
 *                               │  ModelSession, ModelCall, ModelReferences: what all have in common
 *                               └─ ModelQueue, ModelLock, …: an object each
 *                      Answers compares what callers got, Inspection what readers see
 * </pre>
 *
 * <p>The model shares no code with the engine and takes the straightest way: a list where the
 * engine has a table, a loop where it has an index. The numbers that an engine gives (incarnations,
 * tokens, reservations) it learns from the answers, where they must grow.
 *
 * <p>A method that the model does not know is refused by {@code Handlers}. A failure names its
 * seed, and how to run it again; the seeds of faults that were found are kept in {@code FoundTest}.
 */
@NullMarked
package dev.polyproc.server.engine.simulation;

import org.jspecify.annotations.NullMarked;
