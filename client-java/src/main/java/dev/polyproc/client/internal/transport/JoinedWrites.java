package dev.polyproc.client.internal.transport;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.util.concurrent.PromiseNotifier;
import org.jspecify.annotations.Nullable;

/**
 * Joins small writes up to the next flush: HTTP/2 writes a frame's header and its content one after
 * the other, and one short {@code write} costs the system less than a {@code writev} of two. It is
 * two hundredths of a call.
 *
 * <p>Whoever wrote is told when that was written, as without it. Closing writes nothing more.
 */
final class JoinedWrites extends ChannelDuplexHandler {
  /** So many bytes are copied at most. */
  static final int MOST = 1 << 10;

  private @Nullable ByteBuf held;
  private @Nullable ChannelPromise whenWritten;

  /** Whether what is held has been joined, into a buffer of this. */
  private boolean isJoined;

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (!(message instanceof ByteBuf more) || more.readableBytes() > MOST) {
      letGo(context);
      context.write(message, promise);
    } else if (held == null || whenWritten == null) {
      hold(more, promise, false);
    } else if (held.readableBytes() + more.readableBytes() > MOST) {
      letGo(context);
      hold(more, promise, false);
    } else {
      ByteBuf before = held;
      ChannelPromise both = context.newPromise();
      both.addListener(new PromiseNotifier<>(false, whenWritten, promise));
      if (isJoined) {
        append(before, more);
        hold(before, both, true);
      } else {
        ByteBuf joined = context.alloc().directBuffer(MOST, MOST);
        append(joined, before);
        append(joined, more);
        hold(joined, both, true);
      }
    }
  }

  private static void append(ByteBuf joined, ByteBuf more) {
    joined.writeBytes(more);
    more.release();
  }

  private void hold(ByteBuf bytes, ChannelPromise promise, boolean joined) {
    held = bytes;
    whenWritten = promise;
    isJoined = joined;
  }

  private void letGo(ChannelHandlerContext context) {
    if (held != null && whenWritten != null) {
      ByteBuf bytes = held;
      ChannelPromise promise = whenWritten;
      held = null;
      whenWritten = null;
      context.write(bytes, promise);
    }
  }

  @Override
  public void flush(ChannelHandlerContext context) {
    letGo(context);
    context.flush();
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    letGo(context);
    context.close(promise);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    letGo(context);
    context.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    letGo(context);
  }
}
