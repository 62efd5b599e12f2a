package dev.semblance.examples;

import dev.semblance.adversarial.access.LabelOracle;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.blackbox.HopSkipJump;
import dev.semblance.adversarial.blackbox.QueryEngine;
import dev.semblance.adversarial.blackbox.Square;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.synthetic.Strokes;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import java.util.Locale;

/**
 * Can a model be attacked of which nothing is known? Any function of plain arrays can: {@code
 * float[][] -> float[][]} for scores, {@code float[][] -> int[]} for labels. It may be a rule, a
 * model of another library, a service; here it is the mean picture of each class, compared in a few
 * lines of Java that know no tensor.
 *
 * <p>The nearest mean has straight boundaries, so the smallest change that fools it can be
 * computed: {@code min_k (|x - m_k|^2 - |x - m_y|^2) / (2 |m_k - m_y|)}. An attack that sees
 * nothing but labels comes closer to it the more it may ask.
 *
 * <p>Argument: the most queries for each picture (3000).
 */
public final class E08_AttackAnyFunction {
  private static final int PICTURES = 40;

  private E08_AttackAnyFunction() {}

  /**
   * What was found.
   *
   * @param clean accuracy on unchanged pictures
   * @param underSquare accuracy under the attack by scores
   * @param queriesOfSquare for each picture, on average
   * @param ratio median over pictures of the distance found by labels to the smallest there is
   * @param queriesOfLabels for each picture, on average
   */
  record Finding(
      double clean,
      double underSquare,
      double queriesOfSquare,
      double ratio,
      double queriesOfLabels) {}

  /** Attacks the function by scores and by labels, and prints what it took. */
  public static void main(String[] arguments) {
    int queries = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3000;
    Finding found = run(queries);
    System.out.printf(Locale.ROOT, "accuracy of the function: %.1f %%%n", 100 * found.clean);
    System.out.printf(
        Locale.ROOT,
        "by its scores, no pixel changed by more than 0.1: %.1f %% (%.0f queries a picture)%n",
        100 * found.underSquare,
        found.queriesOfSquare);
    System.out.printf(
        Locale.ROOT,
        "by its labels alone: fooled at %.2f times the smallest distance there is (%.0f queries a"
            + " picture)%n",
        found.ratio,
        found.queriesOfLabels);
  }

  static Finding run(int queries) {
    try (Scope scope = Scope.open();
        ImageSet known = Strokes.images(1000, Split.TRAIN, 1);
        ImageSet unseen = Strokes.images(PICTURES, Split.TEST, 1)) {
      float[][] means = means(known);
      long[] shape = {1, Strokes.SIDE, Strokes.SIDE};
      ScoreOracle scores =
          ScoreOracle.ofRows(images -> scores(means, images), means.length, Box.UNIT, shape);
      LabelOracle labels =
          LabelOracle.ofRows(
              images -> labels(scores(means, images)), means.length, Box.UNIT, shape);
      Samples samples = Samples.of(unseen);
      QueryEngine engine = QueryEngine.of().withBudget(queries);
      AttackResult square =
          Square.of(Ball.of(Norm.LINF, 0.1), queries, 1)
              .perturb(scores, samples, new Misclassify(), engine);
      AttackResult nearest =
          HopSkipJump.of(Norm.L2, 1).perturb(labels, samples, new Misclassify(), engine);
      double[] ratios = ratios(nearest, means, Ops.toFloats(samples.images()), unseen.labels());
      return new Finding(
          (double) square.correct() / samples.size(),
          square.robustAccuracy(),
          (double) scores.queries() / samples.size(),
          ratios[ratios.length / 2],
          (double) labels.queries() / samples.size());
    }
  }

  /** The function: less the squared distance to each mean. */
  private static float[][] scores(float[][] means, float[][] images) {
    float[][] scores = new float[images.length][means.length];
    for (int i = 0; i < images.length; i++) {
      for (int k = 0; k < means.length; k++) {
        scores[i][k] = (float) -squaredDistance(means[k], images[i], 0);
      }
    }
    return scores;
  }

  private static int[] labels(float[][] scores) {
    int[] labels = new int[scores.length];
    for (int i = 0; i < labels.length; i++) {
      for (int k = 1; k < scores[i].length; k++) {
        labels[i] = scores[i][k] > scores[i][labels[i]] ? k : labels[i];
      }
    }
    return labels;
  }

  private static double squaredDistance(float[] mean, float[] images, int from) {
    double sum = 0;
    for (int j = 0; j < mean.length; j++) {
      double difference = (double) mean[j] - images[from + j];
      sum += difference * difference;
    }
    return sum;
  }

  /** The mean picture of each class. */
  private static float[][] means(ImageSet set) {
    int width = Strokes.SIDE * Strokes.SIDE;
    float[] pixels = Ops.toFloats(Samples.of(set).images());
    int[] count = new int[set.classNames().size()];
    float[][] means = new float[count.length][width];
    for (int i = 0; i < set.size(); i++) {
      count[set.label(i)]++;
      for (int j = 0; j < width; j++) {
        means[set.label(i)][j] += pixels[i * width + j];
      }
    }
    for (int k = 0; k < count.length; k++) {
      for (int j = 0; j < width; j++) {
        means[k][j] /= count[k];
      }
    }
    return means;
  }

  /** The distances found, each over the smallest there is; sorted. */
  private static double[] ratios(
      AttackResult result, float[][] means, float[] pixels, int[] labels) {
    double[] ratios = new double[labels.length];
    int n = 0;
    for (int i = 0; i < labels.length; i++) {
      Outcome outcome = result.outcomes().get(i);
      if (outcome.fooled()) {
        float[] own = means[labels[i]];
        int from = i * own.length;
        double smallest = Double.POSITIVE_INFINITY;
        for (float[] other : means) {
          if (other != own) {
            double apart =
                squaredDistance(other, pixels, from) - squaredDistance(own, pixels, from);
            double between = Math.sqrt(squaredDistance(own, other, 0));
            smallest = Math.min(smallest, apart / (2 * between));
          }
        }
        ratios[n++] = outcome.distance() / smallest;
      }
    }
    double[] sorted = Arrays.copyOf(ratios, n);
    Arrays.sort(sorted);
    return sorted;
  }
}
