package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.blackbox.ExhaustivePixel;
import dev.semblance.adversarial.blackbox.QueryEngine;
import dev.semblance.adversarial.certify.IntervalBounds;
import dev.semblance.adversarial.certify.Smoothed;
import dev.semblance.adversarial.certify.Smoothing;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.nn.Layered;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/** A way to prove things about a model's answers, as the command certify runs it. */
sealed interface Certifier {
  /**
   * What is known of one image.
   *
   * @param right whether the answer is the image's class
   * @param abstained whether there is no answer
   * @param radius within which the answer is proved to stay; 0 where nothing is
   * @param forwards rows that went through the model
   */
  record Row(boolean right, boolean abstained, double radius, long forwards) {}

  /** Refuses a model that this cannot be used on. */
  void refuse(TargetModel model);

  /** All images, in the order of {@code rows}. */
  List<Row> run(TargetModel model, ImageSet set, long[] rows, Progress progress);

  /** The norm of the radius. */
  String ball();

  /** The largest radius that can be proved. */
  double largest();

  /** The radius that is asked about where the user names none. */
  double usual();

  /** Whether each image has a radius of its own. */
  boolean curved();

  /** A few words. */
  String title();

  /** What the number says and what it does not. */
  String meaning();

  /** What the clean accuracy is that of. */
  default String cleanNote() {
    return "";
  }

  static Certifier smoothing(double sigma, int selection, int draws, double alpha, long seed) {
    return new Noisy(new Smoothing(sigma, selection, draws, alpha, seed));
  }

  static Certifier intervals(double radius) {
    return new Intervals(radius);
  }

  static Certifier onePixel() {
    return new OnePixel();
  }

  /** Randomised smoothing. */
  record Noisy(Smoothing smoothing) implements Certifier {
    @Override
    public void refuse(TargetModel model) {
      gradients(model);
    }

    @Override
    public List<Row> run(TargetModel model, ImageSet set, long[] rows, Progress progress) {
      Classifier classifier = gradients(model);
      List<Row> found = new ArrayList<>();
      for (long row : rows) {
        try (Scope scope = Scope.open()) {
          Smoothed one = smoothing.certify(classifier, model.images(set, row), row);
          boolean right =
              !one.abstains() && one.answer().getAsInt() == set.label(Math.toIntExact(row));
          found.add(new Row(right, one.abstains(), one.radius(), one.forwards()));
        }
        progress.update(found.size(), Double.NaN);
      }
      return found;
    }

    @Override
    public String ball() {
      return "l2";
    }

    /** What the draws would prove if all of them agreed. */
    @Override
    public double largest() {
      int n = smoothing.estimation();
      return Smoothing.radius(smoothing.sigma(), Smoothing.lowerBound(n, n, smoothing.alpha()));
    }

    @Override
    public double usual() {
      return smoothing.sigma();
    }

    @Override
    public boolean curved() {
      return true;
    }

    @Override
    public String title() {
      return "randomised smoothing";
    }

    @Override
    public String cleanNote() {
      return ", of the smoothed model: an abstention is no answer";
    }

    @Override
    public String meaning() {
      return "The model answers many noisy copies of each image and the majority counts. For that"
          + " smoothed model no perturbation of smaller L2 norm changes the answer, whatever the"
          + " attack; the risk that chance in the draws makes a certificate wrong is "
          + smoothing.alpha()
          + " for each image. It says nothing about the model without noise.";
    }

    private static Classifier gradients(TargetModel model) {
      return model
          .classifier()
          .orElseThrow(() -> Problem.usage(model.spec() + ": its logits cannot be had in batches"));
    }
  }

  /** Interval bound propagation. */
  record Intervals(double radius) implements Certifier {
    private static final int TOGETHER = 50;

    @Override
    public void refuse(TargetModel model) {
      ours(model);
    }

    private static Model ours(TargetModel model) {
      Model net = model.net().orElse(null);
      if (net == null || !(net.net() instanceof Layered)) {
        throw Problem.failure(
            model.spec()
                + ": interval bounds need a net that is a chain of layers: LeNet, SmallCnn, StridedCnn"
                + " or Mlp");
      }
      return net;
    }

    @Override
    public List<Row> run(TargetModel model, ImageSet set, long[] rows, Progress progress) {
      IntervalBounds bounds = IntervalBounds.of(ours(model));
      List<Row> found = new ArrayList<>();
      for (int first = 0; first < rows.length; first += TOGETHER) {
        long[] some = Arrays.copyOfRange(rows, first, Math.min(rows.length, first + TOGETHER));
        try (Scope scope = Scope.open()) {
          Tensor images = model.images(set, some);
          Tensor logits =
              Ops.withoutGradient(() -> model.classifier().orElseThrow().logits(images));
          Tensor answers = logits.argmax(new LongOptional(1), false);
          boolean[] proved = bounds.certified(images, answers, radius);
          long[] said = Ops.toLongs(answers);
          for (int i = 0; i < some.length; i++) {
            boolean right = said[i] == set.label(Math.toIntExact(some[i]));
            found.add(new Row(right, false, proved[i] ? radius : 0, 1));
          }
        }
        progress.update(found.size(), Double.NaN);
      }
      return found;
    }

    @Override
    public String ball() {
      return "linf";
    }

    @Override
    public double largest() {
      return radius;
    }

    @Override
    public double usual() {
      return radius;
    }

    @Override
    public boolean curved() {
      return false;
    }

    @Override
    public String title() {
      return "interval bounds";
    }

    @Override
    public String meaning() {
      return "Every value of the net was enclosed for all images in the ball at once, rounded"
          + " outwards. Where the answer's score stays above all others no perturbation in the ball"
          + " changes it, in exact arithmetic. The enclosures are wide for a net that was not"
          + " trained for them: what is not proved is not disproved.";
    }
  }

  /** All images that differ in one pixel. */
  record OnePixel() implements Certifier {
    @Override
    public void refuse(TargetModel model) {
      if (model.classifier().isEmpty()) {
        throw Problem.usage(model.spec() + ": its logits cannot be had in batches");
      }
    }

    @Override
    public List<Row> run(TargetModel model, ImageSet set, long[] rows, Progress progress) {
      if (set.shape().channels() != 1) {
        throw Problem.failure(
            set.name()
                + ": in colour a pixel has 16,777,216 values; the one-pixel certificate is for"
                + " grey images");
      }
      ScoreOracle oracle = ScoreOracle.of(model.classifier().orElseThrow());
      long[] labels = set.labelsOf(rows);
      try (Scope scope = Scope.open()) {
        Samples samples =
            new Samples(model.images(set, rows), Ops.longs(labels, labels.length), rows);
        QueryEngine engine =
            QueryEngine.of().withProgress(done -> progress.update(done, Double.NaN));
        AttackResult result =
            ExhaustivePixel.all().perturb(oracle, samples, new Misclassify(), engine);
        return result.outcomes().stream()
            .map(
                outcome ->
                    new Row(
                        outcome.verdict() != Outcome.Verdict.MISCLASSIFIED,
                        false,
                        // A claim that was not confirmed is no proof of the contrary either.
                        outcome.verdict() == Outcome.Verdict.WITHSTOOD ? 1 : 0,
                        outcome.queries()))
            .toList();
      }
    }

    @Override
    public String ball() {
      return "l0";
    }

    @Override
    public double largest() {
      return 1;
    }

    @Override
    public double usual() {
      return 1;
    }

    @Override
    public boolean curved() {
      return false;
    }

    @Override
    public String title() {
      return "every single pixel";
    }

    @Override
    public String meaning() {
      return "Every image that differs from the given one in a single pixel of 8 bits was tried:"
          + " where none has another answer, none exists, for the arithmetic the model was run"
          + " with.";
    }
  }
}
