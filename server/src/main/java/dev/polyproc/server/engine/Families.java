package dev.polyproc.server.engine;

import dev.polyproc.server.engine.collections.ArrayOperations;
import dev.polyproc.server.engine.collections.DictOperations;
import dev.polyproc.server.engine.collections.ListOperations;
import dev.polyproc.server.engine.collections.NamespaceOperations;
import dev.polyproc.server.engine.collections.ValueOperations;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.memory.SharedMemoryOperations;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.pool.PoolOperations;
import dev.polyproc.server.engine.process.ProcessOperations;
import dev.polyproc.server.engine.queue.PipeOperations;
import dev.polyproc.server.engine.queue.QueueOperations;
import dev.polyproc.server.engine.session.SessionOperations;
import dev.polyproc.server.engine.sync.BarrierOperations;
import dev.polyproc.server.engine.sync.ConditionOperations;
import dev.polyproc.server.engine.sync.EventOperations;
import dev.polyproc.server.engine.sync.LatchOperations;
import dev.polyproc.server.engine.sync.LockOperations;
import dev.polyproc.server.engine.sync.ReadWriteLockOperations;
import dev.polyproc.server.engine.sync.SemaphoreOperations;
import java.util.List;

/** All families, and with them all services: the only list of them. */
final class Families {
  private Families() {}

  static List<Family> of(Engine engine) {
    World world = engine.world();
    LockOperations locks = new LockOperations(world);
    ProcessOperations processes = new ProcessOperations(world, engine.sessions());
    return List.of(
        new SessionOperations(world, engine.sessions()),
        new QueueOperations(world),
        locks,
        new ReadWriteLockOperations(world),
        new ConditionOperations(world),
        new EventOperations(world),
        new SemaphoreOperations(world),
        new LatchOperations(world),
        new BarrierOperations(world),
        new DictOperations(world),
        new ListOperations(world),
        new NamespaceOperations(world),
        new ValueOperations(world),
        new ArrayOperations(world),
        new SharedMemoryOperations(world, locks.notices()),
        new PipeOperations(world),
        processes,
        new PoolOperations(world, processes),
        new AdminOperations(engine));
  }
}
