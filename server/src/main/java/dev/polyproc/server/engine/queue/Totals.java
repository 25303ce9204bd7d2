package dev.polyproc.server.engine.queue;

import dev.polyproc.server.engine.object.Figures;
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

  long returns() {
    return returns;
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

  /** Under their names. */
  Figures figures() {
    return Figures.NONE
        .with("puts", puts)
        .with("gets", gets)
        .with("returns", returns)
        .with("dead_letters", deadLetters)
        .with("expired", expired)
        .with("duplicates", duplicates);
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
