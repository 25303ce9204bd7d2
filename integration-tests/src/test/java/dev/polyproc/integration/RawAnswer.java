package dev.polyproc.integration;

import com.google.rpc.Status;
import io.grpc.Status.Code;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** What came back on one stream of hand-made HTTP/2. */
final class RawAnswer {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private @Nullable Code code;
  private @Nullable Status details;
  private int reset = -1;
  private boolean broken;
  private boolean ended;

  void headers(Http2Headers headers) throws IOException {
    CharSequence status = headers.get("grpc-status");
    if (status != null) {
      code = io.grpc.Status.fromCodeValue(Integer.parseInt(status.toString())).getCode();
    }
    CharSequence binary = headers.get("grpc-status-details-bin");
    if (binary != null) {
      details = Status.parseFrom(Base64.getDecoder().decode(binary.toString()));
    }
  }

  void message(byte[] part) {
    bytes.writeBytes(part);
  }

  void reset(int error) {
    reset = error;
    ended = true;
  }

  void broken() {
    broken = true;
    ended = true;
  }

  void end() {
    ended = true;
  }

  boolean isWhole() {
    return ended;
  }

  /** The status that gRPC has for it, also where the stream was reset. */
  Code code() {
    if (code != null) {
      return code;
    }
    // As gRPC reads HTTP/2's ENHANCE_YOUR_CALM and REFUSED_STREAM.
    return reset == 11 ? Code.RESOURCE_EXHAUSTED : reset == 7 ? Code.UNAVAILABLE : Code.INTERNAL;
  }

  /** The refusal of the contract that it must carry. */
  Refusal refusal() {
    if (details == null) {
      throw new AssertionError("Expected a refusal of the contract, but it is " + this);
    }
    return Refusal.of(details);
  }

  /** The one message of the answer. */
  byte[] content() {
    byte[] all = bytes.toByteArray();
    return all.length < 5 ? new byte[0] : Arrays.copyOfRange(all, 5, all.length);
  }

  @Override
  public String toString() {
    return broken
        ? "a broken connection"
        : String.format("%s, %d bytes, HTTP/2 error %d, %s", code, bytes.size(), reset, details);
  }
}
