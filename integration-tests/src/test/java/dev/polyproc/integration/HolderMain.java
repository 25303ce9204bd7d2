package dev.polyproc.integration;

import dev.polyproc.client.Polyproc;
import java.util.concurrent.CountDownLatch;

/** A program of the Java client that holds a lock until it is killed. */
final class HolderMain {
  private HolderMain() {}

  /** Acquires the lock of {@code arguments[0]} from the daemon that the environment names. */
  public static void main(String[] arguments) throws InterruptedException {
    Polyproc polyproc = Polyproc.connect();
    polyproc.lock(arguments[0]).lock();
    System.out.println("held");
    new CountDownLatch(1).await();
  }
}
