package dev.polyproc.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import dev.polyproc.server.engine.Engine;
import dev.polyproc.server.engine.EngineFixture;
import dev.polyproc.server.engine.call.Operation;
import dev.polyproc.server.engine.refusal.Refusal;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.Limits;
import dev.polyproc.v1.Null;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.QueuePutRequest;
import dev.polyproc.v1.SequenceRange;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.Value;
import dev.polyproc.v1.ValueEntry;
import dev.polyproc.v1.ValueList;
import dev.polyproc.v1.ValueMap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** Bytes become requests only where there are not too many of what they would become. */
final class RequestParserTest {
  private static final int FIELDS = 100;

  /** Those of a Put of a list around its elements: the queue, the item, the list. */
  private static final int AROUND = 3;

  private static final Limits LIMITS =
      EngineFixture.LIMITS.toBuilder().setRequestFields(FIELDS).setWindowCalls(10).build();

  private final RequestParser parser = new RequestParser(LIMITS);
  private final Operation put =
      new Engine(EngineFixture.boot(LIMITS)).operations().byName("QueueService/Put");

  private Refusal refused(ByteString bytes) {
    return catchThrowableOfType(Refusal.class, () -> parser.parse(put, bytes));
  }

  private static ErrorInfo info(Refusal refusal) {
    try {
      return refusal.status().getDetails(0).unpack(ErrorInfo.class);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void requireTooMany(ByteString bytes) {
    Refusal refusal = refused(bytes);
    assertThat(refusal).isNotNull();
    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
    assertThat(refusal.getMessage())
        .isEqualTo(
            "Expected a request of at most 100 fields, those of its values included, but it has"
                + " more; send less at once, or values as bytes");
    assertThat(info(refusal).getMetadataMap()).containsEntry("limit", "request_fields");
  }

  private static ByteString put(Value.Builder item) {
    return QueuePutRequest.newBuilder().setQueue("q").setItem(item).build().toByteString();
  }

  private static Value.Builder list(int count, Value element) {
    return Value.newBuilder()
        .setList(ValueList.newBuilder().addAllValues(Collections.nCopies(count, element)));
  }

  private static Value nothing() {
    return Value.newBuilder().setNull(Null.getDefaultInstance()).build();
  }

  @Test
  void shouldCountTheFieldsOfNestedValues() {
    int most = (FIELDS - AROUND) / 2;
    Message parsed = parser.parse(put, put(list(most, nothing())));
    assertThat(((QueuePutRequest) parsed).getItem().getList().getValuesCount()).isEqualTo(most);
    requireTooMany(put(list(most + 1, nothing())));
  }

  @Test
  void shouldCountWhatIsEmptyOrAValueOfAnyKind() {
    requireTooMany(put(list(FIELDS, Value.getDefaultInstance())));
    requireTooMany(put(list(FIELDS / 2, Value.newBuilder().setInt(-1).build())));
    requireTooMany(put(list(FIELDS / 2, Value.newBuilder().setFloat(1).build())));
    requireTooMany(put(list(FIELDS / 2, Value.newBuilder().setText("x".repeat(99)).build())));
    requireTooMany(
        put(
            Value.newBuilder()
                .setMap(
                    ValueMap.newBuilder()
                        .addAllEntries(
                            Collections.nCopies(FIELDS, ValueEntry.getDefaultInstance())))));
    Value.Builder refs = Value.newBuilder();
    for (int i = 0; i < FIELDS; i++) {
      refs.getOpaqueBuilder().addRefsBuilder();
    }
    requireTooMany(put(refs));
  }

  @Test
  void shouldNotLookIntoTextsAndBytes() {
    ByteString list = put(list(10_000, nothing()));
    assertThatCode(() -> parser.parse(put, put(Value.newBuilder().setBytes(list))))
        .doesNotThrowAnyException();
  }

  @Test
  void shouldCountUnknownFieldsAndGroupsOfThem() {
    UnknownFieldSet.Field.Builder field = UnknownFieldSet.Field.newBuilder();
    UnknownFieldSet.Field.Builder group = UnknownFieldSet.Field.newBuilder();
    for (int i = 0; i <= 2 * FIELDS; i++) {
      field.addVarint(1);
      group.addGroup(UnknownFieldSet.getDefaultInstance());
    }
    ByteString nested = put(list(FIELDS, nothing()));
    UnknownFieldSet.Field inGroup =
        UnknownFieldSet.Field.newBuilder()
            .addGroup(UnknownFieldSet.newBuilder().addField(1_000, field.build()).build())
            .build();
    requireTooMany(unknown(field.build()));
    requireTooMany(unknown(group.build()));
    requireTooMany(unknown(inGroup));
    requireTooMany(unknown(field.build()).concat(nested));
    requireTooMany(
        unknown(
                UnknownFieldSet.Field.newBuilder()
                    .addGroup(UnknownFieldSet.getDefaultInstance())
                    .build())
            .concat(nested));
  }

  private static ByteString unknown(UnknownFieldSet.Field field) {
    return UnknownFieldSet.newBuilder().addField(1_000, field).build().toByteString();
  }

  /** What cannot be parsed is answered as that; what is before it must not be too much either. */
  @Test
  void shouldStillTellGarbageFromRequests() {
    ByteString garbage = ByteString.copyFrom(new byte[4 * FIELDS]);
    assertThat(refused(garbage).reason()).isEqualTo(ErrorReason.ERROR_REASON_MALFORMED_REQUEST);
    ByteString whole = put(list(FIELDS / 3, nothing()).setText("x".repeat(4 * FIELDS)));
    assertThat(refused(whole.substring(0, whole.size() - 1)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MALFORMED_REQUEST);
    ByteString many = put(list(FIELDS, nothing()));
    requireTooMany(many.concat(garbage));
    ByteString endOfGroup = ByteString.copyFrom(new byte[] {(byte) 12});
    assertThat(refused(endOfGroup.concat(many)).reason())
        .isEqualTo(ErrorReason.ERROR_REASON_MALFORMED_REQUEST);
  }

  @Test
  void shouldStillRefuseWhatNestsTooDeep() {
    Value.Builder deep = Value.newBuilder().setText("x".repeat(4 * FIELDS));
    for (int i = 0; i < 40; i++) {
      deep = list(1, deep.build());
    }
    assertThat(refused(put(deep)).reason()).isEqualTo(ErrorReason.ERROR_REASON_NESTED_TOO_DEEP);
  }

  @Test
  void shouldDropUnknownFieldsOfEveryRequest() throws IOException {
    ByteString unknown = unknown(UnknownFieldSet.Field.newBuilder().addVarint(1).build());
    assertThat(parser.parse(put, unknown).getSerializedSize()).isZero();
    SessionAttachRequest frame = SessionAttachRequest.newBuilder().setSession("s").build();
    assertThat(parser.parseFrame(frame.toByteString().concat(unknown).toByteArray()))
        .isEqualTo(frame);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream output = CodedOutputStream.newInstance(bytes);
    output.writeByteArray(SessionAttachRequest.CALLS_FIELD_NUMBER, unknown.toByteArray());
    output.flush();
    assertThat(parser.parseFrame(bytes.toByteArray()))
        .isEqualTo(SessionAttachRequest.newBuilder().addCalls(Call.getDefaultInstance()).build());
    assertThat(parser.parse("Output", ProcessOutputRequest.parser(), unknown).getSerializedSize())
        .isZero();
  }

  @Test
  void shouldBoundTheRequestsOfStreams() {
    UnknownFieldSet.Field.Builder field = UnknownFieldSet.Field.newBuilder();
    for (int i = 0; i <= FIELDS; i++) {
      field.addVarint(1);
    }
    assertThat(
            catchThrowableOfType(
                    Refusal.class,
                    () ->
                        parser.parse(
                            "Output", ProcessOutputRequest.parser(), unknown(field.build())))
                .reason())
        .isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
  }

  private void requireFull(SessionAttachRequest.Builder frame, String sentence) {
    Refusal refusal =
        catchThrowableOfType(Refusal.class, () -> parser.parseFrame(frame.build().toByteArray()));
    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_WINDOW_FULL);
    assertThat(refusal.getMessage()).isEqualTo(sentence + "; send them in several");
    assertThat(info(refusal).getMetadataMap()).containsEntry("limit", "window_calls");
    assertThat(refusal.status().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED_VALUE);
  }

  @Test
  void shouldBoundTheCallsAndRangesOfAFrame() {
    SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
    for (int i = 0; i < 10; i++) {
      frame.addCalls(Call.newBuilder().setSequence(i + 1).setRequest(put(list(50, nothing()))));
      frame.addReceived(SequenceRange.newBuilder().setFirst(1).setLast(1));
    }
    assertThat(parser.parseFrame(frame.build().toByteArray())).isEqualTo(frame.build());
    requireFull(
        frame.clone().addCalls(Call.getDefaultInstance()),
        "Expected at most 10 calls in a frame, but there are more");
    requireFull(
        frame.clone().addReceived(SequenceRange.getDefaultInstance()),
        "Expected at most 10 ranges of received calls in a frame, but there are more");
  }

  @Test
  void shouldBoundTheFieldsOfAFrame() {
    SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
    UnknownFieldSet.Field.Builder field = UnknownFieldSet.Field.newBuilder();
    for (int i = 0; i <= FIELDS; i++) {
      field.addVarint(1);
    }
    frame.addCalls(
        Call.newBuilder()
            .setUnknownFields(UnknownFieldSet.newBuilder().addField(99, field.build()).build()));
    Refusal refusal =
        catchThrowableOfType(Refusal.class, () -> parser.parseFrame(frame.build().toByteArray()));
    assertThat(refusal.reason()).isEqualTo(ErrorReason.ERROR_REASON_VALUE_TOO_LARGE);
  }

  @Test
  void shouldRefuseNumbersBeyondThoseThereAre() {
    SessionAttachRequest frame =
        SessionAttachRequest.newBuilder().setReceivedBelow(Long.MIN_VALUE).build();
    assertThat(
            catchThrowableOfType(Refusal.class, () -> parser.parseFrame(frame.toByteArray()))
                .getMessage())
        .isEqualTo(
            "Expected received_below to be at most 9223372036854775807, but it is"
                + " 9223372036854775808");
  }
}
