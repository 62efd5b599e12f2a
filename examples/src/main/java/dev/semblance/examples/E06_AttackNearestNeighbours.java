package dev.semblance.examples;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Pgd;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.ball.Norm;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.PkSampler;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.synthetic.Strokes;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.learn.Embeddings;
import dev.semblance.similarity.loss.TripletLoss;
import dev.semblance.similarity.measure.SquaredEuclidean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Can a search by similarity be fooled? It has no classes of its own, but whoever asks for the
 * nearest neighbour and believes its label has made a classifier of it.
 *
 * <p>An embedding is trained with triplets; a gallery of known pictures is embedded. The logit of a
 * class is less the distance to the nearest of its pictures, so the largest logit is the class of
 * the nearest neighbour, and accuracy is recall at 1. Gradients pass through distance and net to
 * the pixels, and every attack on classifiers works: what similarity and attacks know of each other
 * is one interface.
 *
 * <p>Random signs of the same size are shown beside: it is not the size of the change.
 *
 * <p>Argument: the number of training steps (250).
 */
public final class E06_AttackNearestNeighbours {
  private static final int WIDTH = 16;
  private static final int GALLERY = 600;
  private static final int QUERIES = 200;
  private static final List<Double> RADII = List.of(0.02, 0.05, 0.1);

  private E06_AttackNearestNeighbours() {}

  /**
   * Recall at 1 for changes of one size.
   *
   * @param radius no pixel is changed by more, of 1
   * @param noise recall under random signs
   * @param attacked recall under attack
   * @param unconfirmed successes that did not hold
   */
  record Recall(double radius, double noise, double attacked, long unconfirmed) {}

  /**
   * What was measured.
   *
   * @param clean recall at 1 on unchanged queries, as the classifier's accuracy
   * @param searched the same as the similarity pillar computes it
   * @param recalls one for each radius
   */
  record Finding(double clean, double searched, List<Recall> recalls) {}

  /** Less the squared distance to the nearest picture of each class, with its gradient. */
  record NearestNeighbour(Net net, Preprocessing preprocessing, List<Tensor> gallery)
      implements Classifier {
    @Override
    public Tensor logits(Tensor images) {
      try (Scope scope = Scope.open()) {
        Tensor pixels = images.mul(Ops.scalar(255));
        Tensor embedded = net.forward(preprocessing.normalize(pixels), Mode.INFERENCE);
        TensorVector nearest = new TensorVector();
        for (Tensor ofClass : gallery) {
          Tensor squares = embedded.unsqueeze(1).sub(ofClass).square().sum(2);
          nearest.push_back(squares.amin(new long[] {1}, false).neg());
        }
        return scope.keep(torch.stack(nearest, 1));
      }
    }

    @Override
    public int classes() {
      return gallery.size();
    }

    @Override
    public Box box() {
      return Box.UNIT;
    }
  }

  /** Trains, attacks and prints recall at 1 before and after. */
  public static void main(String[] arguments) {
    Finding found = run(arguments.length > 0 ? Integer.parseInt(arguments[0]) : 250);
    System.out.printf(
        Locale.ROOT,
        "recall@1 of %d queries in a gallery of %d: %.1f %% (by a search: %.1f %%)%n",
        QUERIES,
        GALLERY,
        100 * found.clean,
        100 * found.searched);
    System.out.println("largest change of a pixel   random signs   attacked (PGD, 20 steps)");
    for (Recall recall : found.recalls) {
      System.out.printf(
          Locale.ROOT,
          "%18.2f of 1 %13.1f %% %13.1f %%%n",
          recall.radius,
          100 * recall.noise,
          100 * recall.attacked);
    }
  }

  static Finding run(int steps) {
    try (Scope scope = Scope.open();
        ImageSet training = Strokes.images(2000, Split.TRAIN, 1);
        ImageSet gallery = Strokes.images(GALLERY, Split.TRAIN, 2);
        ImageSet queries = Strokes.images(QUERIES, Split.TEST, 1);
        Net net = QuickTraining.encoder(training, WIDTH).build(1)) {
      QuickTraining.run(
          net,
          TripletLoss.of(1),
          training,
          PkSampler.of(training.labels(), 10, 6, 1),
          steps,
          5e-3,
          null);
      Preprocessing preprocessing = Preprocessing.of(training.shape());
      Tensor known = embedded(net, preprocessing, gallery);
      NearestNeighbour model = new NearestNeighbour(net, preprocessing, byClass(known, gallery));
      Samples samples = Samples.of(queries);
      List<Recall> recalls = new ArrayList<>();
      double clean = recall(model, samples.images(), samples);
      double searched = searched(embedded(net, preprocessing, queries), queries, known, gallery);
      for (double radius : RADII) {
        recalls.add(attack(model, samples, radius));
      }
      return new Finding(clean, searched, recalls);
    }
  }

  private static Recall attack(NearestNeighbour model, Samples samples, double radius) {
    try (Scope scope = Scope.open()) {
      Pgd pgd = Pgd.of(Ball.of(Norm.LINF, radius), 20, 1);
      AttackResult result = pgd.perturb(model, samples, new Misclassify(), Engine.of());
      Tensor signs = torch.rand_like(samples.images()).sub(Ops.scalar(0.5)).sign();
      Tensor noisy = Box.UNIT.clamp(samples.images().add(signs.mul(Ops.scalar(radius))));
      return new Recall(
          radius,
          recall(model, noisy, samples),
          result.robustAccuracy(),
          result.count(Outcome.Verdict.UNCONFIRMED));
    }
  }

  private static double recall(NearestNeighbour model, Tensor images, Samples samples) {
    Tensor said =
        Ops.withoutGradient(() -> model.logits(images)).argmax(new LongOptional(1), false);
    return said.eq(samples.labels()).to(ScalarType.Double).mean().item_double();
  }

  /**
   * Recall at 1 as the similarity pillar computes it, to compare with the classifier's accuracy.
   */
  private static double searched(Tensor asked, ImageSet queries, Tensor known, ImageSet gallery) {
    Tensor distances = new SquaredEuclidean().between(asked, known);
    long[] nearest = Ops.toLongs(distances.argmin(new LongOptional(1), false));
    long hits =
        IntStream.range(0, nearest.length)
            .filter(i -> gallery.label((int) nearest[i]) == queries.label(i))
            .count();
    return (double) hits / nearest.length;
  }

  private static Tensor embedded(Net net, Preprocessing preprocessing, ImageSet set) {
    return Embeddings.of(
        images -> net.forward(preprocessing.apply(images), Mode.INFERENCE), set, 200, done -> {});
  }

  /** The gallery's embeddings, one tensor for each class. */
  private static List<Tensor> byClass(Tensor embeddings, ImageSet gallery) {
    List<Tensor> parts = new ArrayList<>();
    for (int k = 0; k < gallery.classNames().size(); k++) {
      int wanted = k;
      long[] rows =
          LongStream.range(0, gallery.size())
              .filter(row -> gallery.label((int) row) == wanted)
              .toArray();
      parts.add(embeddings.index_select(0, Ops.longs(rows)));
    }
    return parts;
  }
}
