package dev.semblance.generative.autoencoder;

import dev.semblance.core.data.Augmentation;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.TrainedWeights;
import dev.semblance.generative.Family.Course;
import dev.semblance.generative.Pixels;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A net in training: its optimizer and its averaged weights.
 *
 * <p>Borrows the net; owns the state of update and average until it is closed.
 */
public final class Trainee implements AutoCloseable {
  private final Net net;
  private final Preprocessing preprocessing;
  private final Course course;
  private final TrainedWeights trained;

  /** All parameters of {@code net} are trained. */
  public Trainee(Net net, Preprocessing preprocessing, Course course) {
    this.net = net;
    this.preprocessing = preprocessing;
    this.course = course;
    this.trained =
        new TrainedWeights(net.weights(), course.update(), course.emaDecay(), course.steps());
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
    return trained.rate(step);
  }

  /** Applies the gradients that backward left in the parameters. */
  public void update(long step) {
    trained.update(step);
  }

  /** The averages where they are kept, else the weights in training; live tensors. */
  public Map<String, Tensor> weights() {
    return trained.used();
  }

  /** Every tensor that the next update depends on. */
  public Map<String, Tensor> state() {
    return trained.state();
  }

  @Override
  public void close() {
    trained.close();
  }
}
