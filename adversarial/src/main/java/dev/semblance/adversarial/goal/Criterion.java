package dev.semblance.adversarial.goal;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * When an {@link Aim} is reached, said in logits and in the classes that stand in the aim's
 * columns. Every kind has a margin in units of logits that is below 0 exactly where it is reached.
 */
public sealed interface Criterion {
  /**
   * What stands in the way, row by row.
   *
   * @param logits floating point [n, k]
   * @param columns int64 [n] each, the classes of each row
   * @return [n], differentiable, in the caller's scope
   */
  Tensor margin(Tensor logits, List<Tensor> columns);

  /** The column of the class that says most about it. */
  int column();

  /** Whether that class is where to go, rather than what to leave. */
  boolean towards();

  /** The same about columns that stand {@code by} places further right. */
  Criterion shifted(int by);

  /**
   * The model answers with this class, or with any other.
   *
   * @param column of the class
   * @param towards whether it shall be the answer
   */
  record Answer(int column, boolean towards) implements Criterion {
    @Override
    public Tensor margin(Tensor logits, List<Tensor> columns) {
      try (Scope scope = Scope.open()) {
        Tensor index = columns.get(column).unsqueeze(1);
        Tensor own = logits.gather(1, index).squeeze(1);
        Tensor others = others(logits, index).amax(new long[] {1}, false);
        return scope.keep(towards ? others.sub(own) : own.sub(others));
      }
    }

    @Override
    public Criterion shifted(int by) {
      return new Answer(column + by, towards);
    }
  }

  /**
   * At least {@code k} classes are likelier than this one.
   *
   * @param column of the class
   * @param k at least 1
   */
  record OutOfFirst(int column, int k) implements Criterion {
    @Override
    public Tensor margin(Tensor logits, List<Tensor> columns) {
      try (Scope scope = Scope.open()) {
        Tensor index = columns.get(column).unsqueeze(1);
        Tensor own = logits.gather(1, index).squeeze(1);
        Tensor first = torch.topk(others(logits, index), k, 1, true, true).get0();
        return scope.keep(own.sub(first.select(1, k - 1)));
      }
    }

    @Override
    public boolean towards() {
      return false;
    }

    @Override
    public Criterion shifted(int by) {
      return new OutOfFirst(column + by, k);
    }
  }

  /**
   * The model answers with this class, or with any other, and gives its answer more than this
   * probability. Told in log odds, which rise without end where a probability saturates.
   *
   * @param column of the class
   * @param towards whether it shall be the answer
   * @param probability in (0, 1)
   */
  record Certain(int column, boolean towards, double probability) implements Criterion {
    public Certain {
      if (!(probability > 0 && probability < 1)) {
        throw new IllegalArgumentException("probability must be in (0, 1), got " + probability);
      }
    }

    @Override
    public Tensor margin(Tensor logits, List<Tensor> columns) {
      try (Scope scope = Scope.open()) {
        Tensor index = columns.get(column).unsqueeze(1);
        Tensor others = others(logits, index);
        // Towards: the class itself. Away: the likeliest of the others.
        Tensor answer = towards ? index : others.argmax(new LongOptional(1), true);
        Tensor odds =
            logits
                .gather(1, answer)
                .squeeze(1)
                .sub(others(logits, answer).logsumexp(new long[] {1}, false));
        Tensor missing = odds.neg().add(Ops.scalar(Math.log(probability / (1 - probability))));
        Tensor answered = new Answer(column, towards).margin(logits, columns);
        return scope.keep(torch.maximum(missing, answered));
      }
    }

    @Override
    public Criterion shifted(int by) {
      return new Certain(column + by, towards, probability);
    }
  }

  /** All of them: the largest margin. */
  record All(List<Criterion> parts) implements Criterion {
    public All {
      parts = List.copyOf(parts);
    }

    @Override
    public Tensor margin(Tensor logits, List<Tensor> columns) {
      try (Scope scope = Scope.open()) {
        return scope.keep(stacked(parts, logits, columns).amax(new long[] {0}, false));
      }
    }

    @Override
    public int column() {
      return parts.getFirst().column();
    }

    @Override
    public boolean towards() {
      return parts.getFirst().towards();
    }

    @Override
    public Criterion shifted(int by) {
      return new All(parts.stream().map(part -> part.shifted(by)).toList());
    }
  }

  /** Any of them: the smallest margin. */
  record Any(List<Criterion> parts) implements Criterion {
    public Any {
      parts = List.copyOf(parts);
    }

    @Override
    public Tensor margin(Tensor logits, List<Tensor> columns) {
      try (Scope scope = Scope.open()) {
        return scope.keep(stacked(parts, logits, columns).amin(new long[] {0}, false));
      }
    }

    @Override
    public int column() {
      return parts.getFirst().column();
    }

    @Override
    public boolean towards() {
      return parts.getFirst().towards();
    }

    @Override
    public Criterion shifted(int by) {
      return new Any(parts.stream().map(part -> part.shifted(by)).toList());
    }
  }

  /** Not that one: its margin, negated. A tie reaches neither. */
  record Opposite(Criterion part) implements Criterion {
    @Override
    public Tensor margin(Tensor logits, List<Tensor> columns) {
      try (Scope scope = Scope.open()) {
        return scope.keep(part.margin(logits, columns).neg());
      }
    }

    @Override
    public int column() {
      return part.column();
    }

    @Override
    public boolean towards() {
      return !part.towards();
    }

    @Override
    public Criterion shifted(int by) {
      return new Opposite(part.shifted(by));
    }
  }

  /** The logits, one class of each row masked by -infinity: a zero wins where all are negative. */
  private static Tensor others(Tensor logits, Tensor index) {
    return logits.scatter(1, index, Ops.scalar(Double.NEGATIVE_INFINITY));
  }

  private static Tensor stacked(List<Criterion> parts, Tensor logits, List<Tensor> columns) {
    Tensor[] margins = new Tensor[parts.size()];
    for (int i = 0; i < margins.length; i++) {
      margins[i] = parts.get(i).margin(logits, columns);
    }
    return torch.stack(new TensorVector(margins));
  }
}
