package dev.polyproc.examples.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Lock;

/**
 * Customers order, clerks sell. It knows nothing of where its objects live.
 *
 * @param orders what the customer wants
 * @param receipts one from each clerk, when the shop closes
 * @param sold pieces by article
 * @param till under whose lock a clerk looks at the cash, and then changes it
 */
record Shop(
    BlockingQueue<Order> orders,
    BlockingQueue<String> receipts,
    ConcurrentMap<String, Long> sold,
    Lock till) {
  private static final List<String> ARTICLES = List.of("apples", "bread", "cheese", "dates");
  private static final long PRICE = 3;
  private static final int CLERKS = 2;
  private static final Order CLOSING = new Order("closing", 0);

  /** Plays the parts, each on a thread of its own. */
  void play(String... parts) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (String part : parts) {
      threads.add(new Thread(() -> play(part), part));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void play(String part) {
    try {
      if (part.equals("clerk")) {
        sell();
      } else {
        order();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void order() throws InterruptedException {
    for (int i = 0; i < 400; i++) {
      orders.put(new Order(ARTICLES.get(i % ARTICLES.size()), i % 5 + 1));
    }
    for (int i = 0; i < CLERKS; i++) {
      orders.put(CLOSING);
    }
    for (int i = 0; i < CLERKS; i++) {
      receipts.take();
    }
    new TreeMap<>(sold).forEach((what, count) -> System.out.println(what + ": " + count));
  }

  private void sell() throws InterruptedException {
    for (Order order = orders.take(); !order.equals(CLOSING); order = orders.take()) {
      sold.merge(order.article(), (long) order.pieces(), Long::sum);
      till.lock();
      try {
        long cash = sold.getOrDefault("cash", 0L);
        sold.put("cash", cash + order.pieces() * PRICE);
      } finally {
        till.unlock();
      }
    }
    receipts.put("closed");
  }
}
