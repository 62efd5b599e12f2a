package dev.semblance.adversarial.ball;

import org.bytedeco.pytorch.Tensor;

/**
 * How the size of a perturbation is measured, and with it what its balls look like: the nearest
 * point, the steepest step, a random point.
 *
 * <p>Every operation works row by row: row i of a result depends on row i of the arguments and on
 * nothing else, bit for bit, whatever the batch. No result carries a gradient. What is not finite
 * in a row stays in that row.
 */
public sealed interface Norm permits Linf, L2, L1, L0 {
  /** The largest absolute change. */
  Linf LINF = new Linf();

  /** The Euclidean length of the change. */
  L2 L2 = new L2();

  /** The sum of absolute changes. */
  L1 L1 = new L1();

  /** The number of changed pixels. */
  L0 L0 = new L0();

  /**
   * The norm of each row.
   *
   * @param delta floating point [n, ...]
   * @return float64 [n]
   * @throws IllegalArgumentException for another shape or type
   */
  Tensor of(Tensor delta);

  /**
   * The nearest point, in Euclidean distance, that lies in the ball around the origin and in the
   * box.
   *
   * <p>The result lies inside the ball even when tested in float64 on the stored values, and inside
   * the box. A candidate that lies inside both comes back bit for bit; one outside an L2 or L1 ball
   * goes to {@code radius (1 - 1e-6)}, so that whoever tests in float32 finds it inside too.
   *
   * @param candidate floating point, of the origin's shape
   * @param origin float32 or float64 [n, ...], in the box
   * @param radii float64 [n], at least 0; where infinite only the box counts
   * @return of the origin's shape and type
   * @throws IllegalArgumentException for other shapes and types, and for a radius that is negative
   *     or NaN
   */
  Tensor project(Tensor candidate, Tensor origin, Tensor radii, Box box);

  /**
   * The direction of unit norm in which a linear function with this gradient rises most; zero where
   * the gradient is zero.
   *
   * @param gradient floating point [n, ...]
   * @param point floating point, of the gradient's shape, in the box
   * @param box what leaves room to move; {@link Linf} and {@link L2} leave it to the projection
   * @return of the gradient's shape and type
   * @throws IllegalArgumentException for other shapes and types
   */
  Tensor ascent(Tensor gradient, Tensor point, Box box);

  /**
   * A uniformly random point of the ball around each origin, then projected on ball and box.
   *
   * <p>The draws of row i are a function of (seed, samples[i], step).
   *
   * @param origin float32 or float64 [n, ...], in the box
   * @param radii float64 [n], finite and at least 0
   * @param samples [n], what each row is called wherever it stands
   * @param step tells restarts and steps of one sample apart
   * @return of the origin's shape and type
   * @throws IllegalArgumentException for other shapes and types, and for a radius that is negative,
   *     infinite or NaN
   */
  Tensor random(Tensor origin, Tensor radii, Box box, long seed, long[] samples, long step);

  /**
   * The dual norm of each gradient: by how much a linear function can change within radius 1.
   *
   * @param gradient floating point [n, ...]
   * @return float64 [n]
   * @throws IllegalArgumentException for another shape or type
   */
  Tensor dual(Tensor gradient);
}
