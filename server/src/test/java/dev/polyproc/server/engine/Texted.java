package dev.polyproc.server.engine;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;

/** Calls of any method, written as text. */
public final class Texted {
  private Texted() {}

  /** Calls {@code method}, such as "QueueService/Put", with a request in protobuf's text format. */
  public static Pending<DynamicMessage> call(Client client, String method, String request) {
    MethodDescriptor found =
        client.services().stream()
            .flatMap(service -> service.getMethods().stream())
            .filter(each -> method.equals(each.getService().getName() + "/" + each.getName()))
            .findFirst()
            .orElseThrow();
    DynamicMessage.Builder message = DynamicMessage.newBuilder(found.getInputType());
    try {
      TextFormat.merge(request, message);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(request, e);
    }
    return client.call(
        method, message.build(), DynamicMessage.getDefaultInstance(found.getOutputType()));
  }
}
