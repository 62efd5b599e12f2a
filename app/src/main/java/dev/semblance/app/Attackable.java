package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.verdict.NormalisationProbe;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.tensor.Ops;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Images that are about to be attacked, and what is known before.
 *
 * @param samples in the current scope
 * @param labelled whether their classes are known; otherwise the model's own answers are taken
 * @param warnings what should be known before the figures are believed
 */
record Attackable(Samples samples, boolean labelled, List<String> warnings) {
  Attackable {
    warnings = List.copyOf(warnings);
  }

  /** The names of the model's classes; numbers where the data do not tell. */
  static List<String> classNames(TargetAndData.Target opened) {
    List<String> names = opened.model().classNames(opened.images());
    return names.size() == opened.model().classes()
        ? names
        : IntStream.range(0, opened.model().classes()).mapToObj(k -> "class " + k).toList();
  }

  /**
   * Draws images, the same for every attack and seed; leaves out those that the goal makes no sense
   * for.
   *
   * @param predicted whether the model's answers are taken for the classes, though those are known
   */
  static Attackable draw(
      TargetAndData.Target opened, View view, Goal goal, boolean predicted, int count) {
    boolean labelled = opened.labelled() && !predicted;
    if (labelled) {
      opened.model().refuseOther(opened.images());
    }
    ImageSet set = opened.images();
    int[] fit =
        IntStream.range(0, set.size()).filter(i -> !labelled || goal.fits(set.label(i))).toArray();
    long[] rows = LongStream.of(Drawn.rows(fit.length, count, 0)).map(i -> fit[(int) i]).toArray();
    if (labelled) {
      long[] classes = set.labelsOf(rows);
      Samples samples = samples(opened, rows, classes);
      return new Attackable(samples, true, warnings(opened, samples));
    }
    if (rows.length == 0) {
      throw Problem.failure(set.name() + ": holds no image");
    }
    long[] said = Answers.classes(view, opened.model().images(set, rows));
    int[] kept = IntStream.range(0, rows.length).filter(i -> goal.fits(said[i])).toArray();
    return new Attackable(
        samples(
            opened,
            IntStream.of(kept).mapToLong(i -> rows[i]).toArray(),
            IntStream.of(kept).mapToLong(i -> said[i]).toArray()),
        false,
        List.of());
  }

  private static List<String> warnings(TargetAndData.Target opened, Samples samples) {
    Optional<Classifier> classifier = opened.model().classifier();
    return classifier
        .flatMap(model -> NormalisationProbe.suspicion(model, samples))
        .map(probe -> List.of(probe.message()))
        .orElse(List.of());
  }

  private static Samples samples(TargetAndData.Target opened, long[] rows, long[] classes) {
    if (rows.length == 0) {
      throw Problem.failure("no image is left that is not of the target class already");
    }
    Tensor images = opened.model().images(opened.images(), rows);
    return new Samples(images, Ops.longs(classes, rows.length), rows);
  }
}
