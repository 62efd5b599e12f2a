package dev.semblance.generative.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class ActNormTest {
  @Test
  void the_first_batch_comes_out_with_mean_zero_and_variance_one_and_later_ones_change_nothing() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      ActNorm norm = ActNorm.of(weights, "norm", 2);
      Tensor first = FlowTesting.normal(4, 3, 8, 2, 3, 3).add(Ops.scalar(7)).to(ScalarType.Float);
      assertThat(FlowTesting.distance(norm.forward(first, Condition.none()).value(), first))
          .isZero();
      Tensor out = norm.prepare(first, Condition.none());
      for (int channel = 0; channel < 2; channel++) {
        double[] values = Ops.toDoubles(out.select(1, channel));
        double mean = 0;
        for (double value : values) {
          mean += value / values.length;
        }
        double variance = 0;
        for (double value : values) {
          variance += (value - mean) * (value - mean) / values.length;
        }
        assertThat(mean).isCloseTo(0, within(1e-5));
        assertThat(variance).isCloseTo(1, within(1e-4));
      }
      assertThat(weights.buffers().keySet()).containsExactly("norm.ready");
      assertThat(norm.ready().item_double()).isOne();
      norm.prepare(first.mul(Ops.scalar(9)), Condition.none());
      assertThat(FlowTesting.distance(norm.forward(first, Condition.none()).value(), out)).isZero();
    }
  }

  @Test
  void a_constant_channel_stays_finite() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(1)) {
      ActNorm norm = ActNorm.of(weights, "norm", 1);
      Tensor flat = Ops.floats(new float[] {2, 2, 2}, 3, 1);
      for (double value : Ops.toDoubles(norm.prepare(flat, Condition.none()))) {
        assertThat(value).isCloseTo(0, within(0.1));
      }
    }
  }
}
