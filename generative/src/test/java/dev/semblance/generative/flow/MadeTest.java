package dev.semblance.generative.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class MadeTest {
  private static final int ELEMENTS = 5;

  @Test
  void parameters_of_an_element_depend_on_all_before_it_and_on_nothing_else() {
    try (Scope scope = Scope.open();
        Weights weights = new Weights(2)) {
      Made made = new Made(weights, "made", ELEMENTS, 2, new Shape(16, 2, 0));
      FlowTesting.shake(weights, 0.3);
      FlowTesting.to(weights, ScalarType.Double);
      for (int parameter = 0; parameter < 2; parameter++) {
        int which = parameter;
        Bijection asMap = new Fixed(x -> made.parameters(x, Condition.none()).select(-1, which));
        Tensor jacobian =
            FlowTesting.jacobian(asMap, FlowTesting.normal(1, 1, 6, ELEMENTS), Condition.none());
        double[] largest = Ops.toDoubles(jacobian.abs().amax(new long[] {0}, false));
        for (int i = 0; i < ELEMENTS; i++) {
          for (int j = 0; j < ELEMENTS; j++) {
            double dependence = largest[i * ELEMENTS + j];
            if (j < i) {
              assertThat(dependence).as("%d on %d", i, j).isGreaterThan(1e-6);
            } else {
              assertThat(dependence).as("%d on %d", i, j).isZero();
            }
          }
        }
      }
    }
  }

  /** A function in a map's clothes, for its Jacobian. */
  private record Fixed(java.util.function.UnaryOperator<Tensor> function) implements Bijection {
    @Override
    public Mapped forward(Tensor x, Condition condition) {
      return new Mapped(function.apply(x), x.new_zeros(x.size(0)));
    }

    @Override
    public Mapped inverse(Tensor z, Condition condition) {
      throw new UnsupportedOperationException();
    }
  }
}
