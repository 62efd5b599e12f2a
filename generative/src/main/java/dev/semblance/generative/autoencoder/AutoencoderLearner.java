package dev.semblance.generative.autoencoder;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.TrainedWeights;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Trains an {@link Autoencoder} to give back clean images; borrows the model. */
public final class AutoencoderLearner implements GenerativeLearner {
  private static final double ON = 0.01;
  private static final double LEAST_LENGTH = 1e-8;

  private final Autoencoder model;
  private final Course course;
  private final Preprocessing preprocessing;
  private final TrainedWeights trained;
  private final Corruption corruption;
  private final Penalties penalties;
  private final PixelLoss loss;

  AutoencoderLearner(
      Autoencoder model, Preprocessing preprocessing, AutoencoderFamily family, Course course) {
    this.model = model;
    this.course = course;
    this.preprocessing = preprocessing;
    this.trained =
        new TrainedWeights(model.weights(), course.update(), course.emaDecay(), course.steps());
    this.corruption = family.corrupted();
    this.penalties = family.penalties();
    this.loss = model.architecture().loss();
    if (penalties.codeL1() > 0) {
      unitColumns();
    }
  }

  @Override
  public StepReport step(Batch batch) {
    Tensor clean = Pixels.of(batch, preprocessing, course.augmentation(), course.seed());
    Noise noise = new Noise(course.seed(), batch.rows());
    Tensor code = model.features(corruption.apply(clean, noise, batch.step()), Mode.TRAINING);
    Tensor distance = loss.of(model.outputs(code), clean.flatten(1, -1));
    Tensor whole = distance;
    for (Tensor term : penalties.of(code, model.weights())) {
      whole = whole.add(term);
    }
    whole.backward();
    double value = whole.item_double();
    if (Double.isFinite(value)) {
      trained.update(batch.step());
      if (penalties.codeL1() > 0) {
        unitColumns();
      }
    }
    double reconstruction = distance.item_double();
    return new StepReport(
        value,
        batch.size(),
        List.of(
            new Term("reconstruction", reconstruction),
            new Term("penalty", value - reconstruction),
            new Term("active", active(code)),
            new Term("rate", trained.rate(batch.step()))));
  }

  /** The share of code values beyond 0.01. */
  private static double active(Tensor code) {
    try (Scope scope = Scope.open()) {
      Tensor on = code.detach().abs().gt(Ops.scalar(ON));
      return on.sum().item_double() / on.numel();
    }
  }

  private void unitColumns() {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor dictionary = model.dictionary();
      Tensor squares = dictionary.square().sum(new long[] {0}, true, Ops.sameType());
      dictionary.div_(squares.sqrt().clamp_min(Ops.scalar(LEAST_LENGTH)));
    }
  }

  /**
   * {@inheritDoc} The negative loss of clean images given back from corrupted ones, without
   * penalties; and the negative loss from the images themselves.
   */
  @Override
  public List<Term> validate(Batch heldOut) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor clean = Pixels.of(heldOut, preprocessing, Augmentation.none(), course.seed());
      Noise noise = new Noise(course.seed(), heldOut.rows());
      Tensor code = model.features(corruption.apply(clean, noise, 0), Mode.INFERENCE);
      Tensor target = clean.flatten(1, -1);
      double restored = -loss.of(model.outputs(code), target).item_double();
      double share = active(code);
      if (corruption instanceof Corruption.None) {
        return List.of(new Term("reconstruction", restored), new Term("active", share));
      }
      Tensor undisturbed = model.features(clean, Mode.INFERENCE);
      return List.of(
          new Term("restoration", restored),
          new Term("reconstruction", -loss.of(model.outputs(undisturbed), target).item_double()),
          new Term("active", share));
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
