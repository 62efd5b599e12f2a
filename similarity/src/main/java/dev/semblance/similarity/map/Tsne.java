package dev.semblance.similarity.map;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * t-distributed stochastic neighbour embedding: a map in which neighbours stay neighbours.
 *
 * <p>{@code p_j|i} is a Gaussian around {@code x_i} whose width gives it the wished perplexity,
 * {@code p_ij = (p_j|i + p_i|j) / 2n}, {@code q_ij ~ 1 / (1 + ||y_i - y_j||^2)}; the points {@code
 * y} descend on {@code KL(P || Q) = sum p_ij ln(p_ij / q_ij)}. Distances between far clusters and
 * the sizes of clusters mean nothing in such a map.
 *
 * <p>All pairs are visited: O(n^2) time and memory, for up to {@value #LARGEST} points. Nothing is
 * random: the start is the map by principal components, and the descent does not depend on the
 * number of threads. Of the paper this differs in that start (kobak2019art) and in the learning
 * rate (belkina2019automated).
 *
 * @param perplexity how many neighbours a point attends to, roughly; > 1, and less than {@code (n -
 *     1) / 3} at the call
 * @param earlyExaggeration the factor on P in the first phase, >= 1
 * @param earlyIterations the steps of the first phase, >= 0
 * @param iterations all steps, >= earlyIterations
 * @param learningRate the step size on the gradient of Eq. (5), > 0
 * @param earlyMomentum the momentum of the first phase, in [0, 1)
 * @param momentum the momentum afterwards, in [0, 1)
 */
@Source(key = "vandermaaten2008visualizing", where = "Eqs. (1) to (5), section 3.4")
@Source(key = "belkina2019automated", where = "learning rate n / early exaggeration")
@Source(key = "kobak2019art", where = "initialisation by principal components")
public record Tsne(
    double perplexity,
    double earlyExaggeration,
    int earlyIterations,
    int iterations,
    double learningRate,
    double earlyMomentum,
    double momentum) {
  /** What exact computation can bear. */
  public static final int LARGEST = 5_000;

  private static final int HISTORY_STEP = 50;

  public Tsne {
    if (!(perplexity > 1) || Double.isInfinite(perplexity)) {
      throw new IllegalArgumentException("perplexity must be > 1 and finite, got " + perplexity);
    }
    if (!(earlyExaggeration >= 1) || Double.isInfinite(earlyExaggeration)) {
      throw new IllegalArgumentException(
          "earlyExaggeration must be >= 1 and finite, got " + earlyExaggeration);
    }
    Check.atLeast("earlyIterations", earlyIterations, 0);
    Check.atLeast("iterations", iterations, Math.max(1, earlyIterations));
    Check.positive("learningRate", learningRate);
    Check.between("earlyMomentum", earlyMomentum, 0, Math.nextDown(1.0));
    Check.between("momentum", momentum, 0, Math.nextDown(1.0));
  }

  /**
   * The usual settings for {@code n} points: perplexity 30 (or what n allows), exaggeration 12 for
   * 250 of 1,000 steps, momentum 0.5 then 0.8 (the paper's section 3.4; 12 and 250 as in the
   * authors' later code), learning rate {@code n / 12} on a gradient without its factor 4
   * (belkina2019automated), that is {@code n / 48} here, and at least 50.
   *
   * @param n at least 5
   */
  public static Tsne of(int n) {
    Check.atLeast("n", n, 5);
    return new Tsne(Math.min(30, (n - 1) / 3.5), 12, 250, 1000, Math.max(n / 48.0, 50), 0.5, 0.8);
  }

  /** These settings with another perplexity. */
  public Tsne withPerplexity(double value) {
    return new Tsne(
        value,
        earlyExaggeration,
        earlyIterations,
        iterations,
        learningRate,
        earlyMomentum,
        momentum);
  }

  /** These settings with another number of steps. */
  public Tsne withIterations(int value) {
    return new Tsne(
        perplexity,
        earlyExaggeration,
        Math.min(earlyIterations, value),
        value,
        learningRate,
        earlyMomentum,
        momentum);
  }

  /**
   * A finished map.
   *
   * @param points [n][2], centred on the origin
   * @param divergence {@code KL(P || Q)} of the map, in nats
   * @param history the divergence (of P without exaggeration) before the first and after every 50th
   *     step
   */
  public record Result(double[][] points, double divergence, List<Double> history) {}

  /**
   * Maps vectors to the plane.
   *
   * @param vectors float [n, d], finite; distances are Euclidean
   * @throws IllegalArgumentException for another shape, values that are not finite, more than
   *     {@value #LARGEST} rows, or too few for the perplexity
   */
  public Result map(Tensor vectors) {
    Check.matrix("vectors", vectors);
    if (vectors.size(0) > LARGEST) {
      throw new IllegalArgumentException(
          "vectors must have at most "
              + LARGEST
              + " rows, got "
              + Shapes.of(vectors)
              + "; map a sample of them");
    }
    int n = (int) vectors.size(0);
    if (!(perplexity < (n - 1) / 3.0)) {
      throw new IllegalArgumentException(
          "perplexity must be < (n - 1) / 3 = "
              + (n - 1) / 3.0
              + ", got "
              + perplexity
              + "; lower it or give more rows");
    }
    double[][] start = Pca.fit(vectors, (int) Math.min(2, vectors.size(1))).map(vectors);
    float[][] p = Affinities.joint(squaredDistances(vectors), n, perplexity);
    return descend(p, start);
  }

  private static double[] squaredDistances(Tensor vectors) {
    try (Scope scope = Scope.open()) {
      Tensor x = vectors.detach().to(ScalarType.Double);
      x = x.sub(x.sum(0).div(Ops.scalar(x.size(0)))); // less cancellation
      Tensor squares = x.square().sum(1);
      Tensor distances = squares.unsqueeze(1).add(squares).sub(x.matmul(x.t()).mul(Ops.scalar(2)));
      return Ops.toDoubles(distances.clamp_min(Ops.scalar(0)));
    }
  }

  private Result descend(float[][] p, double[][] start) {
    int n = p.length;
    double[] x = new double[n];
    double[] y = new double[n];
    scaledStart(start, x, y);
    Gravity gravity = new Gravity(p);
    double[] gradientX = new double[n];
    double[] gradientY = new double[n];
    Axis axisX = new Axis(n);
    Axis axisY = new Axis(n);
    List<Double> history = new ArrayList<>(List.of(gravity.divergence(x, y)));
    for (int step = 1; step <= iterations; step++) {
      boolean early = step <= earlyIterations;
      gravity.gradient(x, y, early ? earlyExaggeration : 1, gradientX, gradientY);
      axisX.move(x, gradientX, learningRate, early ? earlyMomentum : momentum);
      axisY.move(y, gradientY, learningRate, early ? earlyMomentum : momentum);
      if (step % HISTORY_STEP == 0 || step == iterations) {
        history.add(gravity.divergence(x, y));
      }
    }
    double divergence = history.get(history.size() - 1);
    if (!Double.isFinite(divergence)) {
      throw new IllegalArgumentException(
          "learningRate must let the map converge, got "
              + learningRate
              + ": the points flew apart; lower it");
    }
    double[][] points = new double[n][];
    for (int i = 0; i < n; i++) {
      points[i] = new double[] {x[i], y[i]};
    }
    return new Result(points, divergence, List.copyOf(history));
  }

  /** The start has a deviation of 1e-4 along its longer axis (section 3.4; kobak2019art). */
  private static void scaledStart(double[][] start, double[] x, double[] y) {
    int n = x.length;
    double squares = 0;
    for (double[] point : start) {
      squares += point[0] * point[0];
    }
    double scale = squares > 0 ? 1e-4 / Math.sqrt(squares / n) : 0;
    for (int i = 0; i < n; i++) {
      // Equal points would stay together for ever: a spiral far below the data's own scale.
      double turn = i * 2.399963229728653; // the golden angle
      double radius = 1e-8 * Math.sqrt((i + 0.5) / n);
      x[i] = start[i][0] * scale + radius * Math.cos(turn);
      y[i] = start[i][1] * scale + radius * Math.sin(turn);
    }
  }

  /** One coordinate of all points in motion, with the gains of the authors' code. */
  private static final class Axis {
    private final double[] velocity;
    private final double[] gain;

    Axis(int n) {
      velocity = new double[n];
      gain = new double[n];
      java.util.Arrays.fill(gain, 1);
    }

    void move(double[] position, double[] gradient, double rate, double momentum) {
      double mean = 0;
      for (int i = 0; i < position.length; i++) {
        boolean turned = gradient[i] > 0 == velocity[i] > 0;
        gain[i] = Math.max(0.01, turned ? gain[i] * 0.8 : gain[i] + 0.2);
        velocity[i] = momentum * velocity[i] - rate * gain[i] * gradient[i];
        position[i] += velocity[i];
        mean += position[i];
      }
      mean /= position.length;
      for (int i = 0; i < position.length; i++) {
        position[i] -= mean;
      }
    }
  }

  /** The divergence and its gradient. Every row is one task's own: the sums have one order. */
  static final class Gravity {
    private final float[][] p;
    private final double[] mass;
    private final double probability;

    Gravity(float[][] p) {
      this.p = p;
      this.mass = new double[p.length];
      // 1 but for the rounding of P to float32.
      double sum = 0;
      for (float[] row : p) {
        for (float value : row) {
          sum += value;
        }
      }
      this.probability = sum;
    }

    /** Eq. (5), with P times {@code exaggeration}. */
    void gradient(double[] x, double[] y, double exaggeration, double[] outX, double[] outY) {
      int n = p.length;
      double[] pushX = new double[n];
      double[] pushY = new double[n];
      IntStream.range(0, n)
          .parallel()
          .forEach(
              i -> {
                float[] row = p[i];
                double xi = x[i];
                double yi = y[i];
                double sum = 0;
                double pullX = 0;
                double pullY = 0;
                double awayX = 0;
                double awayY = 0;
                for (int j = 0; j < n; j++) {
                  double dx = xi - x[j];
                  double dy = yi - y[j];
                  double near = 1 / (1 + dx * dx + dy * dy);
                  double pull = row[j] * near;
                  double push = near * near;
                  sum += near;
                  pullX += pull * dx;
                  pullY += pull * dy;
                  awayX += push * dx;
                  awayY += push * dy;
                }
                mass[i] = sum - 1; // without itself
                outX[i] = pullX;
                outY[i] = pullY;
                pushX[i] = awayX;
                pushY[i] = awayY;
              });
      double total = total();
      for (int i = 0; i < n; i++) {
        outX[i] = 4 * (exaggeration * outX[i] - pushX[i] / total);
        outY[i] = 4 * (exaggeration * outY[i] - pushY[i] / total);
      }
    }

    /** KL(P || Q) in nats. */
    double divergence(double[] x, double[] y) {
      int n = p.length;
      double[] parts = new double[n];
      IntStream.range(0, n)
          .parallel()
          .forEach(
              i -> {
                double sum = 0;
                double part = 0;
                for (int j = 0; j < n; j++) {
                  double dx = x[i] - x[j];
                  double dy = y[i] - y[j];
                  double far = 1 + dx * dx + dy * dy;
                  sum += 1 / far;
                  if (j != i && p[i][j] > 0) {
                    part += p[i][j] * Math.log(p[i][j] * far);
                  }
                }
                mass[i] = sum - 1;
                parts[i] = part;
              });
      double all = 0;
      for (int i = 0; i < n; i++) {
        all += parts[i];
      }
      return all + probability * Math.log(total());
    }

    private double total() {
      double total = 0;
      for (double part : mass) {
        total += part;
      }
      return total;
    }
  }
}
