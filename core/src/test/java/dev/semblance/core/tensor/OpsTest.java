package dev.semblance.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class OpsTest {
  /** Without the guard the process dies here wherever BLAS has more than one thread. */
  @Test
  void large_factorisations_have_room_on_a_java_thread() {
    try (Scope scope = Scope.open()) {
      int n = 800;
      Tensor matrix = torch.eye(n, Ops.options(ScalarType.Double)).mul(Ops.scalar(4));
      Tensor inverse =
          Ops.factorise(() -> torch.linalg_inv(torch.linalg_cholesky(matrix.add(Ops.scalar(0)))));
      assertThat(inverse.trace().item_double()).isCloseTo(n / 2.0, within(1e-9));
    }
  }
}
