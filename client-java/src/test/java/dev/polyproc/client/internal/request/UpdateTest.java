package dev.polyproc.client.internal.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.polyproc.client.Codec;
import dev.polyproc.client.UnexpectedValueException;
import dev.polyproc.v1.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A change by a function, where others change the same. */
class UpdateTest {
  private static Value whole(long number) {
    return Codec.LONG.encode(number);
  }

  @Test
  void shouldExpectWhatALostAttemptSaidIsThere() {
    Deque<Update.Answer> answers = new ArrayDeque<>();
    answers.add(new Update.Answer(false, whole(5)));
    answers.add(new Update.Answer(false, whole(7)));
    answers.add(new Update.Answer(true, whole(70)));
    List<List<Value>> attempts = new ArrayList<>();

    Update<Long> update =
        Update.make(
            Codec.LONG,
            whole(1),
            n -> 10 * n,
            (expected, content) -> {
              attempts.add(List.of(expected, content));
              return answers.remove();
            });

    assertThat(attempts)
        .containsExactly(
            List.of(whole(1), whole(10)),
            List.of(whole(5), whole(50)),
            List.of(whole(7), whole(70)));
    assertThat(update.before()).isEqualTo(7);
    assertThat(update.after()).isEqualTo(70);
  }

  @Test
  void shouldAnswerWhatIsThereSinceAndNotWhatTheFunctionMade() {
    Update<Long> wrapped =
        Update.make(Codec.LONG, whole(1), n -> 300L, (expected, content) -> answer(whole(44)));
    assertThat(wrapped.after()).isEqualTo(44);
  }

  @Test
  void shouldSayThatItWasDoneWhereWhatIsThereCannotBeRead() {
    Value text = Codec.STRING.encode("a");
    Update<Long> update =
        Update.make(Codec.LONG, whole(1), n -> n, (expected, content) -> answer(text));

    assertThat(update.before()).isEqualTo(1);
    assertThatExceptionOfType(UnexpectedValueException.class)
        .isThrownBy(update::after)
        .withMessageEndingWith(
            "; the call has taken effect all the same, and value() of this exception is what it"
                + " answered")
        .satisfies(e -> assertThat(e.value()).isEqualTo(text));
  }

  private static Update.Answer answer(Value current) {
    return new Update.Answer(true, current);
  }
}
