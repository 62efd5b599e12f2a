package dev.semblance.adversarial.access;

import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.tensor.Shapes;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** What both oracles do around the model: pass the images on, look at the answer, and count. */
final class Counter {
  final int classes;
  final Box box;
  private final AtomicLong queries = new AtomicLong();
  private final AtomicLong calls = new AtomicLong();

  Counter(int classes, Box box) {
    this.classes = Check.atLeast("classes", classes, 2);
    this.box = Objects.requireNonNull(box, "box");
  }

  /**
   * One call of the model. Only images that were answered are counted.
   *
   * @param fits whether an answer with one row for each image is of the right kind
   * @param form of a right answer, after the number of images: {@code floating point [%d, 10]}
   * @return in the caller's scope
   * @throws IllegalStateException if the model answers otherwise
   */
  Tensor asked(UnaryOperator<Tensor> model, Tensor images, Predicate<Tensor> fits, String form) {
    try (Scope scope = Scope.open()) {
      calls.incrementAndGet();
      Tensor answer = model.apply(images);
      long n = images.size(0);
      if (answer.dim() < 1 || answer.size(0) != n || !fits.test(answer)) {
        throw new IllegalStateException(
            "the model must answer "
                + n
                + " images with "
                + form.formatted(n)
                + ", got "
                + answer.scalar_type()
                + " "
                + Shapes.of(answer));
      }
      queries.addAndGet(n);
      return scope.keep(answer.detach());
    }
  }

  long queries() {
    return queries.get();
  }

  long calls() {
    return calls.get();
  }
}
