package dev.polyproc.server.engine.process;

import dev.polyproc.server.engine.Call;
import dev.polyproc.server.engine.Parked;
import dev.polyproc.server.engine.Waiters;
import dev.polyproc.server.engine.World;

/**
 * A Start that waits for its process to run. Where its caller gives it up, nobody would know of the
 * process, so that goes too; where its caller is merely gone, the process stays.
 */
final class Starter extends Parked {
  private final World world;
  private final ProcessObject process;

  Starter(
      ProcessObject process,
      World world,
      Call call,
      Waiters line,
      long order,
      long place,
      long since,
      long until) {
    super(world, call, line, order, place, since, until);
    this.world = world;
    this.process = process;
  }

  @Override
  protected void takenBack() {
    world.objects().delete(process);
  }
}
