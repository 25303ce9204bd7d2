package dev.polyproc.server.grpc;

import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufUtil;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2CodecUtil;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Settings;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;

/**
 * A connection's frames on their way to gRPC.
 *
 * <p>What has arrived of a request stays with gRPC until the request is whole. It would keep the
 * buffers of the socket for it, of which a few bytes may keep 16 KiB; here each frame gets its own
 * bytes, which are charged to its call until gRPC has made a message of them.
 */
final class IncomingFrames extends Http2FrameListenerDecorator {
  /** Clients send them when they connect, and a few more as they get to know the network. */
  private static final int MOST_SETTINGS = 1_000;

  private final Connection connection;
  private final Http2Connection streams;
  private final Admission admission;
  private final Arrivals arrivals;
  private final Http2ConnectionEncoder encoder;
  private final Http2HeadersEncoder.Configuration answers;
  private final Http2Connection.PropertyKey requestKey;
  private int settings;

  /** The frames that {@code grpc} decodes. */
  IncomingFrames(GrpcHttp2ConnectionHandler grpc, Connection connection, Admission admission) {
    super(grpc.decoder().frameListener());
    this.connection = connection;
    this.streams = grpc.connection();
    this.encoder = grpc.encoder();
    this.answers = grpc.encoder().configuration().headersConfiguration();
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
        request.comesIn(this, stream);
      }
    }
  }

  /** Ends the stream of a call that is over, though its client has not said all: it would stay. */
  void over(Http2Stream stream) {
    if (isLeftOpen(stream)) {
      connection.loop().afterwards(() -> reset(stream));
    }
  }

  private static boolean isLeftOpen(Http2Stream stream) {
    return stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL;
  }

  private void reset(Http2Stream stream) {
    ChannelHandlerContext context = encoder.flowController().channelHandlerContext();
    if (context != null && isLeftOpen(stream)) {
      encoder.writeRstStream(
          context, stream.id(), Http2Error.NO_ERROR.code(), context.newPromise());
      context.flush();
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean end)
      throws Http2Exception {
    Http2Stream stream = streams.stream(streamId);
    Admission.Request request = stream == null ? null : stream.getProperty(requestKey);
    if (request == null || !data.isReadable()) {
      return super.onDataRead(context, streamId, data, padding, end);
    }
    if (request.takesNoMore()) {
      return data.readableBytes() + padding;
    }
    request.arrived(data.readableBytes());
    ByteBuf own = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(data));
    try {
      return super.onDataRead(context, streamId, own, padding, end);
    } finally {
      own.release();
      if (arrivals.isTooMuch(connection)) {
        request.refuse(arrivals.tooMuch());
      }
    }
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext context, int streamId, long code)
      throws Http2Exception {
    Http2Stream stream = streams.stream(streamId);
    Admission.Request request = stream == null ? null : stream.getProperty(requestKey);
    if (request != null) {
      request.reset();
    }
    super.onRstStreamRead(context, streamId, code);
  }

  @Override
  public void onWindowUpdateRead(ChannelHandlerContext context, int streamId, int more)
      throws Http2Exception {
    super.onWindowUpdateRead(context, streamId, more);
    connection.takesMore();
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext context, Http2Settings changed)
      throws Http2Exception {
    if (++settings > MOST_SETTINGS) {
      connection.close("it changed its settings again and again");
      return;
    }
    Long table = changed.headerTableSize();
    if (table != null && table > Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE) {
      // The client says how much it remembers of our headers, and as much would be kept here.
      answers.maxHeaderTableSize(Http2CodecUtil.DEFAULT_HEADER_TABLE_SIZE);
    }
    super.onSettingsRead(context, changed);
    connection.takesMore();
  }
}
