/**
 * How fast the daemon is beside bare gRPC, and our client beside those of Redis, measured in one
 * run: two processes, a Unix socket, and windows of the one and the other in turn, so that what the
 * machine does meanwhile meets both.
 *
 * <pre>
 *   Bench ── Race ── Load ──▶ unix socket ──▶ BenchServer = the daemon + EchoService
 *         ── StartTimes, MemoryUse ─────────▶ the daemon, BareServer
 *         ── Peers ── PeerProcess ── PeerWorker ── PolyprocPeer ──▶ the daemon
 *                                               ── RedissonPeer, JedisPeer ──▶ redis-server
 *         ── QueuePeers ── PeerProcess ── PeerWorker ── PolyprocQueues ──▶ the daemon
 *                                                    ── RedissonQueues ──▶ redis-server
 *                                      ── bullmq/peer.js ──▶ redis-server
 *         ── Tails ── TailSide ── PeerProcess ── TailWorker ── PolyprocTails ──▶ the daemon
 *                                                           ── JedisTails ──▶ redis-server
 *                              ── PeerProcess ── ProbeWorker ── Probe ──▶ the same
 * </pre>
 */
@NullMarked
package dev.polyproc.benchmarks;

import org.jspecify.annotations.NullMarked;
