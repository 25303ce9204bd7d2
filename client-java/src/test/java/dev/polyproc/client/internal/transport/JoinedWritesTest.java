package dev.polyproc.client.internal.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.embedded.EmbeddedChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class JoinedWritesTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new JoinedWrites());
  private final List<ByteBuf> all = new ArrayList<>();

  @AfterEach
  void shouldLetGoOfAllBuffers() {
    var unused = channel.finishAndReleaseAll();
    for (ByteBuf bytes : all) {
      assertEquals(0, bytes.refCnt());
    }
  }

  private ChannelFuture write(String text) {
    ByteBuf bytes = Unpooled.copiedBuffer(text.getBytes(StandardCharsets.US_ASCII));
    all.add(bytes);
    return channel.write(bytes);
  }

  /** What the socket is given, write by write. */
  private List<String> written() {
    List<String> written = new ArrayList<>();
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      written.add(bytes.toString(StandardCharsets.US_ASCII));
      bytes.release();
    }
    return written;
  }

  @Test
  void shouldJoinSmallWritesUpToTheFlush() {
    List<ChannelFuture> writes = List.of(write("head"), write("body"), write("tail"));
    assertEquals(List.of(), written());
    for (ChannelFuture write : writes) {
      assertFalse(write.isDone());
    }

    channel.flush();

    assertEquals(List.of("headbodytail"), written());
    for (ChannelFuture write : writes) {
      assertTrue(write.isSuccess());
    }
    write("next");
    channel.flush();
    assertEquals(List.of("next"), written());
  }

  @Test
  void shouldKeepTheOrderAroundLargeWrites() {
    String large = "x".repeat(JoinedWrites.MOST + 1);
    write("a");
    write("b");
    write(large);
    write("c");
    channel.flush();

    assertEquals(List.of("ab", large, "c"), written());
  }

  @Test
  void shouldJoinNoMoreThanItCopies() {
    String most = "x".repeat(JoinedWrites.MOST);
    write("a");
    write(most);
    write("b");
    channel.flush();

    assertEquals(List.of("a", most, "b"), written());
  }

  @Test
  void shouldTellEachWriteThatItWasNotWrittenWhereTheChannelIsClosed() {
    List<ChannelFuture> writes = List.of(write("head"), write("body"));

    var unused = channel.close();

    assertNull(channel.readOutbound());
    for (ChannelFuture write : writes) {
      assertInstanceOf(ClosedChannelException.class, write.cause());
    }
  }
}
