package dev.semblance.generative.gan;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What the two players minimise, term by term: the discriminator the mean of {@link #real} over
 * images of the data plus the mean of {@link #fake} over made ones, the generator the mean of
 * {@link #generator}. Elementwise in the raw output d, of any shape; differentiable.
 *
 * <p>In softplus form, {@code -log sigmoid(d) = softplus(-d)}: no logarithm of zero.
 */
public sealed interface GanLoss {
  /** The discriminator's term of an image of the data. */
  Tensor real(Tensor d);

  /** The discriminator's term of a made image. */
  Tensor fake(Tensor d);

  /** The generator's term of a made image. */
  Tensor generator(Tensor d);

  /**
   * The game as it was first stated: {@code V = E log D(x) + E log(1 - D(G(z)))}, raised by the one
   * and lowered by the other. Where the discriminator is sure, the generator's gradient vanishes.
   *
   * @param realTarget what D is to say of the data, in (0, 1]; below 1 one-sided smoothing
   */
  @Source(key = "goodfellow2014generative", where = "Eq. (1)")
  @Source(key = "salimans2016improved", where = "section 3.4, smoothing")
  record Minimax(double realTarget) implements GanLoss {
    public Minimax {
      checkTarget(realTarget);
    }

    @Override
    public Tensor real(Tensor d) {
      return crossEntropy(d, realTarget);
    }

    @Override
    public Tensor fake(Tensor d) {
      return torch.softplus(d);
    }

    @Override
    public Tensor generator(Tensor d) {
      return torch.softplus(d).neg(); // log(1 - D) = -softplus(d)
    }
  }

  /**
   * The same discriminator; the generator raises {@code log D(G(z))} instead, whose gradient is
   * large where it loses.
   *
   * @param realTarget what D is to say of the data, in (0, 1]
   * @param fakeTarget what D is to say of made images, in [0, 1); above 0 the best D rewards what
   *     is made already: {@code (realTarget p + fakeTarget q) / (p + q)}
   */
  @Source(key = "goodfellow2014generative", where = "section 3, the last paragraph")
  @Source(key = "salimans2016improved", where = "section 3.4, smoothing")
  record NonSaturating(double realTarget, double fakeTarget) implements GanLoss {
    public NonSaturating {
      checkTarget(realTarget);
      Check.between("fakeTarget", fakeTarget, 0, Math.nextDown(realTarget));
    }

    /** Without smoothing. */
    public static NonSaturating of() {
      return new NonSaturating(1, 0);
    }

    @Override
    public Tensor real(Tensor d) {
      return crossEntropy(d, realTarget);
    }

    @Override
    public Tensor fake(Tensor d) {
      return crossEntropy(d, fakeTarget);
    }

    @Override
    public Tensor generator(Tensor d) {
      return torch.softplus(d.neg());
    }
  }

  /**
   * Squares: {@code (d(x) - a)^2 / 2}, {@code d(G)^2 / 2}; the generator {@code (d(G) - 1)^2 / 2}.
   *
   * @param realTarget a, in (0, 1]
   */
  @Source(key = "mao2017least", where = "Eqs. (2) and (9)")
  record LeastSquares(double realTarget) implements GanLoss {
    public LeastSquares {
      checkTarget(realTarget);
    }

    @Override
    public Tensor real(Tensor d) {
      return d.sub(Ops.scalar(realTarget)).square().mul(Ops.scalar(0.5));
    }

    @Override
    public Tensor fake(Tensor d) {
      return d.square().mul(Ops.scalar(0.5));
    }

    @Override
    public Tensor generator(Tensor d) {
      return d.sub(Ops.scalar(1)).square().mul(Ops.scalar(0.5));
    }
  }

  /** Margins: {@code max(0, 1 - d(x))}, {@code max(0, 1 + d(G))}; the generator {@code -d(G)}. */
  @Source(key = "lim2017geometric", where = "Eqs. (9) and (10)")
  record Hinge() implements GanLoss {
    @Override
    public Tensor real(Tensor d) {
      return torch.rsub(d, Ops.scalar(1)).relu();
    }

    @Override
    public Tensor fake(Tensor d) {
      return d.add(Ops.scalar(1)).relu();
    }

    @Override
    public Tensor generator(Tensor d) {
      return d.neg();
    }
  }

  /**
   * The discriminator as a critic: {@code -d(x)}, {@code d(G)}; the generator {@code -d(G)}. A
   * distance between distributions only where d is kept from being steep: {@link Penalty.Gradient}.
   */
  @Source(key = "gulrajani2017improved", where = "Eq. (2)")
  record Wasserstein() implements GanLoss {
    @Override
    public Tensor real(Tensor d) {
      return d.neg();
    }

    @Override
    public Tensor fake(Tensor d) {
      return d.alias();
    }

    @Override
    public Tensor generator(Tensor d) {
      return d.neg();
    }
  }

  private static void checkTarget(double realTarget) {
    Check.between("realTarget", realTarget, Double.MIN_NORMAL, 1);
  }

  /** {@code -t log D - (1 - t) log(1 - D) = softplus(d) - t d}. */
  private static Tensor crossEntropy(Tensor d, double target) {
    if (target == 1) {
      return torch.softplus(d.neg()); // The same without a difference of large numbers.
    }
    Tensor certain = torch.softplus(d);
    return target == 0 ? certain : certain.sub(d.mul(Ops.scalar(target)));
  }
}
