package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Images as files of 8 bits a value hold them. */
public final class GreyLevels {
  private static final int LEVELS = 255;

  private GreyLevels() {}

  /**
   * Perturbed images whose perturbation is a whole number of grey levels, cut towards 0: that stays
   * in every ball around the origin, while rounding to the nearest level does not.
   *
   * @param images floating point [n, ...] in the box
   * @param origin of the images' shape; of 8-bit values itself, else the images are not
   * @param box from level 0 to level 255
   * @return of the images' shape and type, in the caller's scope
   */
  public static Tensor cut(Tensor images, Tensor origin, Box box) {
    try (Scope scope = Scope.open()) {
      double level = box.width() / LEVELS;
      Tensor clean = origin.to(ScalarType.Double);
      // What float32 made of a whole number of levels is off by up to 1e-5 of one.
      Tensor levels = images.to(ScalarType.Double).sub(clean).div(Ops.scalar(level));
      Tensor whole = levels.add(levels.sign().mul(Ops.scalar(1e-4))).trunc();
      Tensor cut = whole.mul(Ops.scalar(level)).add(clean).to(images.scalar_type());
      return scope.keep(box.clamp(cut));
    }
  }
}
