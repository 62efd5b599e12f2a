package dev.semblance.examples;

import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Optimizer;
import dev.semblance.similarity.loss.TripletLoss;
import dev.semblance.similarity.measure.Axioms;
import dev.semblance.similarity.measure.Distance;
import dev.semblance.similarity.measure.Euclidean;
import dev.semblance.similarity.measure.Mahalanobis;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.measure.Weighted;
import dev.semblance.similarity.mine.AllTriplets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What is metric learning? Choosing the distance by what is to be near.
 *
 * <p>Two classes differ along one diagonal of the plane, and vary a hundred times as much along the
 * other. Euclid's distance sees the variation; weights on the two axes cannot tell the diagonals
 * apart; a linear map L, learned from triplets, can. {@code ||L(x - y)||} is the Mahalanobis
 * distance with {@code M = L^T L}.
 *
 * <p>Then the four axioms are put to the test on a sample: not everything called a distance is a
 * metric.
 *
 * <p>Argument: the number of points (100).
 */
public final class E01_WhatIsMetricLearning {
  private static final int STEPS = 300;

  private E01_WhatIsMetricLearning() {}

  /**
   * What was found.
   *
   * @param euclid share of points whose nearest neighbour is of their class, under Euclid
   * @param weighted the same with each axis divided by its deviation
   * @param learned the same under the learned L
   * @param l the learned L
   */
  record Result(double euclid, double weighted, double learned, double[][] l) {}

  /** Learns L, compares three distances and puts four to the axioms. */
  public static void main(String[] arguments) {
    int n = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
    Result result = learn(n);
    System.out.println("nearest neighbour of the same class:");
    System.out.printf(Locale.ROOT, "  Euclid              %5.1f %%%n", 100 * result.euclid);
    System.out.printf(Locale.ROOT, "  weighted by axis    %5.1f %%%n", 100 * result.weighted);
    System.out.printf(Locale.ROOT, "  learned, ||L(x-y)|| %5.1f %%%n", 100 * result.learned);
    Mahalanobis learned = Mahalanobis.ofL(result.l);
    double[][] m = learned.m();
    System.out.printf(
        Locale.ROOT, "M = L^T L = [%.3f %.3f; %.3f %.3f]%n", m[0][0], m[0][1], m[1][0], m[1][1]);
    System.out.println("axioms on a grid of points; D(x, z) - D(x, y) - D(y, z) at most:");
    print("Euclid", new Euclidean());
    print("squared Euclid", new SquaredEuclidean());
    print("learned L", learned);
    print("L of rank 1", Mahalanobis.ofL(new double[][] {{1, 0}}));
  }

  private static void print(String name, Distance distance) {
    Axioms axioms = axioms(distance);
    System.out.printf(
        Locale.ROOT,
        "  %-15s %-18s detour %+5.1f, nearest two different points %.2f%n",
        name,
        axioms.isMetric()
            ? "a metric"
            : axioms.isPseudometric() ? "a pseudometric" : "not a metric",
        axioms.triangle().amount(),
        axioms.coincidence().amount());
  }

  static Result learn(int n) {
    double[] x = new double[2 * n];
    long[] labels = new long[n];
    Rng rng = Rng.of(1, Rng.Purpose.SYNTHETIC);
    for (int i = 0; i < n; i++) {
      labels[i] = i % 2;
      double useful = (labels[i] == 0 ? -1 : 1) + 0.4 * rng.gaussian();
      double useless = 60 * rng.gaussian();
      x[2 * i] = useful + useless;
      x[2 * i + 1] = useless - useful;
    }
    try (Scope scope = Scope.open()) {
      Tensor points = Ops.doubles(x, n, 2);
      Tensor y = Ops.longs(labels);
      double[] deviations = Ops.toDoubles(points.std(new long[] {0}, true, false));
      double[] weights = {1 / (deviations[0] * deviations[0]), 1 / (deviations[1] * deviations[1])};
      double[][] l = train(points.to(ScalarType.Float), y);
      return new Result(
          score(new Euclidean(), points, y),
          score(Weighted.of(weights), points, y),
          score(Mahalanobis.ofL(l), points, y),
          l);
    }
  }

  /** A net without hidden layers is a linear map: its weight is L, its shift cancels. */
  private static double[][] train(Tensor points, Tensor labels) {
    TripletLoss loss = TripletLoss.of(1).withSelection(new AllTriplets());
    Optimizer adam = Optimizer.Adam.of(0.05);
    try (Mlp map = new Mlp.Config(2, List.of(), 2).build(3);
        Optimizer.State state = adam.over(map.weights().parameters())) {
      for (int step = 0; step < STEPS; step++) {
        try (Scope scope = Scope.open()) {
          Tensor mapped = map.forward(points, Mode.TRAINING);
          Tensor gradient = loss.of(mapped.detach(), labels).gradient();
          mapped.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
          state.apply(adam.rate() * 0.5 * (1 + Math.cos(Math.PI * step / STEPS)));
        }
      }
      double[] l =
          Ops.toDoubles(Objects.requireNonNull(map.weights().parameters().get("head.weight")));
      return new double[][] {{l[0], l[1]}, {l[2], l[3]}};
    }
  }

  /** The share of points whose nearest other point has their label. */
  private static double score(Distance distance, Tensor points, Tensor labels) {
    Tensor between = distance.between(points, points);
    between.fill_diagonal_(Ops.scalar(Double.POSITIVE_INFINITY));
    Tensor nearest = between.argmin(new LongOptional(1), false);
    Tensor right = labels.index_select(0, nearest).eq(labels);
    return (double) right.sum().item_long() / labels.size(0);
  }

  /** Every pair and triple of a 5 x 5 grid. */
  static Axioms axioms(Distance distance) {
    double[] grid = new double[50];
    for (int i = 0; i < 25; i++) {
      grid[2 * i] = i % 5;
      grid[2 * i + 1] = i / 5;
    }
    try (Scope scope = Scope.open()) {
      return Axioms.of(distance, Ops.doubles(grid, 25, 2), 1e-10);
    }
  }
}
