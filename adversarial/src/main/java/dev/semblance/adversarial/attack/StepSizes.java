package dev.semblance.adversarial.attack;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;

/** How long the steps of {@link Pgd} are, in the ball's norm. */
public sealed interface StepSizes {
  /**
   * The length of one step.
   *
   * @param step from 0
   */
  double at(int step);

  /**
   * Every step the same, as published.
   *
   * @param size above 0
   */
  @Source(key = "madry2018towards", where = "Section 2.1")
  record Constant(double size) implements StepSizes {
    public Constant {
      Check.positive("stepSize", size);
    }

    @Override
    public double at(int step) {
      return size;
    }
  }

  /**
   * Long steps first: {@code first} for {@code every} steps, then half of it for as many, and so on
   * down to {@code last}, which all others have.
   *
   * <p>A step of the radius takes most images of an undefended model out of their class at once,
   * where constant steps of a sixteenth have to walk there; what is left is searched ever finer.
   * {@link Apgd} halves as well, but where a sample makes no progress, which it has to measure;
   * here the halving is fixed beforehand.
   *
   * @param first above 0
   * @param every at least 1
   * @param last above 0, at most {@code first}
   */
  @Source(
      key = "croce2020reliable",
      where = "Section 3 (from large steps to small ones; there by progress, here by count)")
  record Halving(double first, int every, double last) implements StepSizes {
    public Halving {
      Check.positive("first", first);
      Check.atLeast("every", every, 1);
      Check.positive("last", last);
      if (!(last <= first)) {
        throw new IllegalArgumentException("last must be <= first, " + first + ", got " + last);
      }
    }

    @Override
    public double at(int step) {
      return Math.max(last, Math.scalb(first, -(step / every)));
    }
  }
}
