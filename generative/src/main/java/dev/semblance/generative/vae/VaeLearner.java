package dev.semblance.generative.vae;

import dev.semblance.core.data.Augmentation;
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
import dev.semblance.generative.vae.VaeFamily.EncoderGradient;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Trains a {@link Vae} by its bound; borrows the model. */
public final class VaeLearner implements GenerativeLearner {
  // As of batch normalisation's statistics.
  private static final double SPREAD_RATE = 0.1;

  private final Vae vae;
  private final VaeFamily family;
  private final Course course;
  private final Preprocessing preprocessing;
  private final TrainedWeights trained;

  VaeLearner(Vae vae, Preprocessing preprocessing, VaeFamily family, Course course) {
    this.vae = vae;
    this.family = family;
    this.course = course;
    this.preprocessing = preprocessing;
    this.trained =
        new TrainedWeights(vae.weights(), course.update(), course.emaDecay(), course.steps());
  }

  /** A bound of a batch: the loss to minimise and its parts, means over the batch. */
  private record Bound(Tensor loss, Tensor likelihood, Tensor divergence) {}

  @Override
  public StepReport step(Batch batch) {
    Noise noise = new Noise(course.seed(), batch.rows());
    Tensor x =
        vae.architecture()
            .binarisation()
            .apply(
                Pixels.of(batch, preprocessing, course.augmentation(), course.seed()),
                noise,
                batch.step());
    Tensor beside = vae.hot(condition(batch), batch.size());
    Tensor epsilon =
        noise.gaussian(
            Rng.Purpose.LATENT, batch.step(), family.samples(), vae.architecture().latent());
    double beta = beta(batch.step());
    GaussianPosterior posterior = vae.posterior(x, beside);
    Bound bound =
        family.samples() == 1
            ? evidence(x, beside, posterior, epsilon, beta)
            : importance(x, beside, posterior, epsilon, beta);
    double loss = bound.loss.item_double();
    if (Double.isFinite(loss)) {
      trained.update(batch.step());
    }
    return new StepReport(
        loss,
        batch.size(),
        List.of(
            new Term("log_likelihood", bound.likelihood.item_double()),
            new Term("divergence", bound.divergence.item_double()),
            new Term("beta", beta),
            new Term("rate", trained.rate(batch.step()))));
  }

  /** The factor of the divergence at a step. */
  double beta(long step) {
    double rise = family.betaWarmup() * course.steps();
    return step < rise ? family.beta() * step / rise : family.beta();
  }

  private Condition condition(Batch batch) {
    if (vae.architecture().classes() == 0) {
      return Condition.none();
    }
    return Condition.labels(batch, family.labelDropout(), course.seed());
  }

  /** One sample: the divergence in closed form. */
  private Bound evidence(
      Tensor x, @Nullable Tensor beside, GaussianPosterior posterior, Tensor epsilon, double beta) {
    Tensor z = posterior.draw(epsilon);
    Tensor likelihood = vae.logLikelihood(vae.output(z, beside), x, SPREAD_RATE).mean();
    // kingma2014auto, Eq. (10)
    Tensor each = posterior.divergence().mean(0);
    Tensor divergence = each.sum();
    Tensor charged =
        family.freeBits() == 0
            ? divergence
            // kingma2016improving, Eq. (15): each value of the code is a group.
            : each.clamp_min(Ops.scalar(family.freeBits())).sum();
    Tensor loss = charged.mul(Ops.scalar(beta)).sub(likelihood);
    loss.backward();
    return new Bound(loss.detach(), likelihood.detach(), divergence.detach());
  }

  /** Several samples: the log of the mean weight. */
  private Bound importance(
      Tensor x, @Nullable Tensor beside, GaussianPosterior posterior, Tensor epsilon, double beta) {
    boolean doubly = family.gradient() == EncoderGradient.DOUBLY_REPARAMETERISED;
    Tensor drawn = posterior.draw(epsilon);
    // The gradient stops at the samples, and goes on from there below.
    Tensor z = doubly ? drawn.detach().set_requires_grad(true) : drawn;
    GaussianPosterior q = doubly ? posterior.detached() : posterior;
    Tensor likelihood = vae.logLikelihood(vae.output(z, beside), x, SPREAD_RATE);
    Tensor ratio = q.logPriorRatio(z);
    Tensor logs = likelihood.add(ratio.mul(Ops.scalar(beta)));
    int n = Math.toIntExact(logs.size(0));
    Tensor bound = logs.logsumexp(1).sub(Ops.scalar(Math.log(family.samples()))).mean();
    Tensor loss = bound.neg();
    loss.backward();
    if (doubly) {
      // tucker2019doubly, Eq. (9): the share of a sample once more.
      Tensor shares = logs.detach().softmax(1).unsqueeze(2);
      drawn.backward(
          z.mutable_grad().mul(shares), new BoolOptional(), false, new TensorArrayRefOptional());
    }
    return new Bound(loss.detach(), likelihood.detach().mean(), ratio.detach().mean().neg());
  }

  /** {@inheritDoc} The training bound at beta 1 of bits that belong to the rows. */
  @Override
  public List<Term> validate(Batch heldOut) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Noise noise = new Noise(course.seed(), heldOut.rows());
      Vae.Config config = vae.architecture();
      Tensor x =
          config
              .binarisation()
              .apply(
                  Pixels.of(heldOut, preprocessing, Augmentation.none(), course.seed()), noise, 0);
      Condition condition =
          config.classes() == 0
              ? Condition.none()
              : new Condition.Labels(Ops.toLongs(heldOut.labels()));
      Tensor beside = vae.hot(condition, heldOut.size());
      GaussianPosterior posterior = vae.posterior(x, beside);
      Tensor epsilon = noise.gaussian(Rng.Purpose.LATENT, 0, family.samples(), config.latent());
      Tensor z = posterior.draw(epsilon);
      Tensor likelihood = vae.logLikelihood(vae.output(z, beside), x);
      Tensor divergence = posterior.divergence();
      double mean = likelihood.mean().item_double();
      double apart = divergence.sum(new long[] {1}).mean().item_double();
      double bound =
          family.samples() == 1
              ? mean - apart
              : new ImportanceWeights(
                      likelihood.add(posterior.logPriorRatio(z)).to(ScalarType.Double))
                  .bound()
                  .mean()
                  .item_double();
      return List.of(
          new Term("bound", bound),
          new Term("log_likelihood", mean),
          new Term("divergence", apart));
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
