package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A time and, if there are classes, a class as a vector: cosines and sines of the time at
 * frequencies from 1 down to about 1/10000, two linear maps with SiLU between them, plus a row of a
 * table for the class; SiLU.
 *
 * @param first sines to width
 * @param second width to width
 * @param table [classes + 1, width], the last row for no class; absent without classes
 */
@Source(key = "vaswani2017attention", where = "section 3.5")
@Source(key = "ho2020denoising", where = "Appendix B")
public record TimeEmbedding(Linear first, Linear second, @Nullable Tensor table) {
  private static final double LONGEST = 10000;

  /**
   * New weights {@code name.first}, {@code name.second} and {@code name.classes}.
   *
   * @param sines an even number
   * @param width of the vector
   * @param classes 0: none
   */
  public static TimeEmbedding of(Weights weights, String name, int sines, int width, int classes) {
    Check.atLeast("sines", sines, 2);
    if (sines % 2 != 0) {
      throw new IllegalArgumentException("sines must be even, got " + sines);
    }
    return new TimeEmbedding(
        Linear.of(weights, name + ".first", sines, width),
        Linear.of(weights, name + ".second", width, width),
        classes == 0 ? null : weights.normal(name + ".classes", 1, classes + 1L, width));
  }

  /**
   * The vectors.
   *
   * @param time floating point [n]
   * @param classes int64 [n], -1: no class; ignored without a table
   * @return of time's type, [n, width]
   */
  public Tensor apply(Tensor time, @Nullable Tensor classes) {
    try (Scope scope = Scope.open()) {
      int half = Math.toIntExact(first.weight().size(1) / 2);
      double[] frequencies = new double[half];
      for (int i = 0; i < half; i++) {
        frequencies[i] = Math.exp(-Math.log(LONGEST) * i / half);
      }
      Tensor angles =
          time.view(-1, 1).mul(Ops.doubles(frequencies, 1, half).to(time.scalar_type()));
      Tensor waves = torch.cat(new TensorVector(angles.cos(), angles.sin()), 1);
      Tensor vector = second.apply(torch.silu(first.apply(waves)));
      if (table != null) {
        vector = vector.add(table.index_select(0, rows(table, classes, time.size(0))));
      }
      return scope.keep(torch.silu(vector));
    }
  }

  private static Tensor rows(Tensor table, @Nullable Tensor classes, long n) {
    long last = table.size(0) - 1;
    if (classes == null) {
      long[] none = new long[Math.toIntExact(n)];
      Arrays.fill(none, last);
      return Ops.longs(none);
    }
    long[] rows = Ops.toLongs(Check.labels("classes", classes, n));
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] < -1 || rows[i] >= last) {
        throw new IllegalArgumentException("class must be 0.." + (last - 1) + ", got " + rows[i]);
      }
      rows[i] = rows[i] == -1 ? last : rows[i];
    }
    return Ops.longs(rows);
  }
}
