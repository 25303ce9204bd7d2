package dev.polyproc.client;

import java.util.concurrent.CountDownLatch;

/** A program that holds a lock until it is killed. */
final class LockHolder {
  private LockHolder() {}

  /** Acquires the lock of the second argument from the daemon of the first. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc = Polyproc.connect(arguments[0]);
    polyproc.lock(arguments[1]).lock();
    System.out.println("held");
    new CountDownLatch(1).await();
  }
}
