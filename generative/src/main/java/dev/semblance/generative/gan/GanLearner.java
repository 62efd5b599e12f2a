package dev.semblance.generative.gan;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Ema;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.GenerativeLearner;
import dev.semblance.generative.Noise;
import dev.semblance.generative.Pixels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Trains a generator and a discriminator against each other. A step is one update of the
 * discriminator; every so many of them the generator is updated too. Each update changes its own
 * player and leaves every weight and buffer of the other as it is.
 *
 * <p>Terms of a step: {@code discriminator} (its loss without penalty), {@code penalty}, {@code
 * real} and {@code fake} (means of d), {@code discriminator_gradient} (Euclidean norm over all its
 * weights, before clipping), {@code generator} and {@code generator_gradient} (those of its latest
 * update), {@code rate}, {@code rollbacks}. The loss is the discriminator's with its penalty, or
 * the generator's where that is not finite.
 *
 * <p>Borrows the model; owns optimizers, averages and copies until it is closed.
 */
public final class GanLearner implements GenerativeLearner {
  /** Rollbacks of a run; one that fails more often needs other settings. */
  public static final int MOST_ROLLBACKS = 3;

  private final Gan gan;
  private final Preprocessing preprocessing;
  private final GanFamily family;
  private final Course course;
  private final GanLoss loss;
  private final Penalty penalty;
  private final Update discriminatorUpdate;
  private final Update generatorUpdate;
  private final @Nullable Ema ema;
  private final @Nullable Replay replay;
  private final @Nullable Healthy healthy;
  private final GanFlightRecorder recorder;
  private final Tensor generatorTerms;
  private @Nullable Tensor latest;
  private @Nullable Tensor latestClasses;

  /** Values of the discriminator's update. */
  private record Judged(
      double loss, double penalty, double real, double fake, double gradientNorm) {}

  GanLearner(Gan gan, Preprocessing preprocessing, GanFamily family, Course course) {
    this.gan = gan;
    this.preprocessing = preprocessing;
    this.family = family;
    this.course = course;
    this.loss = family.ganLoss();
    this.penalty = family.ganPenalty();
    int each = family.discriminatorSteps();
    this.discriminatorUpdate =
        new Update(
            gan.discriminatorWeights().parameters(),
            family.discriminatorUpdate(course.update()),
            course.steps());
    this.generatorUpdate =
        new Update(
            gan.generatorWeights().parameters(),
            course.update(),
            Math.max(1, course.steps() / each));
    this.ema = course.emaDecay() > 0 ? new Ema(course.emaDecay(), gan.generatorWeights()) : null;
    this.replay = family.replay() > 0 ? new Replay(family.replay(), gan.architecture()) : null;
    try (Scope scope = Scope.open()) {
      this.generatorTerms = Scope.own(Ops.zeros(ScalarType.Double, 2));
    }
    this.recorder = GanFlightRecorder.of(family.loss());
    this.healthy = family.rollback() > 0 ? new Healthy(training()) : null;
  }

  @Override
  public StepReport step(Batch batch) {
    long step = batch.step();
    Judged judged;
    boolean finite;
    try (Scope scope = Scope.open()) {
      Noise noise = new Noise(course.seed(), batch.rows());
      Tensor real = Pixels.of(batch, preprocessing, course.augmentation(), course.seed());
      Tensor classes = classes(batch);
      remember(real, classes);
      judged = updateDiscriminator(real, classes, noise, step);
      finite = Double.isFinite(judged.loss + judged.penalty);
      if (finite && (step + 1) % family.discriminatorSteps() == 0) {
        finite = updateGenerator(classes, noise, step);
      }
    }
    double[] made = Ops.toDoubles(generatorTerms);
    double value = Double.isFinite(made[0]) ? judged.loss + judged.penalty : made[0];
    List<Term> terms =
        List.of(
            new Term(GanFlightRecorder.DISCRIMINATOR, judged.loss),
            new Term("penalty", judged.penalty),
            new Term("real", judged.real),
            new Term("fake", judged.fake),
            new Term(GanFlightRecorder.DISCRIMINATOR_GRADIENT, judged.gradientNorm),
            new Term("generator", made[0]),
            new Term(GanFlightRecorder.GENERATOR_GRADIENT, made[1]),
            new Term("rate", generatorUpdate.rate(step / family.discriminatorSteps())),
            new Term("rollbacks", healthy == null ? 0 : healthy.rollbacks()));
    if (finite) {
      recorder.onTerms(step, terms);
      if (healthy != null) {
        guard(healthy, step);
      }
    }
    return new StepReport(value, batch.size(), terms);
  }

  // ---- the two updates

  private Judged updateDiscriminator(
      Tensor real, @Nullable Tensor classes, Noise noise, long step) {
    try (Scope scope = Scope.open()) {
      gan.advanceNorms();
      Replay.Fakes fakes =
          Ops.withoutGradient(
              () -> {
                Tensor z = gan.latent(noise, 2 * step);
                return new Replay.Fakes(gan.generate(z, classes, Pass.OTHER), classes);
              });
      if (replay != null) {
        fakes = replay.mix(fakes, course.seed(), step);
      }
      Tensor seen = blurred(real, noise, step, 0);
      Tensor made = blurred(fakes.images(), noise, step, 1);
      // Two batches, not one: each has its own statistics (chintala2016train, 4).
      Tensor dReal = gan.judge(seen, classes, Pass.OWN);
      Tensor dFake = gan.judge(made, fakes.classes(), Pass.OWN);
      Tensor value = loss.real(dReal).mean().add(loss.fake(dFake).mean());
      double worth = value.item_double();
      double price = 0;
      if (penalty.isDue(step)) {
        Tensor term =
            penalty.of(images -> gan.judge(images, classes, Pass.OWN), seen, made, noise, step);
        price = term.item_double();
        value = value.add(term);
      }
      double norm = Double.NaN;
      if (Double.isFinite(worth + price)) {
        value.backward();
        norm = norm(gan.discriminatorWeights().parameters());
        discriminatorUpdate.apply(step);
      }
      return new Judged(worth, price, dReal.mean().item_double(), dFake.mean().item_double(), norm);
    }
  }

  /** Whether the loss was finite; only then anything changes. */
  private boolean updateGenerator(@Nullable Tensor classes, Noise noise, long step) {
    Map<String, Tensor> judges = gan.discriminatorWeights().parameters();
    judges.values().forEach(weight -> weight.set_requires_grad(false));
    try (Scope scope = Scope.open()) {
      Tensor z = gan.latent(noise, 2 * step + 1);
      Tensor made = blurred(gan.generate(z, classes, Pass.OWN), noise, step, 2);
      Tensor value = loss.generator(gan.judge(made, classes, Pass.OTHER)).mean();
      double worth = value.item_double();
      double norm = Double.NaN;
      if (Double.isFinite(worth)) {
        value.backward();
        norm = norm(gan.generatorWeights().parameters());
        generatorUpdate.apply(step / family.discriminatorSteps());
        if (ema != null) {
          ema.update(step / family.discriminatorSteps());
        }
      }
      generatorTerms.copy_(Ops.doubles(new double[] {worth, norm}, 2));
      return Double.isFinite(worth);
    } finally {
      judges.values().forEach(weight -> weight.set_requires_grad(true));
    }
  }

  /** With instance noise, whose deviation falls linearly to 0. */
  private Tensor blurred(Tensor images, Noise noise, long step, int which) {
    double deviation = family.instanceNoise() * Math.max(0, 1 - (double) step / course.steps());
    if (deviation == 0) {
      return images;
    }
    long[] shape = images.shape();
    Tensor draws =
        noise.gaussian(Rng.Purpose.NOISE, 3 * step + which, shape[1], shape[2], shape[3]);
    return images.add(draws, Ops.scalar(deviation));
  }

  private static double norm(Map<String, Tensor> weights) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      double squares = 0;
      for (Tensor weight : weights.values()) {
        Tensor gradient = weight.mutable_grad();
        if (gradient.defined()) {
          double norm = gradient.norm().item_double();
          squares += norm * norm;
        }
      }
      return Math.sqrt(squares);
    }
  }

  private @Nullable Tensor classes(Batch batch) {
    return gan.classes() == 0
        ? null
        : gan.classes(new Condition.Labels(Ops.toLongs(batch.labels())), batch.size());
  }

  // ---- what is kept

  private void remember(Tensor real, @Nullable Tensor classes) {
    forget();
    latest = Scope.own(real.clone());
    latestClasses = classes == null ? null : Scope.own(classes.clone());
  }

  private void forget() {
    if (latest != null) {
      Scope.release(latest);
      latest = null;
    }
    if (latestClasses != null) {
      Scope.release(latestClasses);
      latestClasses = null;
    }
  }

  private void guard(Healthy copy, long step) {
    if (recorder.isFailing() && copy.rollbacks() < MOST_ROLLBACKS) {
      rollBack();
    } else if (recorder.isCalm() && (step + 1) % family.rollback() == 0) {
      copy.take(step);
    }
  }

  /**
   * What watches this training. It has seen every step already; as a listener of the run it sees
   * validations too.
   */
  public GanFlightRecorder recorder() {
    return recorder;
  }

  /**
   * Goes back to the last healthy state: weights, buffers, optimizers, averages and kept images,
   * bit by bit. What follows draws by its own steps.
   *
   * @return the step after which the state was copied; empty where none was
   */
  public OptionalLong rollBack() {
    if (healthy == null || healthy.step() < 0) {
      return OptionalLong.empty();
    }
    healthy.restore();
    recorder.rolledBack(healthy.step());
    return OptionalLong.of(healthy.step());
  }

  @Override
  public Map<String, Tensor> weights() {
    Map<String, Tensor> weights = new LinkedHashMap<>(gan.weights().all());
    if (ema != null) {
      ema.averages().forEach((name, tensor) -> weights.put("generator." + name, tensor));
    }
    return weights;
  }

  /**
   * {@code fooled}: the share of pairs of a made and a held-out image of which the discriminator
   * takes the made one for the likelier data, 1/2 where it cannot tell. {@code
   * train_over_held_out}: the same of the latest training images against held-out ones, 1/2 unless
   * it knows its training images by heart. Then the means of d over the three.
   */
  @Override
  public List<Term> validate(Batch heldOut) {
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Noise noise = new Noise(course.seed(), heldOut.rows());
      Tensor classes = classes(heldOut);
      Tensor images = Pixels.of(heldOut, preprocessing, Augmentation.none(), course.seed());
      Tensor made = gan.generate(gan.latent(noise), classes, Pass.INFERENCE);
      double[] held = Ops.toDoubles(gan.judge(images, classes, Pass.INFERENCE));
      double[] fake = Ops.toDoubles(gan.judge(made, classes, Pass.INFERENCE));
      double[] train =
          latest == null ? held : Ops.toDoubles(gan.judge(latest, latestClasses, Pass.INFERENCE));
      return List.of(
          new Term("fooled", shareAbove(fake, held)),
          new Term(GanFlightRecorder.TRAIN_OVER_HELD_OUT, shareAbove(train, held)),
          new Term("d_train", mean(train)),
          new Term("d_held_out", mean(held)),
          new Term("d_fake", mean(fake)));
    }
  }

  /** The share of pairs with a above b, ties by half. */
  private static double shareAbove(double[] a, double[] b) {
    double above = 0;
    for (double x : a) {
      for (double y : b) {
        above += x > y ? 1 : x == y ? 0.5 : 0;
      }
    }
    return above / ((double) a.length * b.length);
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = training();
    state.put("recorder", recorder.state());
    if (healthy != null) {
      healthy.state().forEach((name, tensor) -> state.put("healthy." + name, tensor));
    }
    return state;
  }

  /** What a rollback brings back. */
  private Map<String, Tensor> training() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    gan.weights().all().forEach((name, tensor) -> state.put("net." + name, tensor));
    discriminatorUpdate
        .state()
        .forEach((name, tensor) -> state.put("discriminator-update." + name, tensor));
    generatorUpdate
        .state()
        .forEach((name, tensor) -> state.put("generator-update." + name, tensor));
    if (ema != null) {
      ema.averages().forEach((name, tensor) -> state.put("ema." + name, tensor));
    }
    if (replay != null) {
      replay.state().forEach((name, tensor) -> state.put("replay." + name, tensor));
    }
    state.put("generator-terms", generatorTerms);
    return state;
  }

  @Override
  public void close() {
    forget();
    discriminatorUpdate.close();
    generatorUpdate.close();
    if (ema != null) {
      ema.close();
    }
    if (replay != null) {
      replay.close();
    }
    if (healthy != null) {
      healthy.close();
    }
    recorder.close();
    Scope.release(generatorTerms);
  }
}
