package dev.semblance.bench;

import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.blackbox.ExhaustivePixel;
import dev.semblance.adversarial.blackbox.FewPixels;
import dev.semblance.adversarial.blackbox.QueryEngine;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.verdict.McNemar;
import dev.semblance.core.data.DataHome;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.Pretrained;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * One, three and five pixels against the trained LeNet: how many of the correctly classified
 * CIFAR-10 test images fall, and for how many queries. Published (kondratyuk2018onepixel): 63, 92
 * and 93 % of 100 images, with up to 30,400 queries each.
 */
public final class OnePixelBench {
  private static final QueryEngine ENGINE = QueryEngine.of().withRows(512);

  /** Of the published figures: 400 candidates and 75 generations are at most 30,400 queries. */
  private static final int GENERATIONS = 75;

  private OnePixelBench() {}

  /**
   * Arguments, all optional: images (1,000 unless given), seed, numbers of pixels (1,3,5); then how
   * many of the images that stand one pixel are asked about every pixel in every colour of a grid,
   * and how many levels a channel of the grid has. "published" before all others: the published
   * search with its budget goes over the same images.
   */
  public static void main(String[] all) throws IOException {
    boolean published = all.length > 0 && all[0].equals("published");
    String[] args = published ? Arrays.copyOfRange(all, 1, all.length) : all;
    int n = args.length > 0 ? Integer.parseInt(args[0]) : 1000;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
    int[] numbers =
        Arrays.stream((args.length > 2 ? args[2] : "1,3,5").split(","))
            .mapToInt(Integer::parseInt)
            .toArray();
    try (Model model =
            Pretrained.open(
                DataHome.current().require("cifar10-models").resolve("lenet.safetensors"));
        ImageSet set = DataSets.open("cifar10", Split.TEST, DataOptions.defaults());
        NetClassifier classifier = NetClassifier.of(model);
        Scope scope = Scope.open()) {
      Samples samples = samples(set, n);
      for (int pixels : numbers) {
        ScoreOracle oracle = ScoreOracle.of(classifier);
        AttackResult result = run(FewPixels.of(pixels, seed), oracle, samples);
        if (published) {
          FewPixels search = new FewPixels(pixels, 400, 0.5, GENERATIONS, 0, seed);
          compare(result, run(search, ScoreOracle.of(classifier), samples));
        }
        if (pixels == 1 && args.length > 4) {
          grid(oracle, samples, result, Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        }
      }
    }
  }

  private static AttackResult run(FewPixels search, ScoreOracle oracle, Samples samples) {
    long start = System.nanoTime();
    AttackResult result = ENGINE.run(search, oracle, samples, new Misclassify());
    print(search.pixels(), result, oracle, (System.nanoTime() - start) * 1e-9);
    return result;
  }

  private static void compare(AttackResult ours, AttackResult published) {
    int only = onlyFirst(ours, published);
    int onlyPublished = onlyFirst(published, ours);
    System.out.printf(
        Locale.ROOT,
        "  the second line is the published search; %d images fall to the first alone, %d to it alone "
            + "(McNemar p %.2g)%n",
        only,
        onlyPublished,
        McNemar.pValue(only, onlyPublished));
  }

  private static int onlyFirst(AttackResult first, AttackResult second) {
    return (int)
        IntStream.range(0, first.outcomes().size())
            .filter(i -> first.outcomes().get(i).fooled() && !second.outcomes().get(i).fooled())
            .count();
  }

  /** The first images of a fixed random order of the test set. */
  private static Samples samples(ImageSet set, int n) {
    int[] order = Rng.of(0, Rng.Purpose.ORDER).permutation(set.size());
    return Samples.of(set, Arrays.stream(order).limit(n).asLongStream().toArray());
  }

  /**
   * Whether a colour grid at every pixel fools the model on images that the search left standing.
   */
  private static void grid(
      ScoreOracle oracle, Samples samples, AttackResult searched, int most, int levels) {
    int[] standing =
        IntStream.range(0, samples.size())
            .filter(i -> searched.outcomes().get(i).verdict() == Outcome.Verdict.WITHSTOOD)
            .limit(most)
            .toArray();
    AttackResult result =
        ENGINE.run(
            new ExhaustivePixel(levels), oracle, samples.select(standing), new Misclassify());
    System.out.printf(
        "of %d images that stand, %d fall to one of %,d colours at one of the pixels%n",
        standing.length, result.fooled(), levels * levels * levels);
  }

  private static void print(int pixels, AttackResult result, ScoreOracle oracle, double seconds) {
    long correct = result.correct();
    Interval interval = Interval.exact(result.fooled(), correct, 0.95);
    List<Outcome> right =
        result.outcomes().stream()
            .filter(outcome -> outcome.verdict() != Outcome.Verdict.MISCLASSIFIED)
            .toList();
    double[] queries = right.stream().mapToDouble(Outcome::queries).toArray();
    System.out.printf(
        Locale.ROOT,
        "%d pixels: %d of %d correct images fall, %.1f %% (%.1f to %.1f), %d of the first 100, all "
            + "but %d at 8 bits; queries mean %.0f, median %.0f, most %.0f; %.1f s, %.0f queries/s%n",
        pixels,
        result.fooled(),
        correct,
        100.0 * result.fooled() / correct,
        100 * interval.low(),
        100 * interval.high(),
        right.stream().limit(100).filter(Outcome::fooled).count(),
        result.fooled() - result.outcomes().stream().filter(Outcome::eightBit).count(),
        Arrays.stream(queries).average().orElse(0),
        Measure.median(queries),
        Arrays.stream(queries).max().orElse(0),
        seconds,
        oracle.queries() / seconds);
  }
}
