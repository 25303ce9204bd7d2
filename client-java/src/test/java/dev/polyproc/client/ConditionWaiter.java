package dev.polyproc.client;

/** A program that waits at a condition until it is killed, or signalled. */
final class ConditionWaiter {
  private ConditionWaiter() {}

  /** Waits at the condition of the third argument, of the lock of the second. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc = Polyproc.connect(arguments[0]);
    PolyLock lock = polyproc.lock(arguments[1]);
    PolyCondition condition = lock.condition(arguments[2]);
    lock.lock();
    System.out.println("locked");
    condition.await();
    System.out.println("signalled");
    lock.unlock();
  }
}
