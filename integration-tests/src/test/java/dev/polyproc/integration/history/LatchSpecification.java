package dev.polyproc.integration.history;

import java.util.List;

/**
 * A latch: {@code countDown(by) -> count}, {@code wait() -> open}, {@code get() -> count}.
 *
 * @param count what it begins with
 */
public record LatchSpecification(long count) implements Specification<Long> {
  @Override
  public Long initial() {
    return count;
  }

  @Override
  public List<Long> after(Long state, Operation operation) {
    long left = state;
    boolean isRight =
        switch (operation.what()) {
          case "countDown" -> {
            left = Math.max(0, state - operation.argument(0));
            yield operation.mayHaveBeenTold(0, left);
          }
          case "wait" -> operation.mayHaveBeenTold(0, state == 0 ? 1 : 0);
          case "get" -> operation.mayHaveBeenTold(0, state);
          case "end" -> true;
          default -> throw new IllegalArgumentException(operation.what());
        };
    return isRight ? List.of(left) : List.of();
  }
}
