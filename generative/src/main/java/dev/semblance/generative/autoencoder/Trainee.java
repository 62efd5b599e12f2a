package dev.semblance.generative.autoencoder;

import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Ema;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Family.Course;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A net in training: its optimizer and its averaged weights.
 *
 * <p>Borrows the net; owns the state of update and average until it is closed.
 */
public final class Trainee implements AutoCloseable {
  private final Net net;
  private final Preprocessing preprocessing;
  private final Course course;
  private final Update update;
  private final @Nullable Ema ema;

  /** All parameters of {@code net} are trained. */
  public Trainee(Net net, Preprocessing preprocessing, Course course) {
    this.net = net;
    this.preprocessing = preprocessing;
    this.course = course;
    this.update = new Update(net.weights().parameters(), course.update(), course.steps());
    this.ema = course.emaDecay() > 0 ? new Ema(course.emaDecay(), net.weights()) : null;
  }

  /** The images of a batch in the units of the preprocessing, augmented: float32 [n, c, h, w]. */
  public Tensor augmented(Batch batch) {
    try (Scope scope = Scope.open()) {
      Tensor images = batch.images().to(ScalarType.Float);
      // Before normalisation, so that what is shifted in is black.
      return scope.keep(
          preprocessing.normalize(
              course.augmentation().apply(images, batch.rows(), course.seed(), batch.step())));
    }
  }

  /** The images of a batch in the units of the preprocessing: float32 [n, c, h, w]. */
  public Tensor plain(Batch batch) {
    try (Scope scope = Scope.open()) {
      return scope.keep(preprocessing.normalize(batch.images().to(ScalarType.Float)));
    }
  }

  /** The learning rate of a step. */
  public double rate(long step) {
    return update.rate(step);
  }

  /** Applies the gradients that backward left in the parameters. */
  public void update(long step) {
    update.apply(step);
    if (ema != null) {
      ema.update();
    }
  }

  /** The averages where they are kept, else the weights in training; live tensors. */
  public Map<String, Tensor> weights() {
    return ema == null ? net.weights().all() : ema.averages();
  }

  /** Every tensor that the next update depends on. */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    net.weights().all().forEach((name, tensor) -> state.put("net." + name, tensor));
    update.state().forEach((name, tensor) -> state.put("update." + name, tensor));
    if (ema != null) {
      ema.averages().forEach((name, tensor) -> state.put("ema." + name, tensor));
    }
    return state;
  }

  @Override
  public void close() {
    update.close();
    if (ema != null) {
      ema.close();
    }
  }
}
