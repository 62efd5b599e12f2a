package dev.semblance.examples;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Sampler;
import dev.semblance.core.data.Shuffled;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.synthetic.Strokes;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Optimizer;
import dev.semblance.similarity.loss.CosFaceHead;
import dev.semblance.similarity.loss.Head;
import dev.semblance.similarity.loss.HeadBounds;
import dev.semblance.similarity.loss.LossResult;
import dev.semblance.similarity.loss.SoftmaxHead;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How does softmax gain separation? Eight identities, two features, and a margin on the cosine.
 *
 * <p>A small network reduces pictures of eight classes to two numbers, once under a softmax head
 * and three times under CosFace with margins 0, 0.1 and 0.2. The figure shows the features in the
 * plane (top) and on the circle (bottom): the larger the margin, the narrower the arcs and the
 * wider the gaps, as far as eight classes in the plane allow (0.2929). Source: wang2018cosface,
 * Figure 4.
 *
 * <p>Arguments: the SVG file to write (cosface.svg), the number of steps (400).
 */
public final class E03_CosFaceFigure {
  private static final int CLASSES = 8;
  private static final int BATCH = 128;
  private static final double SCALE = 64;

  private E03_CosFaceFigure() {}

  /**
   * What became of one head.
   *
   * @param name of the head
   * @param margin of the cosine; negative for the softmax head, which has none
   * @param accuracy on the training pictures
   * @param arc half the arc that holds nine tenths of a class, in degrees, averaged over classes
   * @param gap from the nine tenths of one class to those of its neighbour, in degrees, averaged
   * @param features [n][3]: two features and the class
   */
  record Panel(
      String name, double margin, double accuracy, double arc, double gap, double[][] features) {}

  /** Trains the four heads, prints what the margins did and writes the figure. */
  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments.length > 0 ? arguments[0] : "cosface.svg");
    int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 400;
    List<Panel> panels = run(steps);
    System.out.println("head            accuracy   arc +-   gap    closed form: arc +-   gap");
    for (Panel panel : panels) {
      System.out.printf(
          Locale.ROOT,
          "%-15s %7.1f %% %7.1f %6.1f",
          panel.name,
          100 * panel.accuracy,
          panel.arc,
          panel.gap);
      if (panel.margin >= 0) {
        double half = Math.toDegrees(HeadBounds.halfArcRadians(CLASSES, panel.margin));
        System.out.printf(Locale.ROOT, "  %19.2f %6.1f", half, 360.0 / CLASSES - 2 * half);
      }
      System.out.println();
    }
    System.out.printf(
        Locale.ROOT,
        "%d classes in the plane allow a margin of at most %.4f%n",
        CLASSES,
        HeadBounds.largestMarginCosine(CLASSES, 2));
    Files.writeString(file, CosFaceDrawing.svg(panels));
    System.out.println("wrote " + file);
  }

  static List<Panel> run(int steps) {
    List<Panel> panels = new ArrayList<>();
    try (Scope scope = Scope.open();
        ImageSet set = Strokes.images(2000, Split.TRAIN, 1)) {
      long[] rows =
          IntStream.range(0, set.size())
              .filter(row -> set.label(row) < CLASSES)
              .asLongStream()
              .toArray();
      Tensor pictures = set.images(rows).to(ScalarType.Float).div_(Ops.scalar(255)).flatten(1, -1);
      Tensor labels = Ops.longs(set.labelsOf(rows));
      panels.add(train("softmax", -1, pictures, labels, steps));
      for (double margin : new double[] {0, 0.1, 0.2}) {
        panels.add(train("CosFace m = " + margin, margin, pictures, labels, steps));
      }
    }
    return panels;
  }

  private static Panel train(
      String name, double margin, Tensor pictures, Tensor labels, int steps) {
    Sampler order = Shuffled.of((int) labels.size(0), BATCH, 1);
    Head head =
        margin < 0
            ? new SoftmaxHead(SoftmaxHead.Config.of(CLASSES, 2), 1)
            : equallySpaced(new CosFaceHead(new CosFaceHead.Config(CLASSES, 2, SCALE, margin), 1));
    Mlp.Config layers = new Mlp.Config((int) pictures.size(1), List.of(128, 64), 2);
    Optimizer adam = Optimizer.Adam.of(4e-3);
    try (head;
        Mlp net = layers.build(1);
        Optimizer.State ofNet = adam.over(net.weights().parameters());
        Optimizer.State ofHead = adam.over(head.weights().parameters())) {
      for (int step = 0; step < steps; step++) {
        try (Scope scope = Scope.open()) {
          Tensor rows = Ops.longs(order.batch(step));
          Tensor features = net.forward(pictures.index_select(0, rows), Mode.TRAINING);
          LossResult result = head.of(features.detach(), labels.index_select(0, rows));
          features.backward(
              result.gradient(), new BoolOptional(), false, new TensorArrayRefOptional());
          double rate = adam.rate() * 0.5 * (1 + Math.cos(Math.PI * step / steps));
          ofNet.apply(rate);
          ofHead.apply(rate);
        }
      }
      try (Scope scope = Scope.open()) {
        Tensor features = net.forward(pictures, Mode.INFERENCE).detach();
        Tensor predicted = head.logits(features).argmax(new LongOptional(1), false);
        long correct = predicted.eq(labels).sum().item_long();
        double accuracy = (double) correct / labels.size(0);
        return measure(name, margin, accuracy, Ops.toDoubles(features), Ops.toLongs(labels));
      }
    }
  }

  /** In the plane, classes that start out of order hardly ever get past each other. */
  private static Head equallySpaced(Head head) {
    try (Scope scope = Scope.open()) {
      float[] ring = new float[2 * CLASSES];
      for (int c = 0; c < CLASSES; c++) {
        ring[2 * c] = (float) Math.cos(2 * Math.PI * c / CLASSES);
        ring[2 * c + 1] = (float) Math.sin(2 * Math.PI * c / CLASSES);
      }
      head.weights().load(Map.of("weight", Ops.floats(ring, CLASSES, 2)));
      return head;
    }
  }

  /** Arcs and gaps from the angles of the features. */
  private static Panel measure(
      String name, double margin, double accuracy, double[] features, long[] labels) {
    List<List<Double>> offsets = new ArrayList<>();
    double[] centres = new double[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      double x = 0;
      double y = 0;
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] == c) {
          double length = Math.hypot(features[2 * i], features[2 * i + 1]);
          x += features[2 * i] / length;
          y += features[2 * i + 1] / length;
        }
      }
      centres[c] = Math.atan2(y, x);
      List<Double> own = new ArrayList<>();
      for (int i = 0; i < labels.length; i++) {
        if (labels[i] == c) {
          double angle = Math.atan2(features[2 * i + 1], features[2 * i]) - centres[c];
          own.add(Math.IEEEremainder(angle, 2 * Math.PI));
        }
      }
      Collections.sort(own);
      offsets.add(own);
    }
    Integer[] around = IntStream.range(0, CLASSES).boxed().toArray(Integer[]::new);
    Arrays.sort(around, Comparator.comparingDouble(c -> centres[c]));
    double arc = 0;
    double gap = 0;
    for (int k = 0; k < CLASSES; k++) {
      int here = around[k];
      int next = around[(k + 1) % CLASSES];
      double low = quantile(offsets.get(here), 0.05);
      double high = quantile(offsets.get(here), 0.95);
      double turn = centres[next] - centres[here] + (k + 1 == CLASSES ? 2 * Math.PI : 0);
      arc += (high - low) / 2 / CLASSES;
      gap += (turn + quantile(offsets.get(next), 0.05) - high) / CLASSES;
    }
    double[][] points = new double[labels.length][];
    for (int i = 0; i < labels.length; i++) {
      points[i] = new double[] {features[2 * i], features[2 * i + 1], labels[i]};
    }
    return new Panel(name, margin, accuracy, Math.toDegrees(arc), Math.toDegrees(gap), points);
  }

  private static double quantile(List<Double> sorted, double share) {
    return sorted.get((int) Math.round(share * (sorted.size() - 1)));
  }
}
