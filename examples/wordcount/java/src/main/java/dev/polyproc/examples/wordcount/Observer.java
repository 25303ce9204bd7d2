package dev.polyproc.examples.wordcount;

import dev.polyproc.v1.AdminDescribeRequest;
import dev.polyproc.v1.AdminDescribeResponse;
import dev.polyproc.v1.AdminServiceGrpc;
import dev.polyproc.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import dev.polyproc.v1.Holder;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import java.util.Optional;

/** Looks from outside at who waits and who holds, with a plain stub. */
final class Observer implements AutoCloseable {
  private final ManagedChannel channel;
  private final AdminServiceBlockingStub admin;

  Observer(String address) {
    channel =
        ((NettyChannelBuilder) Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()))
            // Unix sockets do not know the option, and Netty warns of it.
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .build();
    admin = AdminServiceGrpc.newBlockingStub(channel);
  }

  /** How many calls wait for an object. */
  int waiters(String object) {
    return describe(object).getObject().getWaiters();
  }

  /** What a worker holds of an object, in words. */
  Optional<String> holding(String worker, String object) {
    return describe(object).getHoldersList().stream()
        .filter(holder -> holder.getParty().getClient().equals(worker))
        .map(Holder::getDetail)
        .findFirst();
  }

  private AdminDescribeResponse describe(String object) {
    return admin.describe(AdminDescribeRequest.newBuilder().setObject(object).build());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
