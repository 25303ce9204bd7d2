package dev.polyproc.server.engine.simulation;

import com.google.protobuf.Message;
import dev.polyproc.v1.QueueEnd;
import dev.polyproc.v1.QueueItemOptions;
import dev.polyproc.v1.QueuePutManyRequest;
import dev.polyproc.v1.QueuePutManyResponse;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.QueuePutResponse;
import dev.polyproc.v1.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a Put or a PutMany puts.
 *
 * @param options of each item
 */
record ModelPut(boolean many, List<Value> items, List<QueueItemOptions> options, QueueEnd end) {
  static ModelPut of(Message request) {
    if (request instanceof QueuePutRequest one) {
      return new ModelPut(false, List.of(one.getItem()), List.of(one.getOptions()), one.getEnd());
    }
    QueuePutManyRequest many = (QueuePutManyRequest) request;
    List<QueueItemOptions> options = new ArrayList<>();
    for (int i = 0; i < many.getItemsCount(); i++) {
      options.add(
          switch (many.getOptionsCount()) {
            case 0 -> QueueItemOptions.getDefaultInstance();
            case 1 -> many.getOptions(0);
            default -> many.getOptions(i);
          });
    }
    return new ModelPut(true, many.getItemsList(), options, many.getEnd());
  }

  /** The positions of those whose unique keys are taken. */
  private List<Integer> duplicates(ModelStock stock) {
    List<Integer> duplicates = new ArrayList<>();
    Set<String> own = new HashSet<>();
    for (int i = 0; i < items.size(); i++) {
      String unique = options.get(i).getUniqueKey();
      if (!unique.isEmpty() && (stock.isTaken(unique) || !own.add(unique))) {
        duplicates.add(i);
      }
    }
    return duplicates;
  }

  boolean isAllDuplicates(ModelStock stock) {
    return !items.isEmpty() && duplicates(stock).size() == items.size();
  }

  /** For how many there must be room. */
  int needed(ModelStock stock) {
    return items.size() - duplicates(stock).size();
  }

  Outcome put(ModelStock stock) {
    List<Integer> duplicates = duplicates(stock);
    for (int i = 0; i < items.size(); i++) {
      if (duplicates.contains(i)) {
        stock.duplicate();
      } else {
        stock.put(items.get(i), options.get(i), end);
      }
    }
    if (many) {
      return Outcome.of(
          QueuePutManyResponse.newBuilder().setAccepted(true).addAllDuplicates(duplicates).build());
    }
    return Outcome.of(
        QueuePutResponse.newBuilder()
            .setAccepted(duplicates.isEmpty())
            .setDuplicate(!duplicates.isEmpty())
            .build());
  }

  /** The answer where there was not room in time. */
  Outcome notPut() {
    return Outcome.of(
        many ? QueuePutManyResponse.getDefaultInstance() : QueuePutResponse.getDefaultInstance());
  }
}
