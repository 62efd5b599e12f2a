package dev.semblance.adversarial.attack;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What {@link Apgd} climbs: larger is nearer to being fooled. */
public sealed interface Loss {
  /** Keeps the quotient finite where logits are equal. */
  double NEVER_ZERO = 1e-12;

  /**
   * The loss of each row.
   *
   * @param logits [m, k]
   * @return [m], differentiable, in the caller's scope
   */
  Tensor of(Tensor logits, Rows rows);

  /** With how few classes it means something. */
  int leastClasses();

  /** {@link Objective#crossEntropy}: vanishes in float32 where the model is very sure. */
  record CrossEntropy() implements Loss {
    @Override
    public Tensor of(Tensor logits, Rows rows) {
      return Objective.crossEntropy(logits, rows.aim());
    }

    @Override
    public int leastClasses() {
      return 2;
    }
  }

  /**
   * The difference of logits ratio, {@code -(z_y - max_{k != y} z_k) / (z_(1) - z_(3))} with {@code
   * z_(i)} in descending order: neither the scale nor the offset of the logits matters. For other
   * aims their margin stands above the line.
   */
  @Source(key = "croce2020reliable", where = "Eq. (6)")
  record Ratio() implements Loss {
    @Override
    public Tensor of(Tensor logits, Rows rows) {
      try (Scope scope = Scope.open()) {
        Tensor top = logits.topk(3, 1, true, true).get0();
        Tensor spread = top.select(1, 0).sub(top.select(1, 2));
        Tensor margin = rows.aim().margin(logits);
        return scope.keep(margin.neg().div(spread.add(Ops.scalar(NEVER_ZERO))));
      }
    }

    @Override
    public int leastClasses() {
      return 3;
    }
  }

  /**
   * The ratio towards one class t, {@code -(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2)}: t is the
   * goal's target or, where the goal is to get away, the class of a given rank on the clean image.
   *
   * @param rank of the class among the others, from 1, the likeliest
   */
  @Source(key = "croce2020reliable", where = "Eq. (7)")
  record TargetedRatio(int rank) implements Loss {
    public TargetedRatio {
      Check.atLeast("rank", rank, 1);
    }

    @Override
    public Tensor of(Tensor logits, Rows rows) {
      try (Scope scope = Scope.open()) {
        Tensor own = rows.aim().classes();
        Tensor target = own;
        if (rows.aim().towards()) {
          own = torch.argmax(rows.logits(), new LongOptional(1), false);
        } else {
          target = Boundaries.likeliest(rows.logits(), own, rank).select(1, rank - 1);
        }
        Tensor top = logits.topk(4, 1, true, true).get0();
        Tensor middle = top.select(1, 2).add(top.select(1, 3)).div(Ops.scalar(2));
        Tensor spread = top.select(1, 0).sub(middle).add(Ops.scalar(NEVER_ZERO));
        Tensor difference =
            logits.gather(1, target.unsqueeze(1)).sub(logits.gather(1, own.unsqueeze(1)));
        return scope.keep(difference.squeeze(1).div(spread));
      }
    }

    @Override
    public int leastClasses() {
      return Math.max(4, rank + 1);
    }
  }
}
