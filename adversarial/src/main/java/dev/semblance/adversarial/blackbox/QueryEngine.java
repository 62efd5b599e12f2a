package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.LabelOracle;
import dev.semblance.adversarial.access.OracleUnavailableException;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.adversarial.goal.AllOf;
import dev.semblance.adversarial.goal.AnyOf;
import dev.semblance.adversarial.goal.Confident;
import dev.semblance.adversarial.goal.Goal;
import dev.semblance.adversarial.goal.LeastLikely;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.adversarial.goal.Not;
import dev.semblance.adversarial.goal.OutOfTop;
import dev.semblance.adversarial.goal.TargetClass;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Runs the searches of a black-box attack together: their images fill one batch after the other, a
 * sample that is done leaves, the next takes its place, and every query is booked on its sample.
 *
 * <p>What a search draws and asks never depends on the batch. A round that was begun is asked to
 * its end, whatever the batch size, so the ledger does not depend on it either. Scores that are not
 * finite end their sample alone; when a call throws, its rows are asked again in halves down to
 * single rows, and only the row that throws by itself ends its sample. An oracle that says it is
 * {@linkplain OracleUnavailableException unavailable} ends the run: samples that are not done, or
 * not confirmed, are untried. In the end every claimed image is asked again as it is stored, and
 * once more cut to 8 bits.
 *
 * <p>Queries of a sample: the clean image, the search's images, and two for a claimed success. A
 * call that throws answered nothing and is not booked.
 *
 * @param rows asked about in one call, at most
 * @param budget queries of each sample, at most; at least 4
 * @param stop asked before every call; once true, or once the thread is interrupted, samples that
 *     are not done stay {@link Outcome.Verdict#UNTRIED}
 * @param progress told after every call how many samples are done
 */
public record QueryEngine(int rows, long budget, BooleanSupplier stop, IntConsumer progress) {
  public QueryEngine {
    Check.atLeast("rows", rows, 1);
    if (budget < QueryRun.CLEAN + 1 + QueryRun.CONFIRMATION) {
      throw new IllegalArgumentException(
          "budget must be >= 4 (the clean image, one probe, two confirmations), got " + budget);
    }
  }

  /** 256 rows a call, as many queries as the attack wants; never stopped, silent. */
  public static QueryEngine of() {
    return new QueryEngine(256, Long.MAX_VALUE, () -> false, done -> {});
  }

  /** The same with another number of rows a call. */
  public QueryEngine withRows(int other) {
    return new QueryEngine(other, budget, stop, progress);
  }

  /** The same with at most this many queries a sample. */
  public QueryEngine withBudget(long other) {
    return new QueryEngine(rows, other, stop, progress);
  }

  /** The same with another stop signal. */
  public QueryEngine withStop(BooleanSupplier other) {
    return new QueryEngine(rows, budget, other, progress);
  }

  /** The same, telling {@code other} of progress. */
  public QueryEngine withProgress(IntConsumer other) {
    return new QueryEngine(rows, budget, stop, other);
  }

  boolean stopped() {
    return stop.getAsBoolean() || Thread.currentThread().isInterrupted();
  }

  /**
   * Attacks all samples by scores.
   *
   * @throws IllegalArgumentException for labels or images that do not fit the model
   * @throws IllegalStateException if the model fails on every sample
   */
  public AttackResult run(ScoreSearch attack, ScoreOracle oracle, Samples samples, Goal goal) {
    return run(attack, oracle::scores, oracle.classes(), oracle.box(), samples, goal);
  }

  /**
   * Attacks all samples by labels.
   *
   * @throws IllegalArgumentException for labels or images that do not fit the model, and for a goal
   *     that needs scores
   * @throws IllegalStateException if the model fails on every sample
   */
  public AttackResult run(LabelSearch attack, LabelOracle oracle, Samples samples, Goal goal) {
    if (!tellable(goal)) {
      throw new IllegalArgumentException(
          "goal must be one that labels can tell, got " + goal + "; name the target class instead");
    }
    ScoreOracle.Scores scores = images -> oneOfAll(oracle.labels(images), oracle.classes());
    return run(attack, scores, oracle.classes(), oracle.box(), samples, goal);
  }

  /** Whether labels alone can tell that the goal is reached. */
  private static boolean tellable(Goal goal) {
    return switch (goal) {
      case Misclassify any -> true;
      case TargetClass one -> true;
      case OutOfTop top -> top.k() == 1;
      case Not not -> tellable(not.goal());
      case AllOf all -> all.goals().stream().allMatch(QueryEngine::tellable);
      case AnyOf any -> any.goals().stream().allMatch(QueryEngine::tellable);
      case LeastLikely least -> false;
      case Confident sure -> false;
    };
  }

  /** Labels as scores: 1 for the class and 0 for the others; NaN where there is no answer. */
  private static Tensor oneOfAll(Tensor labels, int classes) {
    try (Scope scope = Scope.open()) {
      long[] each = Ops.toLongs(labels);
      double[] scores = new double[each.length * classes];
      for (int i = 0; i < each.length; i++) {
        if (each[i] >= 0 && each[i] < classes) {
          scores[i * classes + (int) each[i]] = 1;
        } else {
          scores[i * classes] = Double.NaN;
        }
      }
      return scope.keep(Ops.doubles(scores, each.length, classes));
    }
  }

  private AttackResult run(
      SearchAttack attack,
      ScoreOracle.Scores scores,
      int classes,
      Box box,
      Samples samples,
      Goal goal) {
    refuse(classes, box, samples);
    try (Scope scope = Scope.open();
        QueryRun run = new QueryRun(attack, scores, box, samples, goal, this)) {
      run.clean();
      run.work();
      run.confirm();
      AttackResult result = run.result();
      scope.keep(result.adversarial());
      return result;
    }
  }

  private static void refuse(int classes, Box box, Samples samples) {
    ScalarType type = samples.images().scalar_type().intern();
    if (type != ScalarType.Float && type != ScalarType.Double) {
      throw new IllegalArgumentException("images must be float32 or float64, got " + type);
    }
    long[] labels = Ops.toLongs(samples.labels());
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "labels must be in 0.."
                + (classes - 1)
                + ", got "
                + labels[i]
                + " for sample "
                + samples.ids()[i]);
      }
    }
    try (Scope scope = Scope.open()) {
      double low = samples.images().min().item_double();
      double high = samples.images().max().item_double();
      if (!(low >= box.low() && high <= box.high())) {
        throw new IllegalArgumentException(
            "images must be in "
                + box.low()
                + ".."
                + box.high()
                + ", got "
                + low
                + ".."
                + high
                + "; scale them, the model normalises by itself");
      }
    }
  }
}
