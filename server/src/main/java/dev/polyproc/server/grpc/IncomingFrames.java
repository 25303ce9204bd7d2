package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledByteBufAllocator;
import io.grpc.netty.shaded.io.netty.buffer.UnpooledHeapByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListener;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Settings;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;

/**
 * A connection's frames on their way to gRPC.
 *
 * <p>What has arrived of a request stays with gRPC until the request is whole. It would keep the
 * buffers of the socket for it, of which a few bytes may keep 16 KiB; here each frame gets its own
 * bytes, which are charged until they are let go.
 */
final class IncomingFrames extends Http2FrameListenerDecorator {
  private final Connection connection;
  private final Http2Connection streams;
  private final Admission admission;
  private final Arrivals arrivals;
  private final Http2Connection.PropertyKey requestKey;

  IncomingFrames(
      Http2FrameListener grpc,
      Connection connection,
      Http2Connection streams,
      Admission admission) {
    super(grpc);
    this.connection = connection;
    this.streams = streams;
    this.admission = admission;
    this.arrivals = admission.arrivals();
    this.requestKey = streams.newKey();
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext context,
      int streamId,
      Http2Headers headers,
      int dependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean end)
      throws Http2Exception {
    Http2Stream stream = streams.stream(streamId);
    connection.entering(stream);
    admission.enter(connection);
    try {
      super.onHeadersRead(context, streamId, headers, dependency, weight, exclusive, padding, end);
    } finally {
      connection.entering(null);
      Admission.Request request = admission.leave();
      if (request != null && stream != null) {
        stream.setProperty(requestKey, request);
      }
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean end)
      throws Http2Exception {
    if (!data.isReadable()) {
      return super.onDataRead(context, streamId, data, padding, end);
    }
    ByteBuf own = new Arrived(data);
    try {
      return super.onDataRead(context, streamId, own, padding, end);
    } finally {
      own.release();
      if (arrivals.isTooMuch(connection)) {
        refuse(streamId);
      }
    }
  }

  /** Refuses the call whose bytes are too many. */
  private void refuse(int streamId) {
    Http2Stream stream = streams.stream(streamId);
    Admission.Request request = stream == null ? null : stream.getProperty(requestKey);
    if (request != null) {
      request.refuse(arrivals.tooMuch());
    }
    if (arrivals.isFarTooMuch() && request == null) {
      connection.close("what it sent and could not be taken yet was far too much");
    }
  }

  @Override
  public void onWindowUpdateRead(ChannelHandlerContext context, int streamId, int more)
      throws Http2Exception {
    super.onWindowUpdateRead(context, streamId, more);
    connection.backlog().goOn();
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings settings)
      throws Http2Exception {
    super.onSettingsRead(context, settings);
    connection.backlog().goOn();
  }

  /** The bytes of one frame. */
  private final class Arrived extends UnpooledHeapByteBuf {
    /** What a frame takes beside its bytes, with gRPC's own objects around it. */
    private static final int OVERHEAD = 256;

    private final int size;

    Arrived(ByteBuf data) {
      super(UnpooledByteBufAllocator.DEFAULT, data.readableBytes(), data.readableBytes());
      size = data.readableBytes();
      writeBytes(data, data.readerIndex(), size);
      arrivals.take(connection, size + OVERHEAD);
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      arrivals.giveBack(connection, size + OVERHEAD);
    }
  }
}
