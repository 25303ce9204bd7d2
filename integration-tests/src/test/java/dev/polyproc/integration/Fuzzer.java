package dev.polyproc.integration;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import dev.polyproc.contract.RandomMessages;
import dev.polyproc.v1.Call;
import dev.polyproc.v1.OptionsProto;
import dev.polyproc.v1.Reply;
import dev.polyproc.v1.SessionAttachRequest;
import dev.polyproc.v1.SessionAttachResponse;
import dev.polyproc.v1.SessionOpenRequest;
import dev.polyproc.v1.SessionProto;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends what nobody sane would send, to every method, in calls of their own and in frames. All of
 * it follows from the seed; only the daemon's answers do not.
 */
final class Fuzzer implements Runnable {
  private static final int IN_FLIGHT = 16;
  private static final int STARTS = 100;
  private static final int DEEPEST = 4;

  /** Numbers of calls jump about by so much, and what lies before that is confirmed. */
  private static final int WINDOW = 20;

  private static final String ATTACH = "polyproc.v1.SessionService/Attach";
  private static final List<MethodDescriptor> METHODS = ContractMethods.methods().toList();
  private static final MethodDescriptor END =
      SessionProto.getDescriptor().findServiceByName("SessionService").findMethodByName("End");
  private static final List<String> HEADERS =
      List.of(
          "polyproc-session",
          "polyproc-sequence",
          "polyproc-received-below",
          "polyproc-received",
          "polyproc-owner",
          "polyproc-guard",
          "polyproc-call-site");
  private static final List<String> HEADER_VALUES =
      List.of("", "a", "0", "1", "-1", "7-90,92", "lock:1", "lock:", "99999999999999999999", "zz");

  private final Client client;
  private final Random random;
  private final RandomMessages messages;
  private final Harmless harmless;
  private final Findings findings;
  private final long until;
  private final Semaphore inFlight = new Semaphore(IN_FLIGHT);
  private String session = "";
  private @Nullable Stream stream;
  private long attachments;
  private long sequence = WINDOW;

  /** Until {@link System#nanoTime} is {@code until}. */
  Fuzzer(Client client, long seed, long until, Findings findings) {
    this.client = client;
    this.random = new Random(seed);
    this.messages = new RandomMessages(random);
    this.harmless = new Harmless(random, STARTS);
    this.until = until;
    this.findings = findings;
  }

  @Override
  public void run() {
    while (System.nanoTime() < until) {
      MethodDescriptor method = anyMethod();
      int way = random.nextInt(200);
      if (way < 2 || session.isEmpty()) {
        openSession();
      } else if (way < 80) {
        frame();
      } else if (method.isClientStreaming()) {
        attach(random.nextBoolean() ? anyRequest(method) : Garbage.bytes(random));
      } else {
        call(method, anyRequest(method));
      }
    }
    inFlight.acquireUninterruptibly(IN_FLIGHT);
    if (stream != null) {
      stream.cancel();
    }
  }

  /** A session that is closed at once sees little: so that comes seldom. */
  private MethodDescriptor anyMethod() {
    MethodDescriptor method = METHODS.get(random.nextInt(METHODS.size()));
    return method.equals(END) && random.nextInt(20) > 0 ? anyMethod() : method;
  }

  private void openSession() {
    SessionOpenRequest request =
        SessionOpenRequest.newBuilder().setTimeToLive(Durations.fromSeconds(5)).build();
    sequence = WINDOW;
    long begin = System.nanoTime();
    try {
      session = client.sessions().open(request).getSession();
    } catch (StatusRuntimeException e) {
      findings.note("SessionService/Open", request.toByteArray(), e.getStatus(), e);
    }
    findings.took(System.nanoTime() - begin);
  }

  /** Mostly a message of the right type; now and then bytes that are none, or far too deep. */
  private byte[] anyRequest(MethodDescriptor method) {
    int what = random.nextInt(100);
    byte[] bytes =
        what == 0
            ? DeepValue.put("queue", random.nextInt(2_000))
            : what < 10
                ? Garbage.bytes(random)
                : messages
                    .fill(DynamicMessage.newBuilder(method.getInputType()), DEEPEST)
                    .toByteArray();
    return harmless.request(number(method), bytes);
  }

  private static int number(MethodDescriptor method) {
    return method.getOptions().getExtension(OptionsProto.number);
  }

  private void call(MethodDescriptor method, byte[] request) {
    String name = method.getService().getFullName() + "/" + method.getName();
    ClientCall<byte[], byte[]> call =
        client
            .with(envelope())
            .channel()
            .newCall(
                RawCalls.method(
                    name,
                    method.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY),
                CallOptions.DEFAULT.withDeadlineAfter(
                    20 + random.nextInt(300), TimeUnit.MILLISECONDS));
    inFlight.acquireUninterruptibly();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            findings.note(name, request, status, status.asRuntimeException(trailers));
            inFlight.release();
          }
        },
        new Metadata());
    call.request(Integer.MAX_VALUE);
    call.sendMessage(request);
    call.halfClose();
  }

  private Envelope envelope() {
    Envelope envelope = Envelope.none();
    if (random.nextInt(4) > 0) {
      envelope = Envelope.of(session);
      if (random.nextBoolean()) {
        envelope = envelope.sequence(anySequence());
      }
    }
    for (int i = random.nextInt(8) - 5; i > 0; i--) {
      envelope =
          envelope.with(
              HEADERS.get(random.nextInt(HEADERS.size())),
              HEADER_VALUES.get(random.nextInt(HEADER_VALUES.size())));
    }
    return envelope;
  }

  /** Mostly a new one; now and then one that was used, or is confirmed already. */
  private long anySequence() {
    sequence++;
    return random.nextInt(4) > 0 ? sequence : Math.max(0, sequence - random.nextInt(2 * WINDOW));
  }

  /** One more frame of the stream that there is; else a stream that begins as it should. */
  private void frame() {
    Stream open = stream;
    if (open == null || open.ended) {
      SessionAttachRequest first =
          SessionAttachRequest.newBuilder()
              .setSession(session)
              .setAttachment(++attachments)
              .build();
      attach(first.toByteArray());
      return;
    }
    if (!open.isReady()) {
      Thread.onSpinWait();
      return;
    }
    SessionAttachRequest.Builder frame = SessionAttachRequest.newBuilder();
    if (random.nextInt(50) == 0) {
      frame.mergeFrom(absurd());
    }
    for (int i = random.nextInt(6); i > 0; i--) {
      frame.addCalls(anyCall());
    }
    if (random.nextInt(4) == 0) {
      frame.setReceivedBelow(sequence - WINDOW);
    }
    open.send(random.nextInt(500) == 0 ? Garbage.bytes(random) : frame.build().toByteArray());
  }

  private SessionAttachRequest absurd() {
    SessionAttachRequest.Builder frame =
        ((SessionAttachRequest) messages.fill(SessionAttachRequest.newBuilder(), 2)).toBuilder();
    frame
        .getCallsBuilderList()
        .forEach(
            call ->
                call.setRequest(
                    ByteString.copyFrom(
                        harmless.request(
                            call.getMethodNumber(), call.getRequest().toByteArray()))));
    return frame.build();
  }

  private Call.Builder anyCall() {
    MethodDescriptor method = anyMethod();
    Call.Builder call =
        random.nextInt(10) == 0
            ? ((Call) messages.fill(Call.newBuilder(), 2)).toBuilder()
            : Call.newBuilder().setDeadline(Durations.fromMillis(random.nextInt(300)));
    return call.setSequence(anySequence())
        .setMethodNumber(number(method))
        .setRequest(ByteString.copyFrom(anyRequest(method)));
  }

  private void attach(byte[] first) {
    if (stream != null) {
      stream.cancel();
    }
    stream = new Stream();
    stream.start(first);
  }

  /** One stream of Attach. */
  private final class Stream extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> call =
        client
            .channel()
            .newCall(RawCalls.method(ATTACH, MethodType.BIDI_STREAMING), CallOptions.DEFAULT);
    private volatile byte[] last = new byte[0];
    private volatile boolean ended;

    void start(byte[] first) {
      inFlight.acquireUninterruptibly();
      call.start(this, new Metadata());
      call.request(1);
      send(first);
    }

    boolean isReady() {
      return call.isReady();
    }

    void send(byte[] frame) {
      last = frame;
      if (!ended) {
        call.sendMessage(frame);
      }
    }

    void cancel() {
      call.cancel("enough of it", null);
    }

    @Override
    public void onMessage(byte[] frame) {
      call.request(1);
      try {
        for (Reply reply : SessionAttachResponse.parseFrom(frame).getRepliesList()) {
          if (reply.hasError()) {
            findings.note(ATTACH, last, reply.getError());
          } else {
            findings.noteReply();
          }
        }
      } catch (InvalidProtocolBufferException e) {
        findings.add(ATTACH, last, "a frame that cannot be read: " + e);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      ended = true;
      findings.note(ATTACH, last, status, status.asRuntimeException(trailers));
      inFlight.release();
    }
  }
}
