package dev.semblance.app;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.nn.Net;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.StepReport;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Density;
import dev.semblance.generative.Family;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.Kind;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Sampler;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoublePredicate;
import org.bytedeco.pytorch.Tensor;

/**
 * A small model of points of the plane. Inside it points are images of one row and two columns,
 * centred and brought to a deviation; outside they are as the data are.
 */
final class PlanarModel implements AutoCloseable {
  /** Training points. */
  private static final int POINTS = 20_000;

  private static final ImageShape SHAPE = new ImageShape(1, 1, 2);
  private static final int TOGETHER = 2000;

  private final Net net;
  private final double[] centre;
  private final double scale;
  private long steps;
  private double seconds;

  private PlanarModel(Net net, double[] centre, double scale) {
    this.net = net;
    this.centre = centre;
    this.scale = scale;
  }

  /**
   * Trains a model.
   *
   * @param steps of the training
   * @param enough told the seconds after each step: whether to end early
   */
  static PlanarModel train(
      PlanarRecipe recipe, PlanarTruth truth, long seed, long steps, DoublePredicate enough) {
    return train(recipe, recipe.family(), truth, seed, steps, enough);
  }

  private static <N extends Net> PlanarModel train(
      PlanarRecipe recipe,
      Family<N> family,
      PlanarTruth truth,
      long seed,
      long steps,
      DoublePredicate enough) {
    float[] points;
    try (Scope scope = Scope.open()) {
      points = Ops.toFloats(truth.density().sample(POINTS, seed));
    }
    double[] centre = new double[2];
    for (int i = 0; i < points.length; i++) {
      centre[i % 2] += points[i] / (double) POINTS;
    }
    double squares = 0;
    for (int i = 0; i < points.length; i++) {
      squares += Math.pow(points[i] - centre[i % 2], 2);
    }
    double scale = recipe.deviation() / Math.sqrt(squares / points.length);
    N net = family.build(SHAPE, 1, seed);
    PlanarModel model = new PlanarModel(net, centre, scale);
    long start = System.nanoTime();
    try (GenerativeLearner learner =
            family.learner(net, family.preprocessing(SHAPE), recipe.course(seed, steps));
        Progress progress = Progress.start("plane " + recipe.name(), steps)) {
      Shuffled order = Shuffled.of(POINTS, recipe.batch(), seed);
      while (model.steps < steps && !enough.test(model.seconds)) {
        try (Scope scope = Scope.open()) {
          long[] rows = order.batch(model.steps);
          float[] batch = new float[2 * rows.length];
          for (int i = 0; i < rows.length; i++) {
            int row = Math.toIntExact(rows[i]);
            batch[2 * i] = (float) ((points[2 * row] - centre[0]) * scale);
            batch[2 * i + 1] = (float) ((points[2 * row + 1] - centre[1]) * scale);
          }
          StepReport report =
              learner.step(
                  new Batch(
                      model.steps,
                      rows,
                      Ops.floats(batch, rows.length, 1, 1, 2),
                      Ops.longs(new long[rows.length])));
          if (!Double.isFinite(report.loss())) {
            throw Problem.failure(
                "loss is %s at step %d, terms %s; take another --seed"
                    .formatted(report.loss(), model.steps, report.terms()));
          }
          progress.onStep(model.steps, report, model.seconds);
        }
        model.steps++;
        model.seconds = (System.nanoTime() - start) * 1e-9;
      }
      net.weights().load(learner.weights());
      return model;
    } catch (RuntimeException e) {
      net.close();
      throw e;
    }
  }

  Net net() {
    return net;
  }

  long steps() {
    return steps;
  }

  double seconds() {
    return seconds;
  }

  /** Points as the net takes them: float32 [n, 1, 1, 2], in the current scope. */
  Tensor inside(double[]... places) {
    float[] flat = new float[2 * places.length];
    for (int i = 0; i < places.length; i++) {
      flat[2 * i] = (float) ((places[i][0] - centre[0]) * scale);
      flat[2 * i + 1] = (float) ((places[i][1] - centre[1]) * scale);
    }
    return Ops.floats(flat, places.length, 1, 1, 2);
  }

  /** The other way. */
  double[][] outside(Tensor images) {
    double[] flat = Ops.toDoubles(images);
    double[][] places = new double[flat.length / 2][2];
    for (int i = 0; i < flat.length; i++) {
      places[i / 2][i % 2] = flat[i] / scale + centre[i % 2];
    }
    return places;
  }

  double[][] sample(int n, long seed) {
    double[][] all = new double[n][];
    for (int from = 0; from < n; from += TOGETHER) {
      int count = Math.min(TOGETHER, n - from);
      try (Scope scope = Scope.open()) {
        long first = from;
        double[][] part =
            Ops.withoutGradient(
                () ->
                    outside(
                        ((Sampler) net).sample(Noise.of(seed, first, count), Condition.none())));
        System.arraycopy(part, 0, all, from, count);
      }
    }
    return all;
  }

  boolean hasDensity() {
    return net instanceof Density;
  }

  /** The kind of its density. */
  Optional<Kind> kind() {
    if (!(net instanceof Density density)) {
      return Optional.empty();
    }
    try (Scope scope = Scope.open()) {
      return Optional.of(
          density
              .logDensity(inside(new double[] {0, 0}), Noise.of(0, 0, 1), Condition.none())
              .kind());
    }
  }

  /** Log-densities at places, nats, in the units of the data. */
  double[] logDensity(double[]... places) {
    double[] values = new double[places.length];
    Density density = (Density) net;
    for (int from = 0; from < values.length; from += TOGETHER) {
      int to = Math.min(values.length, from + TOGETHER);
      try (Scope scope = Scope.open()) {
        LogDensity measured =
            density.logDensity(
                inside(Arrays.copyOfRange(places, from, to)),
                Noise.of(0, from, to - from),
                Condition.none());
        double[] part = Ops.toDoubles(measured.value());
        for (int i = 0; i < part.length; i++) {
          // A volume of the data becomes scale^2 times as large inside.
          values[from + i] = part[i] + 2 * Math.log(scale);
        }
      }
    }
    return values;
  }

  @Override
  public void close() {
    net.close();
  }
}
