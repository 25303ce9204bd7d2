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
 * PolyprocExtension.withVirtualTime()}. Tests, their constructors and what runs before and after
 * them take as parameters a {@link Polyproc}, each a client of its own, and the {@link
 * EmbeddedDaemon}.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>A daemon is of the test that asks for it: by a parameter of its method, of
 *       {@code @BeforeEach} and {@code @AfterEach}, and of the constructor. It ends with the test,
 *       and its clients before it.
 *   <li>Where the class asks first, by a parameter of {@code @BeforeAll}, or of the constructor
 *       with {@code Lifecycle.PER_CLASS}, the daemon is of the class: all its tests, and those of
 *       the {@code @Nested} classes in it, have that one, each with clients of its own. It ends
 *       after the last of them, as do the clients that the class was given.
 * </ul>
 *
 * <p>That needs JUnit Jupiter 5.13 or later.
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

  /** What the constructor of a test is given is that test's, where each has an instance. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    daemon(context);
  }

  /**
   * The daemon of a test or of its class: a store answers what is in those of the contexts around
   * it, too. JUnit closes what is in a store when its test or class is over, the newest first.
   */
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
    return type == Polyproc.class || type == EmbeddedDaemon.class;
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
