package dev.semblance.adversarial.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class GreyLevelsTest {
  @Test
  void aPerturbationIsCutTowardsTheCleanImageAndWholeLevelsStay() {
    try (Scope scope = Scope.open()) {
      double[] clean = {0, 100, 100, 255, 17, 3};
      double[] moved = {76.5, 176.5, 23.5, 255, 25, 2.2};
      Tensor origin = Ops.doubles(clean, 1, 6).div(Ops.scalar(255)).to(ScalarType.Float);
      Tensor images = Ops.doubles(moved, 1, 6).div(Ops.scalar(255)).to(ScalarType.Float);
      Tensor cut = GreyLevels.cut(images, origin, Box.UNIT);
      double[] levels = Ops.toDoubles(cut.to(ScalarType.Double).mul(Ops.scalar(255)).view(-1));
      for (int i = 0; i < 6; i++) {
        levels[i] = Math.round(levels[i] * 1000) / 1000.0;
      }
      assertThat(levels).containsExactly(76, 176, 24, 255, 25, 3);
    }
  }

  @Test
  void theBoxMayBeAnother() {
    try (Scope scope = Scope.open()) {
      Tensor origin = Ops.doubles(new double[] {-0.5}, 1, 1);
      Tensor images = Ops.doubles(new double[] {-0.5 + 9.9 / 255}, 1, 1);
      Tensor cut = GreyLevels.cut(images, origin, new Box(-0.5, 0.5));
      assertThat(cut.item_double()).isEqualTo(-0.5 + 9.0 / 255);
    }
  }
}
