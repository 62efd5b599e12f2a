package dev.semblance.generative.latent;

import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import org.bytedeco.pytorch.Tensor;

/**
 * Codes that differ in one value.
 *
 * @param from the value of the first one
 * @param to the value of the last one
 * @param steps at least 2
 */
public record Traversal(double from, double to, int steps) {
  public Traversal {
    Check.finite("from", from);
    Check.finite("to", to);
    Check.atLeast("steps", steps, 2);
  }

  /**
   * The code with its value {@code coordinate} at equal steps.
   *
   * @param code [d]
   * @param coordinate 0..d-1
   * @return float32 [steps, d], in the current scope
   */
  public Tensor of(Tensor code, int coordinate) {
    float[] values = Ops.toFloats(code);
    Check.between("coordinate", coordinate, 0, values.length - 1);
    float[] codes = new float[steps * values.length];
    for (int i = 0; i < steps; i++) {
      System.arraycopy(values, 0, codes, i * values.length, values.length);
      codes[i * values.length + coordinate] = (float) (from + (to - from) * i / (steps - 1));
    }
    return Ops.floats(codes, steps, values.length);
  }
}
