package dev.semblance.core.data.synthetic;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import org.bytedeco.pytorch.Tensor;

/**
 * The distributions over the plane that density models are looked at with. Defaults are those of
 * the cited paper's code, except for the moons', which are the usual ones.
 */
@Source(key = "grathwohl2019ffjord", where = "section 4.1 and the toy data of its code")
public final class Densities {
  private static final double TURN = 2 * Math.PI;

  /** Keeps the draws apart from those of the other sets. */
  private static final long STREAM = 32;

  private Densities() {}

  /** Writes one point. */
  @FunctionalInterface
  private interface Draw {
    void point(Rng rng, double[] out);
  }

  /**
   * Two interleaved half circles of radius 1, centred at (0, 0) and (1, 0.5), blurred. The density
   * is an integral without closed form.
   *
   * @param noise the deviation of the blur along each axis
   */
  public record Moons(double noise) implements PlaneDensity {
    public Moons {
      Check.notNegative("noise", noise);
    }

    /** Noise 0.1. */
    public static Moons of() {
      return new Moons(0.1);
    }

    @Override
    public Tensor sample(int n, long seed) {
      return draw(
          n,
          seed,
          0,
          (rng, out) -> {
            boolean upper = rng.nextInt() >= 0;
            double angle = rng.uniform(0, Math.PI);
            double x = StrictMath.cos(angle);
            double y = StrictMath.sin(angle);
            out[0] = (upper ? x : 1 - x) + noise * rng.gaussian();
            out[1] = (upper ? y : 0.5 - y) + noise * rng.gaussian();
          });
    }
  }

  /**
   * Concentric rings with equal shares, at radii {@code spacing, 2 spacing, ...}; normal across.
   *
   * @param count the number of rings
   * @param spacing between neighbouring rings
   * @param noise the deviation of the radius
   */
  public record Rings(int count, double spacing, double noise) implements ExactDensity {
    public Rings {
      Check.atLeast("count", count, 1);
      Check.positive("spacing", spacing);
      Check.positive("noise", noise);
    }

    /** Four rings 0.75 apart, noise 0.08. */
    public static Rings of() {
      return new Rings(4, 0.75, 0.08);
    }

    @Override
    public Tensor sample(int n, long seed) {
      return draw(
          n,
          seed,
          1,
          (rng, out) -> {
            double radius = spacing * (1 + rng.below(count));
            double angle = rng.uniform(0, TURN);
            double r = radius + noise * rng.gaussian();
            out[0] = r * StrictMath.cos(angle);
            out[1] = r * StrictMath.sin(angle);
          });
    }

    @Override
    public Tensor logDensity(Tensor points) {
      checkPoints(points);
      try (Scope scope = Scope.open()) {
        Tensor r = points.mul(points).sum(new long[] {1}, true, Ops.sameType()).sqrt();
        // The radius is normal with sign: a point is reached from r and, opposite, from -r.
        double[] radii = new double[2 * count];
        for (int k = 0; k < count; k++) {
          radii[2 * k] = spacing * (k + 1);
          radii[2 * k + 1] = -spacing * (k + 1);
        }
        Tensor z = r.sub(row(radii, points)).div(Ops.scalar(noise));
        // Along the ring the probability spreads over 2 pi r.
        double constant = Math.log(count * noise * Math.sqrt(TURN) * TURN);
        Tensor log = z.mul(z).mul(Ops.scalar(-0.5)).logsumexp(1);
        return scope.keep(log.sub(r.squeeze(1).log()).sub(Ops.scalar(constant)));
      }
    }
  }

  /**
   * Eight round Gaussians with equal shares, evenly on a circle, the first on the x axis.
   *
   * @param radius of the circle
   * @param deviation of each along each axis
   */
  public record EightGaussians(double radius, double deviation) implements ExactDensity {
    private static final int COUNT = 8;

    public EightGaussians {
      Check.positive("radius", radius);
      Check.positive("deviation", deviation);
    }

    /** Radius 4 / sqrt 2, deviation 0.5 / sqrt 2. */
    public static EightGaussians of() {
      return new EightGaussians(4 / Math.sqrt(2), 0.5 / Math.sqrt(2));
    }

    @Override
    public Tensor sample(int n, long seed) {
      return draw(
          n,
          seed,
          2,
          (rng, out) -> {
            double angle = rng.below(COUNT) * TURN / COUNT;
            out[0] = radius * StrictMath.cos(angle) + deviation * rng.gaussian();
            out[1] = radius * StrictMath.sin(angle) + deviation * rng.gaussian();
          });
    }

    @Override
    public Tensor logDensity(Tensor points) {
      checkPoints(points);
      double[] x = new double[COUNT];
      double[] y = new double[COUNT];
      for (int k = 0; k < COUNT; k++) {
        x[k] = radius * StrictMath.cos(k * TURN / COUNT);
        y[k] = radius * StrictMath.sin(k * TURN / COUNT);
      }
      try (Scope scope = Scope.open()) {
        Tensor dx = points.narrow(1, 0, 1).sub(row(x, points)).div(Ops.scalar(deviation));
        Tensor dy = points.narrow(1, 1, 1).sub(row(y, points)).div(Ops.scalar(deviation));
        double constant = Math.log(COUNT * TURN * deviation * deviation);
        Tensor exponent = dx.mul(dx).add(dy.mul(dy)).mul(Ops.scalar(-0.5));
        return scope.keep(exponent.logsumexp(1).sub(Ops.scalar(constant)));
      }
    }
  }

  /**
   * Uniform on the dark squares of a board that is centred on the origin; the lower left one is
   * dark.
   *
   * @param cells of the board along each side, even
   * @param halfWidth the board covers [-halfWidth, halfWidth) in both directions
   */
  public record Checkerboard(int cells, double halfWidth) implements ExactDensity {
    public Checkerboard {
      Check.atLeast("cells", cells, 2);
      if (cells % 2 != 0) {
        throw new IllegalArgumentException("cells must be even, got " + cells);
      }
      Check.positive("halfWidth", halfWidth);
    }

    /** Four by four squares over [-4, 4). */
    public static Checkerboard of() {
      return new Checkerboard(4, 4);
    }

    @Override
    public Tensor sample(int n, long seed) {
      double width = 2 * halfWidth / cells;
      return draw(
          n,
          seed,
          3,
          (rng, out) -> {
            int row = rng.below(cells);
            int column = 2 * rng.below(cells / 2) + row % 2;
            out[0] = -halfWidth + width * (column + rng.nextDouble());
            out[1] = -halfWidth + width * (row + rng.nextDouble());
          });
    }

    @Override
    public Tensor logDensity(Tensor points) {
      checkPoints(points);
      try (Scope scope = Scope.open()) {
        Tensor cell =
            points.add(Ops.scalar(halfWidth)).mul(Ops.scalar(cells / (2 * halfWidth))).floor();
        Tensor dark =
            cell.sum(new long[] {1}, false, Ops.sameType())
                .remainder(Ops.scalar(2))
                .eq(Ops.scalar(0));
        Tensor inside =
            cell.ge(Ops.scalar(0)).logical_and(cell.lt(Ops.scalar(cells))).all(1, false);
        // Half of the board is dark.
        double log = -Math.log(2 * halfWidth * halfWidth);
        Tensor flat = points.select(1, 0).mul(Ops.scalar(0)).add(Ops.scalar(log));
        return scope.keep(
            flat.masked_fill(
                dark.logical_and(inside).logical_not(), Ops.scalar(Double.NEGATIVE_INFINITY)));
      }
    }
  }

  private static Tensor draw(int n, long seed, int kind, Draw draw) {
    Check.atLeast("n", n, 0);
    float[] values = new float[Math.multiplyExact(2, n)];
    double[] point = new double[2];
    for (int i = 0; i < n; i++) {
      draw.point(Rng.of(seed, Rng.Purpose.SYNTHETIC, i, STREAM + kind), point);
      values[2 * i] = (float) point[0];
      values[2 * i + 1] = (float) point[1];
    }
    return Ops.floats(values, n, 2);
  }

  private static void checkPoints(Tensor points) {
    Check.matrix("points", points);
    if (points.size(1) != 2) {
      throw new IllegalArgumentException("points must be [n, 2], got " + Shapes.of(points));
    }
  }

  /** A row of constants of the type of {@code like}. */
  private static Tensor row(double[] values, Tensor like) {
    return Ops.doubles(values, 1, values.length).to(like.scalar_type());
  }
}
