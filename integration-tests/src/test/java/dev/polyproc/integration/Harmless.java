package dev.polyproc.integration;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import dev.polyproc.v1.ArrayCreateRequest;
import dev.polyproc.v1.ArrayServiceGrpc;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.ProcessStartRequest;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionServiceGrpc;
import java.util.List;
import java.util.Random;

/**
 * What random requests must not do: start just any program, or just as many as they like; and fill
 * the daemon with sessions or with large arrays, so that nothing else is seen of it.
 */
final class Harmless {
  private static final int START = Attachment.number(ProcessServiceGrpc.getStartMethod());
  private static final int CREATE_ARRAY = Attachment.number(ArrayServiceGrpc.getCreateMethod());
  private static final int LONGEST = 100;
  private static final int OPEN = Attachment.number(SessionServiceGrpc.getOpenMethod());
  private static final List<String> COMMANDS =
      List.of("/bin/true", "/bin/sleep", "/no/such/program", "no-such-program");

  private final Random random;
  private int starts;

  /** Lets so many starts through. */
  Harmless(Random random, int starts) {
    this.random = random;
    this.starts = starts;
  }

  /** The request as it may be sent to the method of that number; empty where it may not be. */
  byte[] request(int method, byte[] bytes) {
    try {
      if (method == START) {
        return start(ProcessStartRequest.parseFrom(bytes));
      }
      if (method == CREATE_ARRAY && random.nextInt(10) > 0) {
        return array(ArrayCreateRequest.parseFrom(bytes));
      }
      return method == OPEN && random.nextInt(10) > 0
          ? open(SessionOpenRequest.parseFrom(bytes))
          : bytes;
    } catch (InvalidProtocolBufferException e) {
      return bytes; // The daemon cannot read it either.
    }
  }

  private byte[] start(ProcessStartRequest request) {
    String command = COMMANDS.get(random.nextInt(COMMANDS.size()));
    ProcessStartRequest.Builder harmless = request.toBuilder().setCommand(command);
    if (command.equals("/bin/sleep")) {
      harmless.clearArguments().addArguments("0.1");
    }
    return starts-- > 0 ? harmless.build().toByteArray() : new byte[0];
  }

  private static byte[] array(ArrayCreateRequest request) {
    return request.toBuilder()
        .setLength(Math.floorMod(request.getLength(), LONGEST))
        .build()
        .toByteArray();
  }

  private byte[] open(SessionOpenRequest request) {
    return request.toBuilder()
        .setTimeToLive(Durations.fromMillis(100 + random.nextInt(900)))
        .build()
        .toByteArray();
  }
}
