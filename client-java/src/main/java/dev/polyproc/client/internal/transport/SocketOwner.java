package dev.polyproc.client.internal.transport;

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
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
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
 *   <li>Nothing is sent, and nothing that is received is looked at, before both were answered; then
 *       it leaves the way.
 *   <li>At the default socket both are this user or root. A socket that was named may belong to
 *       another user, who then is also the one who listens; but nobody else can have put it there.
 * </ul>
 */
public final class SocketOwner extends ChannelDuplexHandler {
  private static final String NAME_ANOTHER =
      "set POLYPROC_ADDRESS, or XDG_RUNTIME_DIR to a folder of this user";
  private static final String NO_PLACE = "have the daemon listen in another folder, with --socket";

  private final Path socket;
  private final SocketAddress address;
  private final boolean usual;
  private boolean trusted;
  private boolean active;

  /** Whose the socket is: root's, unless another's was named. */
  private long owner = Users.ROOT;

  /**
   * @param address what the system is told, whatever gRPC was
   * @param usual whether it is the default socket, which nobody named
   */
  SocketOwner(Path socket, SocketAddress address, boolean usual) {
    this.socket = socket;
    this.address = address;
    this.usual = usual;
  }

  @Override
  public void connect(
      ChannelHandlerContext context,
      SocketAddress named,
      @Nullable SocketAddress local,
      ChannelPromise connected) {
    boolean there;
    try {
      requirePath();
      there = true;
    } catch (NoSuchFileException | AccessDeniedException e) {
      // Then the system does not connect either, and its word is the one that callers know.
      there = false;
    } catch (IOException | RuntimeException e) {
      connected.setFailure(e);
      return;
    }
    boolean ask = !there;
    ChannelPromise reached = context.newPromise();
    reached.addListener(
        done -> {
          if (done.isSuccess()) {
            reached(context, connected, ask);
          } else {
            connected.setFailure(done.cause());
          }
        });
    context.connect(address, local, reached);
  }

  /** Connected; what the others know of it depends on who is there. */
  private void reached(ChannelHandlerContext context, ChannelPromise connected, boolean ask) {
    try {
      if (ask) {
        requirePath(); // The socket came to be in between.
      }
      requirePeer(context.channel());
    } catch (IOException | RuntimeException e) {
      connected.setFailure(e);
      var unused = context.close();
      return;
    }
    trusted = true;
    connected.setSuccess();
    if (active) {
      context.fireChannelActive();
      context.pipeline().remove(this);
    }
  }

  /** Netty tells it after the promise, whatever became of that; mostly when that was looked at. */
  @Override
  public void channelActive(ChannelHandlerContext context) {
    active = true;
    if (trusted) {
      context.fireChannelActive();
      context.pipeline().remove(this);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message); // It came before the answers did.
  }

  private void requirePath() throws IOException {
    if (!Users.areKnown()) {
      return;
    }
    if (!usual) {
      owner = TrustedPath.of(socket, NO_PLACE).requireNamedSocket();
      return;
    }
    Path folder = socket.toAbsolutePath().getParent();
    if (folder == null || !Files.exists(socket)) {
      throw new NoSuchFileException(socket.toString());
    }
    TrustedPath.of(folder, NAME_ANOTHER).requireFolder();
    TrustedPath.of(socket, NAME_ANOTHER).requireSocket();
  }

  /** Asks the connected socket who listens at its other end. */
  private void requirePeer(Channel channel) throws IOException {
    if (!Users.areKnown()) {
      return;
    }
    Set<String> users = new TreeSet<>(List.of("0", "root", Long.toString(Users.own())));
    users.add(Long.toString(owner));
    String listening;
    if (channel instanceof EpollDomainSocketChannel epoll) {
      listening = Integer.toUnsignedString(epoll.peerCredentials().uid());
    } else { // The JDK tells names, or numbers where there is none.
      UnixDomainPrincipal peer = channel.config().getOption(NioChannelOption.of(SO_PEERCRED));
      listening = peer == null ? "unknown" : peer.user().getName();
      users.add(System.getProperty("user.name"));
      users.add(Files.getOwner(socket).getName());
    }
    if (!users.contains(listening)) {
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
