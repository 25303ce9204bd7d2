package dev.polyproc.integration;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * One connection of hand-made HTTP/2 frames (RFC 9113), for what no well-behaved client sends. It
 * counts what it may send, and reads only when asked to.
 *
 * <p>Used by one thread, but {@link #drain} reads on another.
 */
final class RawHttp2 {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int NO_FLAGS = 0;
  static final int ACK = 1;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;

  static final int MAX_CONCURRENT_STREAMS = 3;
  static final int INITIAL_WINDOW_SIZE = 4;

  /** The largest frame that every peer takes. */
  static final int FRAME = 16 << 10;

  private static final int FRAME_HEAD = 9;
  private static final int FIRST_WINDOW = 65_535;
  private static final int FLUSH = 64 << 10;
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final SocketChannel channel;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false);
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream(FLUSH);
  private final ByteBuffer read = ByteBuffer.allocate(FLUSH).flip();
  private final Map<Integer, RawAnswer> answers = new HashMap<>();
  private final Map<Integer, Long> windows = new HashMap<>();
  private long window = FIRST_WINDOW;
  private long streamWindow = FIRST_WINDOW;
  private int nextStream = 1;
  private boolean settled;

  RawHttp2(SocketChannel channel) {
    this.channel = channel;
  }

  /** A header block of literals, not indexed: names and values in turn. */
  static byte[] block(String... namesAndValues) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      block.write(0);
      string(block, namesAndValues[i]);
      string(block, namesAndValues[i + 1]);
    }
    return block.toByteArray();
  }

  /** A string of HPACK, without Huffman's code: its length in 7 bits and what is over them. */
  private static void string(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    int over = bytes.length - 127;
    block.write(over < 0 ? bytes.length : 127);
    if (over >= 0) {
      for (; over >= 128; over >>>= 7) {
        block.write(over & 127 | 128);
      }
      block.write(over);
    }
    block.writeBytes(bytes);
  }

  /** Says hello, with settings: identifiers and values in turn. */
  RawHttp2 hello(int... settings) throws IOException {
    unsent.writeBytes(PREFACE.getBytes(ISO_8859_1));
    ByteBuffer payload = ByteBuffer.allocate(settings.length / 2 * 6);
    for (int i = 0; i < settings.length; i += 2) {
      payload.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    return frame(SETTINGS, NO_FLAGS, 0, payload.array()).flush();
  }

  /** The number of a stream that nobody used yet. */
  int newStream() {
    int stream = nextStream;
    nextStream += 2;
    return stream;
  }

  /** A frame of any kind; flushed when there are many. */
  RawHttp2 frame(int type, int flags, int stream, byte... payload) throws IOException {
    return frame(type, flags, stream, payload, 0, payload.length);
  }

  private RawHttp2 frame(int type, int flags, int stream, byte[] payload, int from, int length)
      throws IOException {
    ByteBuffer head = ByteBuffer.allocate(FRAME_HEAD);
    head.put((byte) (length >> 16)).putShort((short) length);
    head.put((byte) type).put((byte) flags).putInt(stream);
    unsent.writeBytes(head.array());
    unsent.write(payload, from, length);
    if (unsent.size() >= FLUSH) {
      flush();
    }
    return this;
  }

  /** A header block, in as many frames as it needs; the last one ends it unless told otherwise. */
  RawHttp2 headers(int stream, byte[] block, int flags) throws IOException {
    int type = HEADERS;
    int others = flags & ~END_HEADERS;
    for (int at = 0; ; at += FRAME) {
      int length = Math.min(FRAME, block.length - at);
      boolean last = at + length == block.length;
      frame(type, others | (last ? flags & END_HEADERS : 0), stream, block, at, length);
      if (last) {
        return this;
      }
      type = CONTINUATION;
      others = 0;
    }
  }

  /** Data, as the windows allow: reads while they do not. */
  RawHttp2 data(int stream, byte[] bytes, boolean end) throws IOException {
    for (int at = 0; at < bytes.length || bytes.length == 0; ) {
      int length = (int) Math.min(Math.min(FRAME, bytes.length - at), mayBeSent(stream));
      if (length > 0 || bytes.length == 0) {
        boolean last = at + length == bytes.length;
        frame(DATA, last && end ? END_STREAM : NO_FLAGS, stream, bytes, at, length);
        window -= length;
        windows.merge(stream, (long) -length, Long::sum);
        at += length;
        if (bytes.length == 0) {
          break;
        }
      } else {
        flush();
        readFrame();
        if (isAnswered(stream)) {
          return this;
        }
      }
    }
    return this;
  }

  /** How many bytes of data the daemon takes on a stream now, as far as was read. */
  private long mayBeSent(int stream) throws IOException {
    while (!settled) {
      flush();
      readFrame();
    }
    return Math.min(window, streamWindow + windows.getOrDefault(stream, 0L));
  }

  /** What the daemon takes on one connection before it says more, once it has said hello. */
  long awaitWindow() throws IOException {
    return mayBeSent(nextStream);
  }

  /** A whole unary call. */
  int call(byte[] block, byte[] message) throws IOException {
    int stream = newStream();
    headers(stream, block, END_HEADERS);
    data(stream, message, true);
    return stream;
  }

  /** A call without flow control: for small ones, whose daemon is not listened to. */
  int callUnread(byte[] block, byte[] message) throws IOException {
    int stream = newStream();
    headers(stream, block, END_HEADERS);
    frame(DATA, END_STREAM, stream, message);
    return stream;
  }

  RawHttp2 reset(int stream) throws IOException {
    return frame(RST_STREAM, NO_FLAGS, stream, new byte[] {0, 0, 0, 8});
  }

  RawHttp2 windowUpdate(int stream, int increment) throws IOException {
    return frame(WINDOW_UPDATE, NO_FLAGS, stream, ByteBuffer.allocate(4).putInt(increment).array());
  }

  /** Sends what was not sent yet. */
  RawHttp2 flush() throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(unsent.toByteArray());
    unsent.reset();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    return this;
  }

  /** Makes a call and waits for its answer; a connection that the daemon breaks is one too. */
  RawAnswer ask(byte[] block, byte[] message) throws IOException {
    int stream = nextStream;
    try {
      call(block, message);
      return await(stream);
    } catch (IOException e) {
      if (!channel.isOpen()) {
        throw e;
      }
      answer(stream).broken();
      return answer(stream);
    }
  }

  /** Reads until a stream is answered. */
  RawAnswer await(int stream) throws IOException {
    flush();
    while (!isAnswered(stream)) {
      readFrame();
    }
    return answer(stream);
  }

  private boolean isAnswered(int stream) {
    return answer(stream).isWhole();
  }

  private RawAnswer answer(int stream) {
    return answers.computeIfAbsent(stream, number -> new RawAnswer());
  }

  /** From now on all that the daemon says is read and forgotten, by another thread. */
  RawHttp2 drain() {
    Thread thread =
        new Thread(
            () -> {
              ByteBuffer rest = ByteBuffer.allocate(FLUSH);
              try {
                while (channel.read(rest.clear()) >= 0) {}
              } catch (IOException e) {
                // The connection has ended.
              }
            },
            "drain");
    thread.setDaemon(true);
    thread.start();
    return this;
  }

  private void readFrame() throws IOException {
    int length = readByte() << 16 | readByte() << 8 | readByte();
    int type = readByte();
    int flags = readByte();
    int stream = readInt() & Integer.MAX_VALUE;
    byte[] payload = new byte[length];
    for (int i = 0; i < length; i++) {
      payload[i] = (byte) readByte();
    }
    ByteBuffer content = ByteBuffer.wrap(payload);
    switch (type) {
      case DATA -> {
        answer(stream).message(payload);
        if (length > 0) {
          windowUpdate(0, length).windowUpdate(stream, length);
        }
      }
      case HEADERS -> answer(stream).headers(decode(stream, payload));
      case RST_STREAM -> answer(stream).reset(content.getInt());
      case SETTINGS -> settings(flags, content);
      case PING -> {
        if ((flags & ACK) == 0) {
          frame(PING, ACK, 0, payload).flush();
        }
      }
      case WINDOW_UPDATE -> {
        if (stream == 0) {
          window += content.getInt();
        } else {
          windows.merge(stream, (long) content.getInt(), Long::sum);
        }
      }
      default -> {
        // Of no interest here; after a GOAWAY the connection ends by itself.
      }
    }
    if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
      answer(stream).end();
    }
  }

  private void settings(int flags, ByteBuffer content) throws IOException {
    if ((flags & ACK) != 0) {
      return;
    }
    while (content.hasRemaining()) {
      int setting = content.getShort();
      int value = content.getInt();
      if (setting == INITIAL_WINDOW_SIZE) {
        streamWindow = value;
      }
    }
    settled = true;
    frame(SETTINGS, ACK, 0).flush();
  }

  private Http2Headers decode(int stream, byte[] block) throws IOException {
    try {
      return decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(block));
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
  }

  private int readInt() throws IOException {
    return readByte() << 24 | readByte() << 16 | readByte() << 8 | readByte();
  }

  private int readByte() throws IOException {
    while (!read.hasRemaining()) {
      if (channel.read(read.clear()) < 0) {
        read.flip();
        throw new EOFException("The daemon has closed the connection");
      }
      read.flip();
    }
    return read.get() & 0xFF;
  }

  /** A message of gRPC: a flag that says whether it is compressed, its length, and it. */
  static byte[] message(boolean compressed, byte[] content) {
    return ByteBuffer.allocate(5 + content.length)
        .put((byte) (compressed ? 1 : 0))
        .putInt(content.length)
        .put(content)
        .array();
  }

  /** The start of a message of gRPC that says that it is larger. */
  static byte[] partOfMessage(int size, byte[] part) {
    byte[] bytes = message(false, part);
    ByteBuffer.wrap(bytes).putInt(1, size);
    return Arrays.copyOf(bytes, bytes.length);
  }
}
