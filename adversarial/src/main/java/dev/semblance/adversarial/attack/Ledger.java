package dev.semblance.adversarial.attack;

import dev.semblance.adversarial.attack.Outcome.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What was spent on each sample of a run, and what came of it. */
final class Ledger {
  private final long[] ids;
  private final Outcome[] outcomes;
  private final long[] forwards;
  private final long[] backwards;
  private final long[] zeros;
  private final int[] taken;

  /** Of the image that is kept: infinite while there is none. */
  private final double[] nearest;

  private final int[] foundAt;
  private int done = 0;

  Ledger(long[] ids) {
    int n = ids.length;
    this.ids = ids;
    this.outcomes = new Outcome[n];
    this.forwards = new long[n];
    this.backwards = new long[n];
    this.zeros = new long[n];
    this.taken = new int[n];
    this.nearest = new double[n];
    this.foundAt = new int[n];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
  }

  void forwards(int i, int passes) {
    forwards[i] += passes;
  }

  void backwards(int i, int passes, boolean zero) {
    backwards[i] += passes;
    zeros[i] += zero ? 1 : 0;
  }

  void stepped(int i) {
    taken[i]++;
  }

  int steps(int i) {
    return taken[i];
  }

  boolean ended(int i) {
    return outcomes[i] != null;
  }

  int done() {
    return done;
  }

  @Nullable String reason(int i) {
    return outcomes[i].reason();
  }

  /** Books a success; whether it is the nearest so far, and its image therefore to be kept. */
  boolean claim(int i, double distance) {
    boolean nearer = distance < nearest[i];
    if (nearer) {
      nearest[i] = distance;
      foundAt[i] = taken[i];
    }
    return nearer;
  }

  boolean claimed(int i) {
    return nearest[i] < Double.POSITIVE_INFINITY;
  }

  /** The attack has nothing more to try on the sample. */
  void end(int i) {
    end(i, claimed(i) ? Verdict.UNCONFIRMED : Verdict.WITHSTOOD, null);
  }

  /** The attack cannot go on; what it has found before counts. */
  void giveUp(int i, String reason) {
    end(i, claimed(i) ? Verdict.UNCONFIRMED : Verdict.GIVEN_UP, claimed(i) ? null : reason);
  }

  void end(int i, Verdict verdict, @Nullable String reason) {
    done += outcomes[i] == null ? 1 : 0;
    double distance = verdict == Verdict.MISCLASSIFIED ? 0 : Double.POSITIVE_INFINITY;
    outcomes[i] = outcome(i, verdict, claimed(i) ? foundAt[i] : taken[i], distance, false, reason);
  }

  /**
   * Ends the run early. Misclassified samples behind the first that still waits are untried as
   * well: counted without their neighbours they would spoil the accuracy of the others.
   */
  void stop(int[] waiting, int... working) {
    for (int i : working) {
      if (claimed(i)) {
        end(i);
      } else {
        end(i, Verdict.UNTRIED, "stopped at step " + taken[i]);
      }
    }
    int first = IntStream.of(waiting).min().orElse(outcomes.length);
    for (int i = first; i < outcomes.length; i++) {
      if (outcomes[i] == null || outcomes[i].verdict() == Verdict.MISCLASSIFIED) {
        end(i, Verdict.UNTRIED, "stopped before its turn");
      }
    }
  }

  void confirm(int i, boolean good, double distance, boolean eight, @Nullable String failure) {
    String reason = failure == null ? "claimed, but not confirmed on the stored image" : failure;
    outcomes[i] =
        outcome(
            i,
            good ? Verdict.FOOLED : Verdict.UNCONFIRMED,
            foundAt[i],
            good ? distance : Double.POSITIVE_INFINITY,
            good && eight,
            good ? null : reason);
  }

  private Outcome outcome(
      int i,
      Verdict verdict,
      int steps,
      double distance,
      boolean eightBit,
      @Nullable String reason) {
    return new Outcome(
        ids[i],
        verdict,
        steps,
        forwards[i],
        backwards[i],
        zeros[i],
        0,
        distance,
        eightBit,
        reason,
        0);
  }

  List<Outcome> outcomes() {
    return Arrays.asList(outcomes);
  }
}
