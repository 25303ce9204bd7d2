package dev.polyproc.client;

import java.util.concurrent.CountDownLatch;

/** A program that holds permits until it is killed. */
final class PermitHolder {
  private PermitHolder() {}

  /** Acquires as many permits as the third argument says, of the semaphore of the second. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc = Polyproc.connect(arguments[0]);
    int permits = Integer.parseInt(arguments[2]);
    polyproc.semaphore(arguments[1], permits).acquire(permits);
    System.out.println("held");
    new CountDownLatch(1).await();
  }
}
