package dev.polyproc.client;

/** A program that waits at a barrier of three until it is killed. */
final class BarrierParty {
  private BarrierParty() {}

  /** Comes to the barrier of the second argument at the daemon of the first. */
  public static void main(String[] arguments) throws Exception {
    Polyproc polyproc = Polyproc.connect(arguments[0]);
    PolyBarrier barrier = polyproc.barrier(arguments[1], 3);
    System.out.println("here");
    barrier.await();
  }
}
