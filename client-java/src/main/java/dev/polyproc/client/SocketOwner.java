package dev.polyproc.client;

import static jdk.net.ExtendedSocketOptions.SO_PEERCRED;

import dev.polyproc.files.TrustedPath;
import dev.polyproc.files.UntrustedFileException;
import dev.polyproc.files.Users;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioChannelOption;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import jdk.net.UnixDomainPrincipal;
import org.jspecify.annotations.Nullable;

/**
 * The first at a Unix socket: asks whose the socket is, and who listens there, each time that the
 * client connects.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Nothing is sent, and nothing that is received is looked at, before both were answered.
 *   <li>At the default socket both are this user or root. A socket that was named may belong to
 *       another user, who then is also the one who listens; but nobody else can have put it there.
 * </ul>
 */
final class SocketOwner extends ChannelDuplexHandler {
  private static final String NAME_ANOTHER =
      "set POLYPROC_ADDRESS, or XDG_RUNTIME_DIR to a folder of this user";
  private static final String NO_PLACE = "have the daemon listen in another folder, with --socket";

  private final Path socket;
  private final boolean usual;
  private boolean refused;

  /**
   * @param usual whether it is the default socket, which nobody named
   */
  SocketOwner(Path socket, boolean usual) {
    this.socket = socket;
    this.usual = usual;
  }

  @Override
  public void connect(
      ChannelHandlerContext context,
      SocketAddress remote,
      @Nullable SocketAddress local,
      ChannelPromise connected) {
    long owner;
    try {
      owner = requireTrusted();
    } catch (NoSuchFileException | AccessDeniedException e) {
      // Then the system does not connect either, and its word is the one that callers know.
      context.connect(remote, local, connected);
      return;
    } catch (IOException e) {
      refused = true;
      connected.setFailure(e);
      return;
    }
    ChannelPromise reached = context.newPromise();
    reached.addListener(
        done -> {
          if (!done.isSuccess()) {
            connected.setFailure(done.cause());
            return;
          }
          try {
            requireTrusted(context.channel(), owner);
            connected.setSuccess();
          } catch (IOException e) {
            refused = true;
            connected.setFailure(e);
            var unused = context.close();
          }
        });
    context.connect(remote, local, reached);
  }

  /** Netty tells it after the promise, whatever became of that. */
  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (!refused) {
      context.fireChannelActive();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!refused) {
      context.fireChannelRead(message);
    }
  }

  /** Asks the path; answers to whom it belongs. */
  private long requireTrusted() throws IOException {
    if (!Users.areKnown()) {
      return Users.ROOT;
    }
    if (!usual) {
      return TrustedPath.of(socket, NO_PLACE).requireNamedSocket();
    }
    Path folder = socket.toAbsolutePath().getParent();
    if (folder == null || !Files.exists(socket)) {
      throw new NoSuchFileException(socket.toString());
    }
    TrustedPath.of(folder, NAME_ANOTHER).requireFolder();
    TrustedPath.of(socket, NAME_ANOTHER).requireSocket();
    return Users.own();
  }

  /** Asks the connected socket who is at its other end. */
  private void requireTrusted(Channel channel, long owner) throws IOException {
    Set<String> trusted = new TreeSet<>(Set.of("0", "root"));
    String listening;
    if (channel instanceof EpollDomainSocketChannel epoll) {
      listening = Integer.toUnsignedString(epoll.peerCredentials().uid());
    } else {
      UnixDomainPrincipal peer = channel.config().getOption(NioChannelOption.of(SO_PEERCRED));
      listening = peer == null ? "unknown" : peer.user().getName();
      trusted.add(System.getProperty("user.name"));
      trusted.add(Files.getOwner(socket).getName());
    }
    trusted.add(Long.toString(Users.own()));
    trusted.add(Long.toString(owner));
    if (!trusted.contains(listening)) {
      throw new UntrustedFileException(
          String.format(
              "Expected a daemon of %s at %s, but user %s listens there; %s",
              usual ? "this user or root" : "this user, root or the socket's owner",
              socket,
              listening,
              usual ? NAME_ANOTHER : NO_PLACE));
    }
  }
}
