package dev.polyproc.server.engine.queue;

import dev.polyproc.v1.QueueTotals;

/** What happened to a queue since it was created, for operators. */
final class Totals {
  private long puts;
  private long gets;
  private long returns;
  private long deadLetters;
  private long expired;
  private long duplicates;

  void put(int items) {
    puts += items;
  }

  void got() {
    gets++;
  }

  void returned() {
    returns++;
  }

  void deadLetter() {
    deadLetters++;
  }

  void expired() {
    expired++;
  }

  void duplicates(int items) {
    duplicates += items;
  }

  /** In words. */
  String summary() {
    return puts
        + " put, "
        + gets
        + " got, "
        + returns
        + " came back, "
        + deadLetters
        + " dead letters, "
        + expired
        + " expired";
  }

  QueueTotals toProto() {
    return QueueTotals.newBuilder()
        .setPuts(puts)
        .setGets(gets)
        .setReturns(returns)
        .setDeadLetters(deadLetters)
        .setExpired(expired)
        .setDuplicates(duplicates)
        .build();
  }

  void restore(QueueTotals saved) {
    puts = saved.getPuts();
    gets = saved.getGets();
    returns = saved.getReturns();
    deadLetters = saved.getDeadLetters();
    expired = saved.getExpired();
    duplicates = saved.getDuplicates();
  }
}
