package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Attack;
import dev.semblance.adversarial.attack.AttackResult;
import dev.semblance.adversarial.attack.Engine;
import dev.semblance.adversarial.attack.Outcome;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.goal.Misclassify;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * A model under examination: who of the samples still stands, and what it has cost so far. Every
 * attack is on those that stand, so that the union of all successes is paid for once.
 */
final class Subject {
  final Classifier model;
  final Samples samples;
  final Ball ball;
  final Engine engine;
  private final long[] ids;
  private final long[] labels;
  private final boolean[] right;
  private final boolean[] fooled;
  private long forwards;
  private long backwards;

  Subject(Classifier model, Samples samples, Ball ball, Engine engine, boolean[] right) {
    this.model = model;
    this.samples = samples;
    this.ball = ball;
    this.engine = engine;
    this.ids = samples.ids();
    this.labels = Ops.toLongs(samples.labels());
    this.right = right.clone();
    this.fooled = new boolean[ids.length];
  }

  int n() {
    return ids.length;
  }

  long id(int row) {
    return ids[row];
  }

  /** The true class of a row. */
  long label(int row) {
    return labels[row];
  }

  /** The rows whose clean image is classified rightly. */
  int[] correct() {
    return rows(i -> right[i]);
  }

  /** The rows that stood everything so far. */
  int[] standing() {
    return rows(i -> right[i] && !fooled[i]);
  }

  private int[] rows(IntPredicate chosen) {
    return IntStream.range(0, ids.length).filter(chosen).toArray();
  }

  /**
   * Attacks some rows, within the ball of the claim or within a smaller one: whoever is fooled no
   * longer stands.
   *
   * @return the rows that were fooled
   * @throws StoppedException if the engine was stopped before it was done with all
   */
  int[] attack(Attack attack, int... rows) {
    int[] broken = attackElsewhere(attack, rows);
    for (int i : broken) {
      fooled[i] = true;
    }
    return broken;
  }

  /** The same within another ball: says nothing on who stands in this one. */
  int[] attackElsewhere(Attack attack, int... rows) {
    return attackElsewhere(model, attack, rows);
  }

  /** The same on a variant of the model. */
  int[] attackElsewhere(Classifier variant, Attack attack, int... rows) {
    if (rows.length == 0) {
      return rows;
    }
    try (Scope scope = Scope.open()) {
      AttackResult result =
          attack.perturb(variant, samples.select(rows), new Misclassify(), engine);
      forwards += result.total(Outcome::forwards);
      backwards += result.total(Outcome::backwards);
      if (result.count(Outcome.Verdict.UNTRIED) > 0) {
        throw new StoppedException();
      }
      return IntStream.range(0, rows.length)
          .filter(r -> result.outcomes().get(r).fooled())
          .map(r -> rows[r])
          .toArray();
    }
  }

  /** Takes rows as fooled within the ball of the claim: an image was found. */
  void mark(int... rows) {
    for (int i : rows) {
      fooled[i] = true;
    }
  }

  List<Long> ids(int... rows) {
    List<Long> list = new ArrayList<>();
    for (int row : rows) {
      list.add(ids[row]);
    }
    return list;
  }

  void book(long forwardRows, long backwardRows) {
    forwards += forwardRows;
    backwards += backwardRows;
  }

  long forwards() {
    return forwards;
  }

  long backwards() {
    return backwards;
  }

  /** At most {@code most} of the rows, spread evenly. */
  static int[] some(int[] rows, int most) {
    int m = Math.min(rows.length, most);
    return IntStream.range(0, m).map(r -> rows[(int) ((long) r * rows.length / m)]).toArray();
  }
}
