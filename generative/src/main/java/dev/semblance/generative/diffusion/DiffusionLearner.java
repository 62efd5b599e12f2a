package dev.semblance.generative.diffusion;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Dropout;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.TrainedWeights;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Trains a {@link Diffusion}: each image at a noise level of its own, the squared error of the
 * denoised image weighted by level. The loss is the mean over pixels and batch, as the papers'
 * programs have it, so that it is about 1 at the start with {@link Weighting#OWN}.
 *
 * <p>The terms {@code low_noise}, {@code middle_noise} and {@code high_noise} are the loss of the
 * thirds of the batch with the least, the middle and the most noise. Borrows the model.
 */
public final class DiffusionLearner implements GenerativeLearner {
  private static final List<String> BANDS = List.of("low_noise", "middle_noise", "high_noise");

  private final Diffusion model;
  private final Preprocessing preprocessing;
  private final DiffusionFamily family;
  private final Course course;
  private final TrainedWeights trained;

  DiffusionLearner(
      Diffusion model, Preprocessing preprocessing, DiffusionFamily family, Course course) {
    this.model = model;
    this.preprocessing = preprocessing;
    this.family = family;
    this.course = course;
    this.trained =
        new TrainedWeights(model.weights(), course.update(), course.emaDecay(), course.steps());
  }

  /**
   * The weighted errors of a batch.
   *
   * @param each of each image, [n], with its graph where one is recorded
   * @param sigmas of each image
   */
  private record Errors(Tensor each, double[] sigmas) {}

  @Override
  public StepReport step(Batch batch) {
    try (Scope scope = Scope.open()) {
      Tensor images = Pixels.of(batch, preprocessing, course.augmentation(), course.seed());
      Noise noise = new Noise(course.seed(), batch.rows());
      Dropout.Keys keys = new Dropout.Keys(course.seed(), batch.step(), batch.rows());
      Errors errors = errors(images, noise, batch.step(), labels(batch), keys);
      Tensor loss = errors.each.mean();
      double value = loss.item_double();
      if (Double.isFinite(value)) {
        loss.backward();
        trained.update(batch.step());
      }
      List<Term> terms = bands(errors);
      terms.add(new Term("rate", trained.rate(batch.step())));
      return new StepReport(value, batch.size(), terms);
    }
  }

  private Errors errors(
      Tensor images,
      Noise noise,
      long step,
      long @Nullable [] labels,
      Dropout.@Nullable Keys keys) {
    int n = noise.size();
    long[] rows = noise.images();
    double[] sigmas = new double[n];
    float[] weights = new float[n];
    for (int i = 0; i < n; i++) {
      Rng rng = Rng.of(noise.seed(), Rng.Purpose.TIME, rows[i], step);
      sigmas[i] =
          family.draw().draw(rng, model.schedule(), family.noiseMean(), family.noiseDeviation());
      weights[i] =
          (float)
              family.weighting().at(sigmas[i], model.terms(), family.gamma(), family.sigmaData());
    }
    Tensor sigma = Ops.doubles(sigmas, n);
    Tensor drawn =
        noise
            .gaussian(Rng.Purpose.NOISE, step, images.size(1), images.size(2), images.size(3))
            .mul_(sigma.to(images.scalar_type()).view(-1, 1, 1, 1));
    Tensor denoised = model.denoiser(labels, keys).denoise(images.add(drawn), sigma);
    Tensor each = denoised.sub(images).square().flatten(1, -1).mean(1);
    return new Errors(each.mul(Ops.floats(weights, n)), sigmas);
  }

  /** The labels to learn from, some of them dropped; null for a model without classes. */
  private long @Nullable [] labels(Batch batch) {
    if (model.classes() == 0) {
      return null;
    }
    return Condition.labels(batch, family.labelDropout(), course.seed())
        .within(model.classes())
        .labels();
  }

  private static List<Term> bands(Errors errors) {
    float[] each = Ops.toFloats(errors.each);
    int[] order =
        IntStream.range(0, each.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> errors.sigmas[i]))
            .mapToInt(i -> i)
            .toArray();
    List<Term> terms = new ArrayList<>();
    for (int band = 0; band < BANDS.size(); band++) {
      // A batch of one or two has the same image in several bands, none is without.
      int from = Math.min(band * each.length / BANDS.size(), each.length - 1);
      int to = Math.max(from + 1, (band + 1) * each.length / BANDS.size());
      double sum = 0;
      for (int i = from; i < to; i++) {
        sum += each[order[i]];
      }
      terms.add(new Term(BANDS.get(band), sum / (to - from)));
    }
    return terms;
  }

  /** {@inheritDoc} The loss, negated, at noise that belongs to the rows; labels are kept. */
  @Override
  public List<Term> validate(Batch heldOut) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor images = Pixels.of(heldOut, preprocessing, Augmentation.none(), course.seed());
      Noise noise = new Noise(course.seed(), heldOut.rows());
      long @Nullable [] labels = model.classes() == 0 ? null : Ops.toLongs(heldOut.labels());
      // Step -1: no step of the training draws there.
      Errors errors = errors(images, noise, -1, labels, null);
      List<Term> terms = new ArrayList<>();
      terms.add(new Term("negative_loss", -errors.each.mean().item_double()));
      terms.addAll(bands(errors));
      return terms;
    }
  }

  @Override
  public Map<String, Tensor> weights() {
    return trained.used();
  }

  @Override
  public Map<String, Tensor> state() {
    return trained.state();
  }

  @Override
  public void close() {
    trained.close();
  }
}
