package dev.polyproc.server.grpc;

/**
 * What the connections of one event loop share.
 *
 * <p>Used on that loop only.
 *
 * @param loop theirs
 * @param unsent what they have to read
 * @param departures those of their calls that nobody waits for any more
 */
record Shard(EventLoop loop, Unsent unsent, Departures departures) {}
