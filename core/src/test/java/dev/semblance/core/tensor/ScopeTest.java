package dev.semblance.core.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class ScopeTest {
  @Test
  void frees_what_was_made_in_it_and_keeps_what_is_kept() {
    Tensor kept;
    Tensor lost;
    try (Scope outer = Scope.open()) {
      try (Scope inner = Scope.open()) {
        lost = Ops.floats(new float[] {1}, 1);
        kept = inner.keep(Ops.floats(new float[] {2}, 1));
      }
      assertThat(lost.isNull()).isTrue();
      assertThat(Ops.toFloats(kept)).containsExactly(2);
    }
    assertThat(kept.isNull()).isTrue();
  }

  @Test
  void what_is_kept_without_an_outer_scope_belongs_to_the_caller() {
    Tensor kept;
    try (Scope scope = Scope.open()) {
      kept = scope.keep(Ops.floats(new float[] {3}, 1));
    }
    assertThat(Ops.toFloats(kept)).containsExactly(3);
    kept.close();
    assertThat(kept.isNull()).isTrue();
  }

  @Test
  void owned_tensors_outlive_every_scope_until_released() {
    Tensor owned;
    try (Scope scope = Scope.open()) {
      owned = Scope.own(Ops.floats(new float[] {4}, 1));
    }
    assertThat(Ops.toFloats(owned)).containsExactly(4);
    Scope.release(owned);
    assertThat(owned.isNull()).isTrue();
  }

  @Test
  void native_memory_stays_flat_over_many_steps() {
    for (int i = 0; i < 50; i++) {
      step();
    }
    long before = NativeRuntime.residentBytes();
    for (int i = 0; i < 500; i++) {
      step();
    }
    // Without the scope this would be 500 x 4 MiB.
    assertThat(NativeRuntime.residentBytes() - before).isLessThan(64L << 20);
  }

  private static void step() {
    try (Scope scope = Scope.open()) {
      Ops.zeros(ScalarType.Float, 1024, 1024).add_(Ops.scalar(1)).relu();
    }
  }
}
