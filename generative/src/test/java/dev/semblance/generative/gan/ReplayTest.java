package dev.semblance.generative.gan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

final class ReplayTest {
  private static final Gan.Config CONFIG =
      new Gan.Config(
          1,
          1,
          1,
          2,
          Players.MLP,
          List.of(2),
          1,
          Prior.GAUSSIAN,
          false,
          DiscriminatorNorm.NONE,
          Conditioning.CONCATENATED);

  /** Images that are numbers, their class the number's parity. */
  private static Replay.Fakes fresh(int from, int n) {
    float[] values = new float[n];
    float[] classes = new float[2 * n];
    for (int i = 0; i < n; i++) {
      values[i] = from + i;
      classes[2 * i + (from + i) % 2] = 1;
    }
    return new Replay.Fakes(Ops.floats(values, n, 1, 1, 1), Ops.floats(classes, n, 2));
  }

  private static Set<Float> numbers(Tensor images) {
    Set<Float> numbers = new HashSet<>();
    for (float value : Ops.toFloats(images)) {
      numbers.add(value);
    }
    return numbers;
  }

  @Test
  void halfOfABatchIsOldAndHalfOfTheFreshIsKept() {
    try (Scope scope = Scope.open();
        Replay replay = new Replay(10, CONFIG)) {
      Tensor kept = Objects.requireNonNull(replay.state().get("images"));
      assertThat(Ops.toFloats(replay.mix(fresh(0, 8), 1, 0).images()))
          .isEqualTo(Ops.toFloats(fresh(0, 8).images()));
      replay.mix(fresh(8, 8), 1, 1); // Two of these fill it.
      assertThat(numbers(kept)).hasSize(10).contains(9f).doesNotContain(10f);
      Replay.Fakes mixed = replay.mix(fresh(100, 8), 1, 2);
      float[] values = Ops.toFloats(mixed.images());
      assertThat(values).hasSize(8);
      assertThat(numbers(mixed.images())).hasSize(8).contains(104f, 105f, 106f, 107f);
      for (int i = 0; i < 4; i++) {
        assertThat(values[i]).isLessThan(10);
      }
      assertThat(numbers(kept)).hasSize(10).contains(104f, 105f, 106f, 107f);
      float[] classes = Ops.toFloats(Objects.requireNonNull(mixed.classes()));
      for (int i = 0; i < 8; i++) {
        assertThat(classes[2 * i + (int) values[i] % 2]).isEqualTo(1);
      }
    }
  }

  @Test
  void theDrawIsKeyedBySeedAndStep() {
    assertThat(third(1, 2)).isEqualTo(third(1, 2));
    assertThat(third(1, 2)).isNotEqualTo(third(1, 3));
    assertThat(third(1, 2)).isNotEqualTo(third(2, 2));
  }

  private static List<Float> third(long seed, long step) {
    try (Scope scope = Scope.open();
        Replay replay = new Replay(16, CONFIG)) {
      replay.mix(fresh(0, 16), seed, 0);
      float[] values = Ops.toFloats(replay.mix(fresh(100, 16), seed, step).images());
      return Arrays.asList(values[0], values[1], values[2], values[3], values[4], values[5]);
    }
  }

  @Test
  void aSmallOneGivesWhatItHas() {
    try (Scope scope = Scope.open();
        Replay replay = new Replay(2, CONFIG)) {
      replay.mix(fresh(0, 8), 1, 0);
      float[] values = Ops.toFloats(replay.mix(fresh(100, 8), 1, 1).images());
      assertThat(values).hasSize(8);
      assertThat(values[0] + values[1]).isEqualTo(1);
      assertThat(values[2]).isEqualTo(102);
    }
  }
}
