package dev.polyproc.client.internal.object;

import com.google.protobuf.ByteString;
import dev.polyproc.client.PolyprocException;
import dev.polyproc.client.internal.request.Requestor;
import dev.polyproc.client.internal.transport.Transport;
import dev.polyproc.client.internal.wire.Errors;
import dev.polyproc.v1.OutputSource;
import dev.polyproc.v1.ProcessOutputRequest;
import dev.polyproc.v1.ProcessOutputResponse;
import dev.polyproc.v1.ProcessServiceGrpc;
import dev.polyproc.v1.Ref;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import java.util.function.LongFunction;

/**
 * One output of a process, as the daemon streams it. It waits for more on the thread that reads,
 * and reads no faster than that. It ends with the client's connection, even when the session goes
 * on.
 */
public final class ProcessOutput extends InputStream {
  private static final Metadata.Key<String> INCARNATION =
      Metadata.Key.of("polyproc-incarnation", Metadata.ASCII_STRING_MARSHALLER);

  private final Context.CancellableContext context;
  private final Iterator<ProcessOutputResponse> pieces;
  private final OutputSource source;
  private final LongFunction<? extends IOException> missed;
  private ByteString piece = ByteString.EMPTY;
  private int read;

  private final Requestor requestor;

  private ProcessOutput(
      Requestor requestor,
      Context.CancellableContext context,
      Iterator<ProcessOutputResponse> pieces,
      OutputSource source,
      LongFunction<? extends IOException> missed) {
    this.requestor = requestor;
    this.context = context;
    this.pieces = pieces;
    this.source = source;
    this.missed = missed;
  }

  /**
   * The output of this very process, and not of a later one of its name.
   *
   * @param missed what is thrown where so many bytes are missing
   */
  public static InputStream open(
      Requestor requestor,
      Ref process,
      OutputSource source,
      LongFunction<? extends IOException> missed) {
    ProcessOutputRequest request =
        ProcessOutputRequest.newBuilder().setProcess(process.getName()).setFollow(true).build();
    Metadata headers = new Metadata();
    headers.put(INCARNATION, Long.toString(process.getIncarnation()));
    Context.CancellableContext context = Context.current().withCancellation();
    Context before = context.attach();
    try {
      return new ProcessOutput(
          requestor,
          context,
          ProcessServiceGrpc.newBlockingStub(requestor.session().channel())
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .output(request),
          source,
          missed);
    } finally {
      context.detach(before);
      Transport.leaveThread();
    }
  }

  @Override
  public int read() throws IOException {
    return fill() ? piece.byteAt(read++) & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, piece.size() - read);
    piece.copyTo(bytes, read, offset, count);
    read += count;
    return count;
  }

  @Override
  public int available() {
    return piece.size() - read;
  }

  @Override
  public void close() {
    context.cancel(new CancellationException("The reader has closed the output"));
    Transport.leaveThread();
  }

  /** Waits for a byte of the source; false at the end. */
  private boolean fill() throws IOException {
    if (read == piece.size()) {
      requestor.mayWait("the output of a process");
    }
    try {
      while (read == piece.size()) {
        if (!pieces.hasNext()) {
          return false;
        }
        ProcessOutputResponse next = pieces.next();
        if (next.getSource() == source) {
          piece = next.getData();
          read = 0;
          if (next.getMissedBytes() > 0) {
            throw missed.apply(next.getMissedBytes());
          }
        }
      }
      return true;
    } catch (StatusRuntimeException e) {
      PolyprocException failure = Errors.of(e);
      if (Thread.currentThread().isInterrupted()) {
        InterruptedIOException interrupted = new InterruptedIOException(failure.getMessage());
        interrupted.initCause(failure);
        throw interrupted;
      }
      throw new IOException(failure.getMessage(), failure);
    } finally {
      Transport.leaveThread();
    }
  }
}
