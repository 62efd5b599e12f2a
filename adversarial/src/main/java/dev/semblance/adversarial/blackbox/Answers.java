package dev.semblance.adversarial.blackbox;

import dev.semblance.adversarial.access.OracleUnavailableException;
import dev.semblance.adversarial.access.ScoreOracle;
import dev.semblance.adversarial.goal.Aim;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What the model said about a batch, row by row.
 *
 * @param scores [m, k]; NaN where there is no answer
 * @param failures what the model threw on a row by itself, or null where it answered
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Answers(Tensor scores, @Nullable RuntimeException[] failures) {
  /**
   * Asks about all images; where the model throws, about each half again, down to single rows.
   *
   * @return its scores in the caller's scope
   */
  static Answers ask(ScoreOracle.Scores model, Tensor images) {
    int m = (int) images.size(0);
    @Nullable RuntimeException[] failures = new RuntimeException[m];
    try (Scope scope = Scope.open()) {
      List<Tensor> parts = new ArrayList<>();
      ask(model, images, 0, m, parts, failures);
      long classes = 2; // a margin can be taken even where every row failed
      for (Tensor part : parts) {
        classes = Math.max(classes, part.size(1));
      }
      Tensor[] whole = new Tensor[parts.size()];
      for (int p = 0; p < whole.length; p++) {
        Tensor part = parts.get(p).to(ScalarType.Double);
        whole[p] = part.expand(part.size(0), classes);
      }
      return new Answers(
          scope.keep(whole.length == 1 ? whole[0] : torch.cat(new TensorVector(whole), 0)),
          failures);
    }
  }

  private static void ask(
      ScoreOracle.Scores model,
      Tensor images,
      int first,
      int count,
      List<Tensor> parts,
      @Nullable RuntimeException[] failures) {
    try {
      parts.add(model.of(images.narrow(0, first, count)));
    } catch (OracleUnavailableException gone) {
      throw gone;
    } catch (RuntimeException failure) {
      if (count == 1) {
        failures[first] = failure;
        parts.add(Ops.doubles(new double[] {Double.NaN}, 1, 1));
      } else {
        int half = count / 2;
        ask(model, images, first, half, parts, failures);
        ask(model, images, first + half, count - half, parts, failures);
      }
    }
  }

  /** Whether all scores of a row are finite. */
  boolean[] finite() {
    try (Scope scope = Scope.open()) {
      return Ops.toBooleans(torch.isfinite(scores).all(1));
    }
  }

  /** The margin of each row; means nothing where scores are not finite. */
  double[] margin(Aim aim) {
    try (Scope scope = Scope.open()) {
      return Ops.toDoubles(aim.margin(scores));
    }
  }

  /** Which rows have finite scores and reach the aim. */
  boolean[] reached(Aim aim) {
    try (Scope scope = Scope.open()) {
      return Ops.toBooleans(aim.reached(scores).logical_and(torch.isfinite(scores).all(1)));
    }
  }

  /** Whether the model answered the row at all: only then was it a query. */
  boolean answered(int row) {
    return failures[row] == null;
  }

  /** Why a row without finite scores has none. */
  String reason(int row, String where) {
    RuntimeException failure = failures[row];
    if (failure == null) {
      return "scores not finite " + where;
    }
    String message = String.valueOf(failure.getMessage());
    return "the model failed " + where + ": " + message.lines().findFirst().orElse("");
  }
}
