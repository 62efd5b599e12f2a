package dev.semblance.generative.flow;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.TrainedWeights;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.LogDensity;
import dev.semblance.generative.LogDensity.Support;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Maximum likelihood: the mean of {@code -log p}, in bits for each dimension of pixels and in nats
 * for points. Pixels are dequantised anew in every step. The first batch sets the actnorms.
 *
 * <p>Borrows the flow; owns the state of the update and the averages.
 */
public final class FlowLearner implements GenerativeLearner {
  private final Flow flow;
  private final Preprocessing preprocessing;
  private final double labelDrop;
  private final Course course;
  private final TrainedWeights trained;

  /** A learner over the whole of {@code course}. */
  FlowLearner(Flow flow, Preprocessing preprocessing, double labelDrop, Course course) {
    this.flow = flow;
    this.preprocessing = preprocessing;
    this.labelDrop = labelDrop;
    this.course = course;
    this.trained =
        new TrainedWeights(flow.weights(), course.update(), course.emaDecay(), course.steps());
  }

  @Override
  public StepReport step(Batch batch) {
    try (Scope scope = Scope.open()) {
      Tensor input = Pixels.of(batch, preprocessing, course.augmentation(), course.seed());
      boolean pixels = flow.architecture().support() == Support.PIXELS;
      if (pixels) {
        // Rotation interpolates; the model is of whole numbers.
        input =
            flow.dequantised(input.round(), new Noise(course.seed(), batch.rows()), batch.step());
      }
      Condition condition = condition(batch, true);
      if (batch.step() == 0) {
        prepare(input, condition);
      }
      Bijection.Mapped mapped = flow.map().forward(input, condition);
      Tensor logNormal = Flow.logNormal(mapped.value()).mean();
      Tensor logDet = mapped.logDet().mean();
      double size = flow.architecture().size();
      double unit = pixels ? size * Math.log(2) : 1;
      double shift = pixels ? size * Math.log(256) : 0;
      Tensor loss = logNormal.add(logDet).neg().add(Ops.scalar(shift)).div(Ops.scalar(unit));
      double value = loss.item_double();
      if (Double.isFinite(value)) {
        loss.backward();
        trained.update(batch.step());
      }
      return new StepReport(
          value,
          batch.size(),
          List.of(
              new Term("log_prior", logNormal.item_double()),
              new Term("log_det", logDet.item_double()),
              new Term("rate", trained.rate(batch.step()))));
    }
  }

  private void prepare(Tensor input, Condition condition) {
    Ops.withoutGradient(
        () -> {
          try (Scope scope = Scope.open()) {
            flow.map().prepare(input, condition);
          }
        });
    // They began before there was anything to average.
    trained.averageFromHere();
  }

  private Condition condition(Batch batch, boolean training) {
    if (flow.architecture().classes() == 0) {
      return Condition.none();
    }
    Condition labels = Condition.labels(batch, training ? labelDrop : 0, course.seed());
    return flow.taken(labels, batch.size());
  }

  /** Minus the bits per dimension of pixels, or the log-density of points. */
  @Override
  public List<Term> validate(Batch heldOut) {
    try (Scope scope = Scope.open()) {
      Tensor input = Pixels.of(heldOut, preprocessing, Augmentation.none(), course.seed());
      LogDensity density =
          flow.logDensity(
              input, new Noise(course.seed(), heldOut.rows()), condition(heldOut, false));
      double mean = density.value().mean().item_double();
      return density.of() == Support.POINTS
          ? List.of(new Term("log_density", mean))
          : List.of(
              new Term(
                  "negative_bits_per_dim",
                  -LogDensity.bitsPerDimension(mean, flow.architecture().size(), density.of())));
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
