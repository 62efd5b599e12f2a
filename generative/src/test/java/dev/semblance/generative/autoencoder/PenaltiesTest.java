package dev.semblance.generative.autoencoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PenaltiesTest {
  private static final float[] CODE = {0.1f, 0.9f, 0.4f, 0.2f, 0.6f, 0.05f};

  private static double sum(Penalties penalties) {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(0)) {
      weights.constant("layer.weight", -2, 3);
      weights.constant("layer.bias", 0.5, 2);
      double sum = 0;
      for (Tensor term : penalties.of(Ops.floats(CODE, 2, 3), weights)) {
        sum += term.item_double();
      }
      return sum;
    }
  }

  @Test
  void eachTermIsItsFormula() {
    Map<Penalties, Double> expected =
        new TreeMap<>(java.util.Comparator.comparing(Penalties::toString));
    expected.put(new Penalties(0.1, 0, 0, 0, 0, 0, 0, 0.05), 0.1 * 3 * 2);
    expected.put(new Penalties(0, 0.1, 0, 0, 0, 0, 0, 0.05), 0.1 * 3 * 4);
    expected.put(new Penalties(0, 0, 0.1, 0, 0, 0, 0, 0.05), 0.1 * 2 * 0.5);
    expected.put(new Penalties(0, 0, 0, 0.1, 0, 0, 0, 0.05), 0.1 * 2 * 0.25);
    double first = 0;
    double second = 0;
    for (float z : CODE) {
      first += z / 2;
      second += z * z / 2;
    }
    expected.put(new Penalties(0, 0, 0, 0, 0.1, 0, 0, 0.05), 0.1 * first);
    expected.put(new Penalties(0, 0, 0, 0, 0, 0.1, 0, 0.05), 0.1 * second);
    double divergence = 0;
    double rho = 0.2;
    for (int j = 0; j < 3; j++) {
      double mean = (CODE[j] + CODE[3 + j]) / 2;
      divergence += rho * Math.log(rho / mean) + (1 - rho) * Math.log((1 - rho) / (1 - mean));
    }
    expected.put(new Penalties(0, 0, 0, 0, 0, 0, 3, rho), 3 * divergence);
    expected.forEach(
        (penalties, value) ->
            assertThat(sum(penalties)).as(penalties.toString()).isCloseTo(value, offset(1e-5)));
    assertThat(sum(Penalties.none())).isZero();
  }

  @Test
  void refusesWhatIsNoFactor() {
    assertThatThrownBy(() -> new Penalties(0, Double.NaN, 0, 0, 0, 0, 0, 0.05))
        .hasMessage("weightL2 must be >= 0 and finite, got NaN");
    assertThatThrownBy(() -> new Penalties(0, 0, 0, 0, 0, 0, 1, 0))
        .hasMessageStartingWith("target must be in");
  }
}
