package dev.polyproc.embedded;

import dev.polyproc.client.Polyproc;
import java.lang.reflect.Parameter;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A daemon of its own for every test: {@code @ExtendWith(PolyprocExtension.class)}, or, with
 * virtual time, {@code @RegisterExtension static PolyprocExtension polyproc =
 * PolyprocExtension.withVirtualTime()}. Tests and what runs before them take as parameters a {@link
 * Polyproc}, each a client of its own, and the {@link EmbeddedDaemon}. All end with the test; that
 * needs JUnit Jupiter 5.13 or later.
 */
public final class PolyprocExtension implements BeforeEachCallback, ParameterResolver {
  private static final Namespace OURS = Namespace.create(PolyprocExtension.class);

  private final Supplier<EmbeddedDaemon> start;

  /** On the real clock. */
  public PolyprocExtension() {
    this(EmbeddedDaemon::start);
  }

  private PolyprocExtension(Supplier<EmbeddedDaemon> start) {
    this.start = start;
  }

  /** With time that stands still until {@link EmbeddedDaemon#advance}. */
  public static PolyprocExtension withVirtualTime() {
    return new PolyprocExtension(EmbeddedDaemon::withVirtualTime);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    daemon(context);
  }

  /** JUnit closes what is in a test's store when the test is over, the newest first. */
  private EmbeddedDaemon daemon(ExtensionContext context) {
    ExtensionContext.Store store = context.getStore(OURS); // computeIfAbsent would need JUnit 6
    EmbeddedDaemon daemon = store.get(EmbeddedDaemon.class, EmbeddedDaemon.class);
    if (daemon == null) {
      daemon = start.get();
      store.put(EmbeddedDaemon.class, daemon);
    }
    return daemon;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return context.getTestMethod().isPresent()
        && (type == Polyproc.class || type == EmbeddedDaemon.class);
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    EmbeddedDaemon daemon = daemon(context);
    Parameter wanted = parameter.getParameter();
    if (wanted.getType() == EmbeddedDaemon.class) {
      return daemon;
    }
    Polyproc client = daemon.connect();
    context.getStore(OURS).put(client, client);
    return client;
  }
}
