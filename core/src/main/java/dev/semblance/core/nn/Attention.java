package dev.semblance.core.nn;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Self-attention over the positions of [n, c, h, w]: {@code x + out(softmax(q k^T / sqrt(c /
 * heads)) v)}, q, k and v linear in the normalised input. Begins as the identity.
 *
 * @param norm of the input
 * @param into q, k, v: c to 3 c
 * @param out c to c, zero at first
 * @param heads a divisor of c
 */
@Source(key = "vaswani2017attention", where = "Eq. (1), section 3.2.2")
@Source(key = "ho2020denoising", where = "Appendix B (in a U-Net)")
public record Attention(GroupNorm norm, Linear into, Linear out, int heads) {
  /** New weights {@code name.norm}, {@code name.in}, {@code name.out}. */
  public static Attention of(Weights weights, String name, int channels, int heads) {
    Check.atLeast("heads", heads, 1);
    if (channels % heads != 0) {
      throw new IllegalArgumentException(
          "heads must divide the " + channels + " channels, got " + heads);
    }
    double bound = Math.sqrt(3.0 / channels);
    return new Attention(
        GroupNorm.of(weights, name + ".norm", channels),
        new Linear(
            weights.uniform(name + ".in.weight", bound, 3L * channels, channels),
            weights.constant(name + ".in.bias", 0, 3L * channels)),
        new Linear(
            weights.constant(name + ".out.weight", 0, channels, channels),
            weights.constant(name + ".out.bias", 0, channels)),
        heads);
  }

  /** The same shape. */
  public Tensor apply(Tensor input) {
    long n = input.size(0);
    long c = input.size(1);
    long places = input.size(2) * input.size(3);
    // [n, places, c]: the memory order of channels last.
    Tensor tokens = norm.apply(input).permute(0, 2, 3, 1).reshape(n, places, c);
    TensorVector parts = into.apply(tokens).chunk(3, 2);
    Tensor mixed =
        torch.scaled_dot_product_attention(
            head(parts.get(0)), head(parts.get(1)), head(parts.get(2)));
    Tensor joined = out.apply(mixed.transpose(1, 2).reshape(n, places, c));
    return input.add(joined.view(n, input.size(2), input.size(3), c).permute(0, 3, 1, 2));
  }

  /** [n, places, c] to [n, heads, places, c / heads]. */
  private Tensor head(Tensor part) {
    return part.reshape(part.size(0), part.size(1), heads, part.size(2) / heads).transpose(1, 2);
  }
}
