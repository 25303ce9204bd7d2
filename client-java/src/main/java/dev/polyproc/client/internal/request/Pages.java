package dev.polyproc.client.internal.request;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon lists a page at a time, as an {@code Iterable} that asks for the next page when
 * it gets there.
 *
 * @param load answers the page that a token names; the first one's is empty
 */
public record Pages<T>(Function<String, Page<T>> load) implements Iterable<T> {
  /**
   * One page.
   *
   * @param next the next page's token; empty after the last
   */
  public record Page<T>(List<T> elements, String next) {}

  @Override
  public Iterator<T> iterator() {
    return new PageIterator();
  }

  private final class PageIterator implements Iterator<T> {
    private @Nullable String next = "";
    private Iterator<T> page = List.<T>of().iterator();

    @Override
    public boolean hasNext() {
      while (!page.hasNext() && next != null) {
        Page<T> loaded = load.apply(next);
        page = loaded.elements().iterator();
        next = loaded.next().isEmpty() ? null : loaded.next();
      }
      return page.hasNext();
    }

    @Override
    public T next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return page.next();
    }
  }
}
