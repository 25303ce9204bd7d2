package dev.polyproc.server.engine.queue;

import dev.polyproc.internal.v1.PutterState;
import dev.polyproc.server.engine.object.World;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.server.engine.value.Values;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.Value;
import java.util.List;

/**
 * What a call puts, all or none.
 *
 * @param many whether it is answered as PutMany is, rather than as Put
 * @param values the items
 * @param options how they are treated: none, one for all, or one for each
 * @param atHead whether at the head, rather than at the tail
 */
record Batch(boolean many, List<Value> values, List<QueueItemOptions> options, boolean atHead) {
  /** One that is treated in no special way. */
  static Batch of(Value value) {
    return new Batch(false, List.of(value), List.of(), false);
  }

  /** What Put asks for. */
  static Batch of(QueuePutRequest put, Queue queue, World world) {
    Value item = Values.stored("item", put.getItem(), world);
    List<QueueItemOptions> options = put.hasOptions() ? List.of(put.getOptions()) : List.of();
    return checked(new Batch(false, List.of(item), options, atHead(put.getEnd(), queue)), queue);
  }

  /** What PutMany asks for. */
  static Batch of(QueuePutManyRequest many, Queue queue, World world) {
    int most = Math.min(world.limits().getPageSize(), queue.capacity());
    if (many.getItemsCount() > most) {
      throw Refusal.argument(
          "items", "Expected at most " + most + " items, but there are " + many.getItemsCount());
    }
    if (many.getOptionsCount() > 1 && many.getOptionsCount() != many.getItemsCount()) {
      throw Refusal.argument(
          "options",
          "Expected no options, one for all items, or one for each of the "
              + many.getItemsCount()
              + ", but there are "
              + many.getOptionsCount());
    }
    for (Value item : many.getItemsList()) {
      Values.stored("items", item, world);
    }
    boolean atHead = atHead(many.getEnd(), queue);
    return checked(new Batch(true, many.getItemsList(), many.getOptionsList(), atHead), queue);
  }

  private static Batch checked(Batch batch, Queue queue) {
    for (QueueItemOptions each : batch.options) {
      OptionsCheck.of(each, queue);
    }
    return batch;
  }

  private static boolean atHead(QueueEnd end, Queue queue) {
    return switch (end) {
      case QUEUE_END_UNSPECIFIED -> queue.createdAs().isStack();
      case QUEUE_END_HEAD -> true;
      case QUEUE_END_TAIL -> false;
      case UNRECOGNIZED -> throw unknownEnd();
    };
  }

  /** Why an end that is none is refused. */
  static Refusal unknownEnd() {
    return Refusal.argument("end", "Expected end to be HEAD or TAIL, but it is neither");
  }

  static Batch restored(PutterState state) {
    return new Batch(
        state.getMany(), state.getItemsList(), state.getOptionsList(), state.getAtHead());
  }

  PutterState save() {
    return PutterState.newBuilder()
        .setMany(many)
        .addAllItems(values)
        .addAllOptions(options)
        .setAtHead(atHead)
        .build();
  }

  int size() {
    return values.size();
  }

  /** How many items it has, but for some. */
  int size(Duplicates without) {
    return values.size() - without.count();
  }

  /** Whether it has items, and all of them are duplicates. */
  boolean isAll(Duplicates duplicates) {
    return !duplicates.isEmpty() && size(duplicates) == 0;
  }

  /** How the item at a position is treated. */
  QueueItemOptions options(int position) {
    if (options.isEmpty()) {
      return QueueItemOptions.getDefaultInstance();
    }
    return options.get(options.size() == 1 ? 0 : position);
  }

  /** What its items cost, but for some. */
  long cost(Duplicates without) {
    long cost = 0;
    for (int i = 0; i < values.size(); i++) {
      if (!without.has(i)) {
        cost += Item.cost(values.get(i), ItemTerms.ofOptions(options(i)));
      }
    }
    return cost;
  }
}
