package dev.semblance.core.tensor;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/** Shapes of tensors as people read them. */
public final class Shapes {
  private Shapes() {}

  /** For instance {@code [8, 3, 32, 32]}. */
  public static String of(Tensor tensor) {
    return Arrays.toString(tensor.shape());
  }

  /** The shapes of several tensors, comma separated. */
  public static String of(Tensor... tensors) {
    StringBuilder text = new StringBuilder();
    for (Tensor t : tensors) {
      text.append(text.isEmpty() ? "" : ", ").append(of(t));
    }
    return text.toString();
  }

  /** The number of elements of a shape. Refuses a negative length and overflow. */
  public static long count(long... shape) {
    long product = 1;
    for (long length : shape) {
      product = Math.multiplyExact(product, Check.atLeast("length", length, 0));
    }
    return product;
  }
}
