package dev.polyproc.integration;

import static dev.polyproc.integration.Attacker.PREFIX;
import static dev.polyproc.integration.Attacker.many;
import static dev.polyproc.integration.DeepValue.field;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_LIMIT_REACHED;
import static dev.polyproc.v1.ErrorReason.ERROR_REASON_MEMORY_FULL;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.polyproc.integration.Attack.Credential;
import dev.polyproc.integration.Wide.Shape;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ArraySetSliceRequest;
import dev.polyproc.v1.DictCreateRequest;
import dev.polyproc.v1.ElementType;
import dev.polyproc.v1.Elements;
import dev.polyproc.v1.ListCreateRequest;
import dev.polyproc.v1.ListServiceGrpc;
import dev.polyproc.v1.NamespaceCreateRequest;
import dev.polyproc.v1.NamespaceServiceGrpc;
import dev.polyproc.v1.Opaque;
import dev.polyproc.v1.QueueCreateRequest;
import dev.polyproc.v1.Ref;
import dev.polyproc.v1.Value;
import io.grpc.Status.Code;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/** Requests whose objects are far larger than their bytes, to be parsed, and to be kept. */
final class ValueAttacks {
  /** As large as a heap of 96 MiB lets a request be. */
  private static final int LARGE = 5_700_000;

  private static final int SMALL = 450_000;
  private static final int STORED = 100_000;
  private static final String QUEUE = PREFIX + "wide";
  private static final int NUMBERED = 1_000_000;

  /** What no request may be answered with, whatever it is. */
  private static final Set<Code> FAILURES =
      EnumSet.of(Code.UNKNOWN, Code.INTERNAL, Code.UNAVAILABLE, Code.UNIMPLEMENTED);

  private ValueAttacks() {}

  static Stream<Attack> all() {
    return Stream.of(
            Stream.of(Shape.values()).map(ValueAttacks::large),
            Stream.of(
                everyMethod(Credential.NONE),
                everyMethod(Credential.SOCKET),
                items(),
                frames("calls", 34, 0),
                frames("confirmations", 42, 0),
                stored(
                    "items of a queue",
                    "QueueService/Put",
                    i -> name(QUEUE).concat(field(2, Shape.NULLS.value(STORED)))),
                opaques(),
                stored(
                    "values of a dict",
                    "DictService/Set",
                    i ->
                        name(PREFIX + "dict")
                            .concat(field(2, number(i)))
                            .concat(field(3, Shape.NULLS.value(STORED)))),
                stored(
                    "keys of a dict",
                    "DictService/Set",
                    i ->
                        name(PREFIX + "dict").concat(field(2, key(i))).concat(field(3, number(i)))),
                stored(
                    "values of a list",
                    "ListService/Append",
                    i -> name(PREFIX + "list").concat(field(2, Shape.EMPTY_LISTS.value(STORED)))),
                stored(
                    "attributes of a namespace",
                    "NamespaceService/Set",
                    i ->
                        name(PREFIX + "namespace")
                            .concat(field(2, ByteString.copyFromUtf8("a" + i)))
                            .concat(field(3, Shape.MAP_OF_NULLS.value(STORED)))),
                waitingPuts(),
                arrays(),
                elements()))
        .flatMap(attacks -> attacks);
  }

  /** The name of the object, which stands first in every request. */
  private static ByteString name(String object) {
    return field(1, ByteString.copyFromUtf8(object));
  }

  private static ByteString number(int number) {
    return Requests.number(number).toByteString();
  }

  /** A tuple of nulls, and a number that no other has. */
  private static ByteString key(int number) {
    return field(
        Value.TUPLE_FIELD_NUMBER,
        Wide.repeat(STORED, Wide.bytes(10, 2, 10, 0)).concat(field(1, number(NUMBERED + number))));
  }

  private static Attack large(Shape shape) {
    return Attack.of(
            "puts of 5.7 MB of " + shape,
            Credential.SOCKET,
            attacker -> {
              attacker.client().queues().create(Requests.createQueue(QUEUE));
              ByteString put = name(QUEUE).concat(field(2, shape.value(LARGE)));
              for (int i = 0; i < many(2, 50) && !attacker.isOver(); i++) {
                send(attacker, "QueueService/Put", put);
              }
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL);
  }

  private static void send(Attacker attacker, String method, ByteString request)
      throws IOException {
    RawAnswer answer = ask(attacker.connect(), attacker, method, request);
    assertThat(FAILURES).as("%s: %s", method, answer).doesNotContain(answer.code());
  }

  private static RawAnswer ask(
      RawHttp2 connection, Attacker attacker, String method, ByteString request)
      throws IOException {
    return connection.ask(
        attacker.headers("polyproc.v1." + method), RawHttp2.message(false, request.toByteArray()));
  }

  /** Whatever can be repeated in any request is, and what it may hold as well. */
  private static Attack everyMethod(Credential credential) {
    return Attack.of(
            "wide requests in every method",
            credential,
            attacker -> {
              for (MethodDescriptor method : ContractMethods.methods().toList()) {
                if (method.isServerStreaming()) {
                  continue;
                }
                String name = method.getService().getName() + "/" + method.getName();
                ByteString harmless = ByteString.EMPTY;
                FieldDescriptor timeout = method.getInputType().findFieldByName("timeout");
                if (timeout != null) {
                  harmless = field(timeout.getNumber(), ByteString.EMPTY);
                }
                send(attacker, name, harmless.concat(Wide.repeat(SMALL, Wide.bytes(122, 0))));
                if (credential == Credential.NONE) {
                  // Refused before its fields matter.
                  continue;
                }
                for (FieldDescriptor field : method.getInputType().getFields()) {
                  send(attacker, name, harmless.concat(wide(field)));
                  if (attacker.isOver()) {
                    return;
                  }
                }
              }
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL);
  }

  private static ByteString wide(FieldDescriptor field) {
    boolean holdsBytes =
        switch (field.getJavaType()) {
          case MESSAGE, STRING, BYTE_STRING -> true;
          default -> false;
        };
    if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
        && field.getMessageType() == Value.getDescriptor()
        && !field.isRepeated()) {
      return field(field.getNumber(), Shape.NULLS.value(SMALL));
    }
    byte tag = (byte) (field.getNumber() << 3 | (holdsBytes ? 2 : 0));
    return Wide.repeat(SMALL, tag, (byte) 0);
  }

  private static Attack items() {
    return Attack.of(
        "more nulls than there may be in one PutMany",
        Credential.SOCKET,
        attacker -> {
          attacker.client().queues().create(Requests.createQueue(QUEUE));
          ByteString items = name(QUEUE).concat(Wide.repeat(LARGE, Wide.bytes(18, 2, 10, 0)));
          send(attacker, "QueueService/PutMany", items);
        });
  }

  /** Frames of a stream that are nothing but the same empty field. */
  private static Attack frames(String what, int... pattern) {
    return Attack.of(
        "a frame of 3 million empty " + what,
        Credential.SOCKET,
        attacker -> {
          RawHttp2 connection = attacker.connect();
          RawStream stream = RawStream.attach(attacker, connection, attacker.session(), 1);
          stream.frame(Wide.repeat(LARGE, Wide.bytes(pattern)));
          connection.flush();
        });
  }

  private interface Numbered {
    ByteString request(int number);
  }

  /** One after the other until there is no more room. */
  private static Attack stored(String what, String method, Numbered request) {
    return Attack.of(
            "many nulls kept as " + what,
            Credential.SOCKET,
            attacker -> {
              createAll(attacker.client());
              putUntilRefused(attacker, method, request);
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL);
  }

  private static void putUntilRefused(Attacker attacker, String method, Numbered request)
      throws IOException {
    RawHttp2 connection = attacker.connect();
    RawAnswer answer;
    int number = 0;
    do {
      answer = ask(connection, attacker, method, request.request(number++));
      assertThat(FAILURES).as("%s: %s", method, answer).doesNotContain(answer.code());
    } while (answer.code() == Code.OK && number < many(150, 100_000) && !attacker.isOver());
  }

  private static Attack opaques() {
    return Attack.of(
            "many refs kept in opaque items",
            Credential.SOCKET,
            attacker -> {
              Ref ref = attacker.client().queues().create(Requests.createQueue(QUEUE)).getRef();
              ByteString one = field(Opaque.REFS_FIELD_NUMBER, ref.toByteString());
              ByteString value =
                  field(Value.OPAQUE_FIELD_NUMBER, Wide.repeat(STORED, one.toByteArray()));
              putUntilRefused(
                  attacker, "QueueService/Put", i -> name(QUEUE).concat(field(2, value)));
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL);
  }

  private static void createAll(Client client) {
    var unusedQueue = client.queues().create(Requests.createQueue(QUEUE));
    var unusedDict =
        client.dicts().create(DictCreateRequest.newBuilder().setDict(PREFIX + "dict").build());
    var unusedList =
        ListServiceGrpc.newBlockingStub(client.channel())
            .create(ListCreateRequest.newBuilder().setList(PREFIX + "list").build());
    var unusedNamespace =
        NamespaceServiceGrpc.newBlockingStub(client.channel())
            .create(NamespaceCreateRequest.newBuilder().setNamespace(PREFIX + "namespace").build());
  }

  /** Puts into a queue that has room for one item. */
  private static Attack waitingPuts() {
    return Attack.of(
            "many nulls kept as puts that wait",
            Credential.SOCKET,
            attacker -> {
              attacker
                  .client()
                  .queues()
                  .create(QueueCreateRequest.newBuilder().setQueue(QUEUE).setMaxsize(1).build());
              byte[] put =
                  RawHttp2.message(
                      false, name(QUEUE).concat(field(2, Shape.NULLS.value(STORED))).toByteArray());
              RawHttp2 connection = attacker.connect();
              for (int i = 0; i < many(150, 4_000) && !attacker.isOver(); i++) {
                connection.call(attacker.headers("polyproc.v1.QueueService/Put"), put);
              }
              connection.flush();
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL, ERROR_REASON_LIMIT_REACHED);
  }

  private static ByteString array(String name, long length) {
    return ArrayCreateRequest.newBuilder()
        .setArray(name)
        .setType(ElementType.ELEMENT_TYPE_INT64)
        .setLength(length)
        .build()
        .toByteString();
  }

  /** A few bytes each, which ask for a megabyte. */
  private static Attack arrays() {
    return Attack.of(
            "arrays of 1 MB by few bytes each",
            Credential.SOCKET,
            attacker ->
                putUntilRefused(
                    attacker, "ArrayService/Create", i -> array(PREFIX + "array/" + i, 1 << 17)))
        .othersMayGet(ERROR_REASON_MEMORY_FULL);
  }

  /** All elements one by one, where they should stand together. */
  private static Attack elements() {
    byte[] one = Wide.bytes(Elements.INTS_FIELD_NUMBER << 3 | 1, 1, 0, 0, 0, 0, 0, 0, 0);
    return Attack.of(
            "elements of 5.7 MB, which an array takes and one that has fewer does not",
            Credential.SOCKET,
            attacker -> {
              ByteString elements = Wide.repeat(LARGE, one);
              long length = elements.size() / one.length;
              for (long more = 0; more <= 1 && !attacker.isOver(); more++) {
                String name = PREFIX + "elements/" + more;
                send(attacker, "ArrayService/Create", array(name, length + more));
                for (int i = 0; i < many(2, 50) && !attacker.isOver(); i++) {
                  send(
                      attacker,
                      "ArrayService/SetSlice",
                      name(name)
                          .concat(field(ArraySetSliceRequest.ELEMENTS_FIELD_NUMBER, elements)));
                }
              }
            })
        .othersMayGet(ERROR_REASON_MEMORY_FULL);
  }
}
