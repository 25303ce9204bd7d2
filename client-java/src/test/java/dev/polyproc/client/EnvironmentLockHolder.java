package dev.polyproc.client;

import java.util.concurrent.CountDownLatch;

/** A program that holds a lock of the daemon that started it. */
final class EnvironmentLockHolder {
  private EnvironmentLockHolder() {}

  /** Acquires the lock and holds it until killed. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc = Polyproc.connect();
    polyproc.lock("held-by-program").lock();
    System.out.println("held");
    new CountDownLatch(1).await();
  }
}
