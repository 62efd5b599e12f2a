package dev.semblance.app;

import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Optimizer;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Three classes of points in the plane whose densities are known, and a net that was trained to
 * tell them apart.
 *
 * <p>Each class is one normal distribution, all equally likely, so that the true class of every
 * place is known as well: the one whose density is largest.
 */
final class Plane implements AutoCloseable {
  /** How far the picture reaches to each side of 0. */
  static final double REACH = 3.6;

  static final int CLASSES = 3;
  private static final int POINTS = 3000;
  private static final int STEPS = 150;

  /** Centre, deviations along the axes of the ellipse, and its angle. */
  private static final double[][] SHAPES = {
    {-1.5, -0.9, 1.0, 0.55, 0.5}, {1.6, -0.9, 0.55, 0.9, 0.3}, {0.1, 1.6, 1.1, 0.5, -0.25}
  };

  private final Mlp net;
  private final double[][] points;
  private final int[] labels;

  private Plane(Mlp net, double[][] points, int... labels) {
    this.net = net;
    this.points = points;
    this.labels = labels;
  }

  /** Draws points and trains the net: AdamW, all points at each step. */
  static Plane trained(long seed) {
    double[][] points = new double[POINTS][];
    int[] labels = new int[POINTS];
    draw(seed, points, labels);
    Mlp net = new Mlp.Config(2, List.of(32, 32), CLASSES).build(seed);
    Plane plane = new Plane(net, points, labels);
    try (Optimizer.State state = Optimizer.AdamW.of(0.01).over(net.weights().parameters())) {
      for (int step = 0; step < STEPS; step++) {
        try (Scope scope = Scope.open()) {
          loss(net.forward(tensor(points), Mode.TRAINING), labels)
              .div(Ops.scalar(POINTS))
              .backward();
          state.apply(0.01);
        }
      }
    }
    try (Scope scope = Scope.open()) {
      net.weights().parameters().values().forEach(weight -> weight.requires_grad_(false));
    }
    return plane;
  }

  private static void draw(long seed, double[][] points, int... labels) {
    for (int i = 0; i < points.length; i++) {
      Rng rng = Rng.of(seed, Rng.Purpose.SYNTHETIC, i, 0);
      labels[i] = i % CLASSES;
      double[] shape = SHAPES[labels[i]];
      double a = shape[2] * rng.gaussian();
      double b = shape[3] * rng.gaussian();
      double cos = StrictMath.cos(shape[4]);
      double sin = StrictMath.sin(shape[4]);
      points[i] = new double[] {shape[0] + a * cos - b * sin, shape[1] + a * sin + b * cos};
    }
  }

  /** The points it was trained on; borrowed. */
  double[][] points() {
    return points;
  }

  /** Their classes; borrowed. */
  int[] labels() {
    return labels;
  }

  /** The share of {@code n} fresh points that the net gets right. */
  double accuracy(int n, long seed) {
    double[][] fresh = new double[n][];
    int[] truth = new int[n];
    draw(Rng.mix(seed + 1), fresh, truth);
    double[][] said = probabilities(fresh);
    int right = 0;
    for (int i = 0; i < n; i++) {
      right += best(said[i]) == truth[i] ? 1 : 0;
    }
    return (double) right / n;
  }

  /** The class whose density is largest at a place. */
  static int truth(double... place) {
    double[] density = new double[CLASSES];
    for (int k = 0; k < CLASSES; k++) {
      double[] shape = SHAPES[k];
      double x = place[0] - shape[0];
      double y = place[1] - shape[1];
      double a = (x * Math.cos(shape[4]) + y * Math.sin(shape[4])) / shape[2];
      double b = (y * Math.cos(shape[4]) - x * Math.sin(shape[4])) / shape[3];
      density[k] = -(a * a + b * b) / 2 - Math.log(shape[2] * shape[3]);
    }
    return best(density);
  }

  /** The index of the largest value. */
  static int best(double... values) {
    int best = 0;
    for (int k = 1; k < values.length; k++) {
      best = values[k] > values[best] ? k : best;
    }
    return best;
  }

  /** The net's probabilities at each place. */
  double[][] probabilities(double[]... places) {
    try (Scope scope = Scope.open()) {
      double[] flat =
          Ops.withoutGradient(
              () -> Ops.toDoubles(net.forward(tensor(places), Mode.INFERENCE).softmax(1)));
      return rows(flat, CLASSES);
    }
  }

  /** {@code -grad_x L(f(x), class)} at each place, L the cross entropy. */
  double[][] downhill(double[][] places, int... classes) {
    try (Scope scope = Scope.open()) {
      Tensor x = tensor(places).requires_grad_(true);
      Tensor loss = loss(net.forward(x, Mode.INFERENCE), classes);
      Tensor gradient = torch.grad(new TensorVector(loss), new TensorVector(x)).get(0);
      return rows(Ops.toDoubles(gradient.neg()), 2);
    }
  }

  /** The cross entropy, summed: a mean would scale the gradient of each place. */
  private static Tensor loss(Tensor logits, int... classes) {
    long[] index = new long[classes.length];
    for (int i = 0; i < index.length; i++) {
      index[i] = classes[i];
    }
    return logits.log_softmax(1).gather(1, Ops.longs(index, index.length, 1)).sum().neg();
  }

  private static Tensor tensor(double[]... places) {
    float[] flat = new float[places.length * 2];
    for (int i = 0; i < places.length; i++) {
      flat[2 * i] = (float) places[i][0];
      flat[2 * i + 1] = (float) places[i][1];
    }
    return Ops.floats(flat, places.length, 2);
  }

  private static double[][] rows(double[] flat, int width) {
    double[][] rows = new double[flat.length / width][width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(flat, i * width, rows[i], 0, width);
    }
    return rows;
  }

  @Override
  public void close() {
    net.close();
  }
}
