package dev.semblance.similarity.eval;

import dev.semblance.core.Source;
import dev.semblance.core.data.OneShotRuns;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * The error of a comparison on Lake's one-shot runs: each test image is matched to the nearest of
 * the run's training images.
 *
 * <p>Where t training images are equally near and the right one is among them, the error is {@code
 * 1 - 1/t}. Nothing may be learnt, nor any choice made, on the alphabets of the runs.
 *
 * @param comparison of images
 */
@Source(key = "lake2015human", where = "one-shot classification, 20-way within alphabet")
public record OneShotEvaluation(ImageComparison comparison) {
  /**
   * The result.
   *
   * @param trials test images of all runs
   * @param wrong matches, fractional under ties
   * @param wrongPerRun the same of each run
   * @param error wrong over trials, with Wilson's 95 % interval
   */
  public record Report(long trials, double wrong, List<Double> wrongPerRun, Estimate error) {
    public Report {
      wrongPerRun = List.copyOf(wrongPerRun);
    }
  }

  /**
   * Runs all runs.
   *
   * @throws IllegalArgumentException if the comparison gives another shape, NaN or infinity
   */
  public Report evaluate(OneShotRuns runs) {
    List<Double> wrongPerRun = new ArrayList<>();
    long trials = 0;
    double wrong = 0;
    for (OneShotRuns.Run run : runs.runs()) {
      double[][] distances;
      try (Scope scope = Scope.open()) {
        distances =
            comparison.distances(
                runs.images().images(run.test()), runs.images().images(run.training()));
      }
      double here = wrong(distances, run.training().length, run.answers());
      wrongPerRun.add(here);
      wrong += here;
      trials += run.answers().length;
    }
    Interval interval = Interval.wilson(wrong, trials, 0.95);
    return new Report(trials, wrong, wrongPerRun, new Estimate(wrong / trials, interval));
  }

  /** The wrong matches of one run, fractional under ties. */
  static double wrong(double[][] distances, int training, int[] answers) {
    if (distances.length != answers.length) {
      throw new IllegalArgumentException(
          "comparison must give " + answers.length + " rows, got " + distances.length);
    }
    double wrong = 0;
    for (int i = 0; i < answers.length; i++) {
      if (distances[i].length != training) {
        throw new IllegalArgumentException(
            "comparison must give " + training + " columns, got " + distances[i].length);
      }
      double nearest = Double.POSITIVE_INFINITY;
      int tied = 0;
      for (double distance : distances[i]) {
        if (!Double.isFinite(distance)) {
          throw new IllegalArgumentException(
              "comparison must give finite distances, got " + distance + " in row " + i);
        }
        tied = distance < nearest ? 1 : distance == nearest ? tied + 1 : tied;
        nearest = Math.min(nearest, distance);
      }
      wrong += distances[i][answers[i]] == nearest ? 1 - 1.0 / tied : 1;
    }
    return wrong;
  }
}
