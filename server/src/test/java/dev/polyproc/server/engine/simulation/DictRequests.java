package dev.polyproc.server.engine.simulation;

import dev.polyproc.server.engine.Client;
import dev.polyproc.server.engine.DictCalls;
import dev.polyproc.server.engine.Pending;
import dev.polyproc.server.engine.Plain;
import dev.polyproc.v1.DictAddRequest;
import dev.polyproc.v1.DictCompareAndSetRequest;
import dev.polyproc.v1.DictCreateRequest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Random requests to dicts. */
final class DictRequests {
  private static final List<@Nullable Object> KEYS =
      Arrays.asList(
          1, 1.0, true, 0, -0.0, "1", "a", null, 0.25, Double.NaN, Plain.tuple(1, "x"), List.of());

  private final Choices choices;

  DictRequests(Choices choices) {
    this.choices = choices;
  }

  Pending<?> call(Client client, String name) {
    if (choices.shouldCreate(name)) {
      return choices
          .meaning(client, name)
          .dict(name)
          .create(DictCreateRequest.newBuilder().setLifetime(choices.lifetime()));
    }
    DictCalls dict = choices.meaning(client, name).dict(name);
    Object key = key();
    return switch (choices.random.nextInt(32)) {
      case 0, 1, 2, 3, 4, 5 -> dict.set(key, choices.value());
      case 6, 7 -> dict.delete(key);
      case 8, 9 -> dict.pop(key);
      case 10, 11, 12 -> dict.setDefault(key, choices.value());
      case 13, 14, 15, 16 -> dict.compareAndSet(key, compareAndSet());
      case 17, 18, 19, 20 -> dict.add(key, addRequest());
      case 21, 22 -> dict.update(someEntries());
      case 23, 24 -> dict.popItem(choices.oneIn(2));
      case 25 -> dict.replace(key, choices.value());
      case 26 -> dict.get(key);
      case 27 -> choices.oneIn(3) ? dict.askSize() : dict.contains(key);
      case 28 -> dict.items(choices.random.nextInt(4), "");
      case 29 -> dict.keys(choices.random.nextInt(4), "");
      case 30 -> dict.values(choices.random.nextInt(4), "");
      default -> choices.random.nextInt(4) == 0 ? dict.clear() : dict.set(key, "text");
    };
  }

  private @Nullable Object key() {
    return choices.oneIn(8) ? choices.value() : choices.any(KEYS);
  }

  private DictCompareAndSetRequest.Builder compareAndSet() {
    DictCompareAndSetRequest.Builder request = DictCompareAndSetRequest.newBuilder();
    if (choices.random.nextInt(3) > 0) {
      request.setExpected(choices.value());
    }
    if (choices.random.nextInt(3) > 0) {
      request.setValue(choices.value());
    }
    return request;
  }

  private DictAddRequest.Builder addRequest() {
    DictAddRequest.Builder request = DictAddRequest.newBuilder();
    if (choices.random.nextBoolean()) {
      request.setAmount(Plain.value(choices.number()));
    }
    if (choices.random.nextBoolean()) {
      request.setInitial(Plain.value(choices.number()));
    }
    return request;
  }

  private Map<@Nullable Object, Object> someEntries() {
    Map<@Nullable Object, Object> entries = new LinkedHashMap<>();
    for (int i = choices.random.nextInt(5); i > 0; i--) {
      entries.put(key(), choices.value());
    }
    return entries;
  }
}
