package dev.semblance.examples;

import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.PkSampler;
import dev.semblance.core.data.Split;
import dev.semblance.core.data.synthetic.Strokes;
import dev.semblance.core.nn.Mlp;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.eval.RetrievalEvaluation;
import dev.semblance.similarity.learn.Embeddings;
import dev.semblance.similarity.loss.Collapse;
import dev.semblance.similarity.loss.CollapseDetector;
import dev.semblance.similarity.loss.EmbeddingLoss;
import dev.semblance.similarity.loss.PositivePairLoss;
import dev.semblance.similarity.loss.TripletLoss;
import dev.semblance.similarity.measure.SquaredEuclidean;
import dev.semblance.similarity.mine.AllTriplets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.pytorch.Tensor;

/**
 * Why positives and negatives? Because positives alone are satisfied by a constant.
 *
 * <p>The naive loss draws pictures of one class together and knows nothing else; its minimum, 0, is
 * an embedding that maps everything to one point. The collapse detector says so. Two cures:
 * triplets, which have negatives; and, without negatives, a penalty that holds variance up and
 * covariance down (bardes2022vicreg).
 *
 * <p>Argument: the number of steps (250).
 */
public final class E02_WhyNegatives {
  private static final int WIDTH = 16;
  private static final double RATE = 1e-2;

  /** The usual weights, with the distance averaged over the dimensions as the variance is. */
  private static final PositivePairLoss CURE = new PositivePairLoss(25.0 / WIDTH, 25, 1, 1, 1e-4);

  private E02_WhyNegatives() {}

  /**
   * How a loss ended.
   *
   * @param name of the loss
   * @param loss its last value
   * @param collapse what the detector says
   * @param precision share of unseen pictures whose nearest neighbour is of their class
   */
  record Ending(String name, double loss, Collapse collapse, double precision) {}

  /** Trains with three losses and prints how each ended. */
  public static void main(String[] arguments) {
    int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 250;
    for (Ending ending : run(steps)) {
      System.out.printf(
          Locale.ROOT,
          "%s: loss %.2g, nearest neighbour right %.1f %%%n  %s%n",
          ending.name,
          ending.loss,
          100 * ending.precision,
          ending.collapse.sentence());
    }
  }

  static List<Ending> run(int steps) {
    return List.of(
        train("positives only", PositivePairLoss.naive(), steps),
        train("cured by negatives", TripletLoss.of(1).withSelection(new AllTriplets()), steps),
        train("cured by variance and covariance", CURE, steps));
  }

  private static Ending train(String name, EmbeddingLoss loss, int steps) {
    CollapseDetector detector = CollapseDetector.withoutValue();
    AtomicReference<Ending> last = new AtomicReference<>();
    try (Scope scope = Scope.open();
        ImageSet training = Strokes.images(3000, Split.TRAIN, 1);
        ImageSet unseen = Strokes.images(300, Split.TEST, 1);
        Net net = new Mlp.Config(Strokes.SIDE * Strokes.SIDE, List.of(64), WIDTH).build(1)) {
      QuickTraining.run(
          net,
          loss,
          training,
          PkSampler.of(training.labels(), 10, 6, 1),
          steps,
          RATE,
          (step, embeddings, result) -> {
            detector.step(result);
            if (step == 0 || step == steps - 1) {
              last.set(new Ending(name, result.value(), detector.diagnose(embeddings), Double.NaN));
            }
          });
      Tensor embeddings =
          Embeddings.of(
              images -> net.forward(Preprocessing.of(unseen.shape()).apply(images), Mode.INFERENCE),
              unseen,
              256,
              done -> {});
      double precision =
          RetrievalEvaluation.of(new SquaredEuclidean())
              .selfRetrieval(embeddings, unseen.labels())
              .precisionAt1()
              .value();
      Ending ending = Objects.requireNonNull(last.get(), "no step was taken");
      return new Ending(name, ending.loss, ending.collapse, precision);
    }
  }
}
