package dev.semblance.adversarial.verdict;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.access.Inspectable;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Checks 1 to 3: whether the model can be measured at all. */
final class ModelChecks {
  private static final int PASSES = 5;
  private static final int TOGETHER = 256;
  private static final double PROBABILITY = 1e-5;
  private static final double DRIFT = 1e-4;

  private ModelChecks() {}

  /**
   * The findings, and which samples are classified rightly.
   *
   * @param right row by row
   */
  record Result(List<Finding> findings, boolean[] right) {}

  static Result of(Classifier model, Samples samples) {
    String before = digest(model);
    double[][] first = logits(model, samples);
    String after = digest(model);
    double[][] last = first;
    double drift = 0;
    boolean[] right = right(first, samples);
    List<Long> changed = new ArrayList<>();
    for (int pass = 1; pass < PASSES; pass++) {
      last = logits(model, samples);
      for (int i = 0; i < first.length; i++) {
        drift = Math.max(drift, distance(first[i], last[i]));
      }
      boolean[] again = right(last, samples);
      for (int i = 0; i < right.length; i++) {
        if (again[i] != right[i] && !changed.contains(samples.ids()[i])) {
          changed.add(samples.ids()[i]);
        }
      }
    }
    return new Result(
        List.of(logitsOrNot(first), still(drift, changed), unaltered(before, after)), right);
  }

  private static Finding logitsOrNot(double[][] logits) {
    boolean probabilities = true;
    for (double[] row : logits) {
      double sum = Arrays.stream(row).sum();
      probabilities &= Math.abs(sum - 1) <= PROBABILITY;
      for (double z : row) {
        probabilities &= z >= -PROBABILITY && z <= 1 + PROBABILITY;
      }
    }
    return new Finding(
        1,
        "outputs are logits",
        probabilities ? Finding.Grade.REFUSED : Finding.Grade.PASSED,
        probabilities ? 1 : 0,
        0,
        probabilities
            ? "every output is in 0..1 and every row sums to 1: these are probabilities, whose"
                + " gradients vanish; give the model without its softmax"
            : "no sign of a softmax at the end",
        List.of());
  }

  private static Finding still(double drift, List<Long> changed) {
    boolean random = drift > DRIFT || !changed.isEmpty();
    return new Finding(
        2,
        "the model is deterministic",
        random ? Finding.Grade.SUSPECT : Finding.Grade.PASSED,
        drift,
        DRIFT,
        random
            ? "the same images get other logits at another pass, or another answer: attack the"
                + " mean over the model's randomness (EOT), not one draw of it"
            : PASSES + " passes agree",
        changed);
  }

  private static Finding unaltered(String before, String after) {
    String title = "the model does not alter itself";
    if (before.isEmpty()) {
      return Finding.skipped(3, title, "the model does not show its weights");
    }
    boolean same = before.equals(after);
    return new Finding(
        3,
        title,
        same ? Finding.Grade.PASSED : Finding.Grade.REFUSED,
        same ? 0 : 1,
        0,
        same
            ? "weights and buffers are the same after a pass"
            : "weights or buffers change when it answers: it runs in training mode or adapts to its"
                + " input; fix it first",
        List.of());
  }

  private static boolean[] right(double[][] logits, Samples samples) {
    long[] labels = Ops.toLongs(samples.labels());
    boolean[] right = new boolean[logits.length];
    for (int i = 0; i < logits.length; i++) {
      int best = 0;
      for (int k = 1; k < logits[i].length; k++) {
        best = logits[i][k] > logits[i][best] ? k : best;
      }
      right[i] = best == labels[i];
    }
    return right;
  }

  /** Between the directions of two rows of logits: independent of their scale. */
  private static double distance(double[] a, double[] b) {
    double normA = Math.sqrt(Arrays.stream(a).map(z -> z * z).sum());
    double normB = Math.sqrt(Arrays.stream(b).map(z -> z * z).sum());
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      double difference =
          a[k] / Math.max(normA, Double.MIN_NORMAL) - b[k] / Math.max(normB, Double.MIN_NORMAL);
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  private static double[][] logits(Classifier model, Samples samples) {
    int n = samples.size();
    double[][] rows = new double[n][];
    for (int from = 0; from < n; from += TOGETHER) {
      try (Scope scope = Scope.open()) {
        int first = from;
        int m = Math.min(TOGETHER, n - from);
        Tensor logits =
            Ops.withoutGradient(() -> model.logits(samples.images().narrow(0, first, m)));
        double[] flat = Ops.toDoubles(logits.to(ScalarType.Double));
        int k = flat.length / m;
        for (int i = 0; i < m; i++) {
          rows[from + i] = Arrays.copyOfRange(flat, i * k, (i + 1) * k);
        }
      }
    }
    return rows;
  }

  private static String digest(Classifier model) {
    if (!(model instanceof Inspectable inspectable)) {
      return "";
    }
    try (Scope scope = Scope.open()) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Map.Entry<String, Tensor> entry : new TreeMap<>(inspectable.weights()).entrySet()) {
        digest.update(entry.getKey().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        double[] values = Ops.toDoubles(entry.getValue().detach().to(ScalarType.Double).flatten());
        java.nio.ByteBuffer buffer = java.nio.ByteBuffer.allocate(8 * values.length);
        for (double value : values) {
          buffer.putDouble(value);
        }
        digest.update(buffer.array());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every JDK", e);
    }
  }
}
