package dev.semblance.adversarial.defend;

import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.Learner;
import dev.semblance.core.train.StepReport;
import dev.semblance.core.train.StepReport.Term;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Adversarial training at the price of plain training: every batch is learnt from {@code replays}
 * times, and one backward pass gives both the weights' gradient and the images'. A change goes
 * along, {@code delta <- P(delta + radius direction(gradient))}, one row a place in the batch, and
 * is carried on to the next batch's images.
 *
 * <p>The images' gradient is that of training mode, since it is a by-product. A step makes {@code
 * replays} updates. Borrows the student; owns the carried change.
 */
@Source(key = "shafahi2019free", where = "Algorithm 1")
public final class FreeLearner implements Learner {
  /** No bounds: what is carried meets other images next. */
  private static final Box ANYWHERE = new Box(-1e6, 1e6);

  private final Student student;
  private final Ball ball;
  private final int replays;
  private final Tensor delta;

  /**
   * A learner for batches of one shape.
   *
   * @param replays of each batch, at least 1; 8 in the paper
   * @param shape of the batches, [n, c, h, w]
   */
  public FreeLearner(Student student, Ball ball, int replays, long... shape) {
    this.student = student;
    this.ball = ball;
    this.replays = Check.atLeast("replays", replays, 1);
    try (Scope scope = Scope.open()) {
      this.delta = Scope.own(Ops.zeros(ScalarType.Float, shape));
    }
  }

  @Override
  public StepReport step(Batch batch) {
    Tensor images = student.images(batch);
    if (!Arrays.equals(images.shape(), delta.shape())) {
      throw new IllegalArgumentException(
          "images must be " + Shapes.of(delta) + " in every batch, got " + Shapes.of(images));
    }
    double loss = 0;
    double accuracy = 0;
    for (int i = 0; i < replays && Double.isFinite(loss); i++) {
      try (Scope scope = Scope.open()) {
        Tensor point = ball.project(images.add(delta), images, Box.UNIT).requires_grad_(true);
        Tensor logits = student.logits(point);
        Tensor value = torch.cross_entropy_loss(logits, batch.labels());
        loss += value.item_double() / replays;
        accuracy += Student.accuracy(logits, batch.labels()) / replays;
        if (Double.isFinite(loss)) {
          value.backward();
          student.update(batch.step() * replays + i);
          carry(point);
        }
      }
    }
    return new StepReport(
        loss,
        batch.size() * replays,
        List.of(
            new Term("train_accuracy", accuracy),
            new Term("rate", student.rate(batch.step() * replays))));
  }

  private void carry(Tensor point) {
    Tensor direction = ball.norm().ascent(point.mutable_grad(), point.detach(), Box.UNIT);
    Tensor moved = torch.add(delta, direction, Ops.scalar(ball.radius()));
    delta.copy_(ball.project(moved, delta.sub(delta), ANYWHERE));
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = student.state();
    state.put("carried", delta);
    return state;
  }

  @Override
  public void close() {
    Scope.release(delta);
  }
}
