package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.PREFIX;
import static dev.polyproc.integration.Attacker.many;

import com.google.protobuf.ByteString;
import dev.polyproc.integration.Attack.Credential;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.DictUpdateRequest;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.NamespaceServiceGrpc;
import dev.polyproc.v1.NamespaceSetRequest;
import dev.polyproc.v1.QueueServiceGrpc;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import java.io.IOException;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/** Keys and names chosen so that a table that trusts their hashes becomes a list. */
final class OrderAttacks {
  private static final String DICT = PREFIX + "collisions";
  private static final int PAGE = 1_000;

  private OrderAttacks() {}

  static Stream<Attack> all() {
    return Stream.of(
        keys("whole numbers k<<32|k", k -> Requests.number((long) k << 32 | k)),
        keys(
            "floats whose halves are alike",
            k -> Value.newBuilder().setFloat(Double.longBitsToDouble((long) k << 32 | k)).build()),
        keys("texts of Aa and BB", k -> Requests.text(alike(k))),
        keys(
            "bytes of Aa and BB",
            k -> Value.newBuilder().setBytes(ByteString.copyFromUtf8(alike(k))).build()),
        keys(
            "tuples of numbers k and -31 k",
            k ->
                Value.newBuilder()
                    .setTuple(
                        ValueList.newBuilder()
                            .addValues(Requests.number(k))
                            .addValues(Requests.number(-31L * k)))
                    .build()),
        Attack.of("names of objects of Aa and BB", Credential.SOCKET, OrderAttacks::objects),
        Attack.of("names of attributes of Aa and BB", Credential.SOCKET, OrderAttacks::attributes));
  }

  /** One of 65,536 texts that have the same hash in Java. */
  private static String alike(int number) {
    StringBuilder text = new StringBuilder();
    for (int bit = 0; bit < 16; bit++) {
      text.append((number >> bit & 1) == 0 ? "Aa" : "BB");
    }
    return text.toString();
  }

  private static Attack keys(String what, IntFunction<Value> key) {
    return Attack.of(
        "a dict whose keys are " + what,
        Credential.SOCKET,
        attacker -> {
          Client client = attacker.client();
          client.dicts().create(DictCreateRequest.newBuilder().setDict(DICT).build());
          int keys = many(20_000, 60_000);
          for (int first = 1; first < keys && !attacker.isOver(); first += PAGE) {
            DictUpdateRequest.Builder update = DictUpdateRequest.newBuilder().setDict(DICT);
            for (int k = first; k < first + PAGE; k++) {
              update.addItems(
                  ValueEntry.newBuilder().setKey(key.apply(k)).setValue(Requests.number(k)));
            }
            client.dicts().update(update.build());
          }
        });
  }

  private static void objects(Attacker attacker) throws IOException {
    RawHttp2 connection = attacker.connect();
    RawStream stream = RawStream.attach(attacker, connection, attacker.session(), 1);
    for (int i = 1; i <= many(3_000, 9_000); i++) {
      stream.frame(
          RawStream.commands(
              i, 1, QueueServiceGrpc.getCreateMethod(), Requests.createQueue(PREFIX + alike(i))));
    }
    stream.flush();
  }

  private static void attributes(Attacker attacker) throws IOException {
    String namespace = PREFIX + "names";
    var unused =
        NamespaceServiceGrpc.newBlockingStub(attacker.client().channel())
            .create(NamespaceCreateRequest.newBuilder().setNamespace(namespace).build());
    RawHttp2 connection = attacker.connect();
    RawStream stream = RawStream.attach(attacker, connection, attacker.session(), 1);
    for (int i = 1; i <= many(10_000, 16_000); i++) {
      stream.frame(
          RawStream.commands(
              i,
              1,
              NamespaceServiceGrpc.getSetMethod(),
              NamespaceSetRequest.newBuilder()
                  .setNamespace(namespace)
                  .setAttribute(alike(i))
                  .setValue(Requests.number(i))
                  .build()));
    }
    stream.flush();
  }
}
