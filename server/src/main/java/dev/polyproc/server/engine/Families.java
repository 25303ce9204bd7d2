package dev.polyproc.server.engine;

import dev.polyproc.server.engine.collections.DictOperations;
import dev.polyproc.server.engine.collections.ListOperations;
import dev.polyproc.server.engine.collections.NamespaceOperations;
import dev.polyproc.server.engine.family.Family;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.process.ProcessOperations;
import dev.polyproc.server.engine.queue.PipeOperations;
import dev.polyproc.server.engine.queue.QueueOperations;
import dev.polyproc.server.engine.session.SessionOperations;
import dev.polyproc.server.engine.sync.EventOperations;
import dev.polyproc.server.engine.sync.LockOperations;
import java.util.List;

/** All families: the only place of the engine that knows them. */
final class Families {
  private Families() {}

  static List<Family> of(Engine engine) {
    World world = engine.world();
    return List.of(
        new SessionOperations(engine),
        new AdminOperations(engine),
        new QueueOperations(world),
        new PipeOperations(world),
        new LockOperations(world),
        new EventOperations(world),
        new DictOperations(world),
        new ListOperations(world),
        new NamespaceOperations(world),
        new ProcessOperations(world));
  }
}
