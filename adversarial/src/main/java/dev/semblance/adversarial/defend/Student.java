package dev.semblance.adversarial.defend;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.NetClassifier;
import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.TrainedWeights;
import dev.semblance.core.train.Update;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A classifier in training: its net, its optimizer and its averaged weights. The learners of this
 * package differ in what they do with one.
 *
 * <p>Borrows the net; owns the state of update and average until it is closed.
 */
public final class Student implements AutoCloseable {
  private final Net net;
  private final Preprocessing preprocessing;
  private final int classes;
  private final Config config;
  private final TrainedWeights trained;

  /**
   * How it is trained, whatever the defence.
   *
   * @param augmentation of the clean images, before they are attacked
   * @param emaDecay of the averaged weights, in [0, 1); 0: none
   * @param seed of everything random
   * @param update of the weights
   * @param updates in the whole run
   */
  public record Config(
      Augmentation augmentation, double emaDecay, long seed, Update.Config update, long updates) {
    public Config {
      Check.between("emaDecay", emaDecay, 0, Math.nextDown(1.0));
      Check.atLeast("updates", updates, 1);
    }
  }

  /**
   * A net whose {@link Net#forward} gives logits.
   *
   * @param preprocessing stands between images in 0..1 and the net
   * @param classes at least 2
   */
  public Student(Net net, Preprocessing preprocessing, int classes, Config config) {
    this.net = net;
    this.preprocessing = preprocessing;
    this.classes = Check.atLeast("classes", classes, 2);
    this.config = config;
    this.trained =
        new TrainedWeights(net.weights(), config.update, config.emaDecay, config.updates);
  }

  Net net() {
    return net;
  }

  long seed() {
    return config.seed;
  }

  /** The images of a batch, augmented: float32 [n, c, h, w] in 0..1. */
  Tensor images(Batch batch) {
    try (Scope scope = Scope.open()) {
      Tensor pixels = batch.images().to(ScalarType.Float).div(Ops.scalar(255));
      return scope.keep(config.augmentation.apply(pixels, batch.rows(), config.seed, batch.step()));
    }
  }

  /** The logits in training mode, differentiable by the weights. */
  Tensor logits(Tensor images) {
    try (Scope scope = Scope.open()) {
      Tensor pixels = images.mul(Ops.scalar(255));
      return scope.keep(net.forward(preprocessing.normalize(pixels), Mode.TRAINING));
    }
  }

  /** What an attacker gets: inference mode, and weights that record no gradient meanwhile. */
  Tensor attacked(Function<Classifier, Tensor> attack) {
    try (NetClassifier classifier = NetClassifier.of(net, preprocessing, classes)) {
      return attack.apply(classifier);
    }
  }

  /** Applies the gradients that backward left in the parameters. */
  void update(long number) {
    trained.update(number);
  }

  double rate(long number) {
    return trained.rate(number);
  }

  /** The share of rows whose largest logit is the label's. */
  static double accuracy(Tensor logits, Tensor labels) {
    try (Scope scope = Scope.open()) {
      Tensor right = logits.detach().argmax(new LongOptional(1), false).eq(labels);
      return right.sum().item_double() / labels.size(0);
    }
  }

  /**
   * The weights to be used: the averages where they are kept, else those in training. Live tensors,
   * by the names of the net's weights.
   */
  public Map<String, Tensor> weights() {
    return trained.used();
  }

  /** Every tensor that the next update depends on. */
  Map<String, Tensor> state() {
    return trained.state();
  }

  @Override
  public void close() {
    trained.close();
  }
}
