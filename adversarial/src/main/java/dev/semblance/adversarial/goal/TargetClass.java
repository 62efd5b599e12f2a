package dev.semblance.adversarial.goal;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One class for all samples, of whichever class but this one they are.
 *
 * @param target the class, from 0
 */
public record TargetClass(int target) implements ClassGoal {
  public TargetClass {
    Check.atLeast("target", target, 0);
  }

  @Override
  public Aim resolve(Tensor cleanLogits, Tensor labels) {
    long[] classes = Ops.toLongs(labels);
    for (int i = 0; i < classes.length; i++) {
      if (!fits(classes[i])) {
        throw new IllegalArgumentException(
            "target must differ from the true class, got "
                + target
                + " for sample row "
                + i
                + "; leave samples of the target class out");
      }
    }
    return everywhere(cleanLogits, labels);
  }

  @Override
  public boolean fits(long label) {
    return label != target;
  }

  /** The aim for samples of any class. */
  Aim everywhere(Tensor cleanLogits, Tensor labels) {
    if (target >= cleanLogits.size(1)) {
      throw new IllegalArgumentException(
          "target must be below the number of classes, " + cleanLogits.size(1) + ", got " + target);
    }
    try (Scope scope = Scope.open()) {
      return new Aim(scope.keep(torch.full_like(labels, Ops.scalar(target))), true);
    }
  }
}
