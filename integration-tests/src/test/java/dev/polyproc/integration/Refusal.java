package dev.polyproc.integration;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.polyproc.v1.ErrorReason;
import dev.polyproc.v1.OptionsProto;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How a call was refused. Making one checks the form that the contract gives every refusal. */
record Refusal(ErrorReason reason, String sentence, Map<String, String> metadata) {
  private static final String PREFIX = "ERROR_REASON_";

  /** The refusal of a call that must be refused. */
  static Refusal of(ThrowingCallable call) {
    try {
      call.call();
    } catch (Throwable thrown) {
      return of(thrown);
    }
    throw new AssertionError("Expected a refusal, but the call was done");
  }

  /** The refusal that a stub threw. */
  static Refusal of(Throwable thrown) {
    Status status = StatusProto.fromThrowable(thrown);
    if (status == null) {
      throw new AssertionError("Expected a status", thrown);
    }
    return of(status);
  }

  /** The refusal in a status. */
  static Refusal of(Status status) {
    assertThat(status.getDetailsList()).as("the details of %s", status).hasSize(1);
    ErrorInfo info = info(status.getDetails(0));
    ErrorReason reason = ErrorReason.valueOf(PREFIX + info.getReason());
    Code code = reason.getValueDescriptor().getOptions().getExtension(OptionsProto.code);
    assertThat(reason).as("%s", status).isNotEqualTo(ErrorReason.ERROR_REASON_INTERNAL);
    assertThat(status.getCode()).as("the code of %s", status).isEqualTo(code.getNumber());
    assertThat(status.getMessage()).matches("(?s)Expected .+, but .+");
    assertThat(info.getDomain()).isEqualTo("polyproc.dev");
    return new Refusal(reason, status.getMessage(), info.getMetadataMap());
  }

  /** The reason of a call that must be refused. */
  static ErrorReason reasonOf(ThrowingCallable call) {
    return of(call).reason();
  }

  private static ErrorInfo info(Any detail) {
    try {
      return detail.unpack(ErrorInfo.class);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("Expected an ErrorInfo, but it is " + detail, e);
    }
  }
}
