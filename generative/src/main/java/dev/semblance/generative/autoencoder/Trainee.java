package dev.semblance.generative.autoencoder;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Ema;
import dev.semblance.core.train.Update;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.Pixels;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
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

  /** The images of a batch in the units of the model, augmented: float32 [n, c, h, w]. */
  public Tensor augmented(Batch batch) {
    return Pixels.of(batch, preprocessing, course.augmentation(), course.seed());
  }

  /** The images of a batch in the units of the model: float32 [n, c, h, w]. */
  public Tensor plain(Batch batch) {
    return Pixels.of(batch, preprocessing, Augmentation.none(), 0);
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
