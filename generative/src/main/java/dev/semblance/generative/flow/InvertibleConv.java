package dev.semblance.generative.flow;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import java.util.function.Consumer;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An invertible mixing of channels, the same at each place (a 1x1 convolution), or of the columns
 * of vectors: {@code y = W x}, log-determinant {@code h w log |det W|}. It begins as a random
 * rotation.
 *
 * @param weight how W is parametrised
 */
@Source(key = "kingma2018glow", where = "section 3.2, Eqs. (9)-(11)")
public record InvertibleConv(Weight weight) implements Bijection {
  /** A square matrix and its determinant. */
  public sealed interface Weight {
    /** W: [c, c]. */
    Tensor matrix();

    /** log |det W|: one value. */
    Tensor logDet();
  }

  /**
   * W itself.
   *
   * @param matrix [c, c]
   */
  public record Plain(Tensor matrix) implements Weight {
    @Override
    public Tensor logDet() {
      return Ops.factorise(() -> torch.linalg_slogdet(matrix)).get1();
    }
  }

  /**
   * {@code W = P L (U + diag(sign exp(logScale)))}: the determinant costs a sum.
   *
   * @param permutation P: [c, c], not trained
   * @param sign of the diagonal: [c], not trained
   * @param lower [c, c]; only what stands below the diagonal is used
   * @param upper [c, c]; only what stands above the diagonal is used
   * @param logScale [c]
   */
  public record Plu(Tensor permutation, Tensor sign, Tensor lower, Tensor upper, Tensor logScale)
      implements Weight {
    @Override
    public Tensor matrix() {
      Tensor l = lower.tril(-1).add(torch.eye(lower.size(0)).to(lower.scalar_type()));
      Tensor u = upper.triu(1).add(sign.mul(logScale.exp()).diag());
      return permutation.matmul(l).matmul(u);
    }

    @Override
    public Tensor logDet() {
      return logScale.sum();
    }
  }

  /** A plain matrix {@code name.weight}. */
  public static InvertibleConv plain(Weights weights, String name, int channels, long seed) {
    Tensor matrix = weights.constant(name + ".weight", 0, channels, channels);
    rotate(name, channels, seed, matrix::copy_);
    return new InvertibleConv(new Plain(matrix));
  }

  /** Factors {@code name.permutation, name.sign, name.lower, name.upper, name.log_scale}. */
  public static InvertibleConv plu(Weights weights, String name, int channels, long seed) {
    Plu plu =
        new Plu(
            weights.buffer(name + ".permutation", 0, channels, channels),
            weights.buffer(name + ".sign", 1, channels),
            weights.constant(name + ".lower", 0, channels, channels),
            weights.constant(name + ".upper", 0, channels, channels),
            weights.constant(name + ".log_scale", 0, channels));
    rotate(
        name,
        channels,
        seed,
        rotation -> {
          T_TensorTensorTensor_T factors = Ops.factorise(() -> torch.linalg_lu(rotation));
          plu.permutation.copy_(factors.get0());
          plu.lower.copy_(factors.get1().tril(-1));
          plu.upper.copy_(factors.get2().triu(1));
          Tensor diagonal = factors.get2().diag();
          plu.sign.copy_(diagonal.sign());
          plu.logScale.copy_(diagonal.abs().log());
        });
    return new InvertibleConv(plu);
  }

  private static void rotate(String name, int channels, long seed, Consumer<Tensor> into) {
    try (Scope scope = Scope.open()) {
      double[] values = new double[Math.multiplyExact(channels, channels)];
      Rng rng = Rng.of(seed, Rng.Purpose.WEIGHTS, name.hashCode(), values.length);
      for (int i = 0; i < values.length; i++) {
        values[i] = rng.gaussian();
      }
      Tensor rotation =
          Ops.factorise(() -> torch.linalg_qr(Ops.doubles(values, channels, channels))).get0();
      Ops.withoutGradient(() -> into.accept(rotation.to(ScalarType.Float)));
    }
  }

  @Override
  public Mapped forward(Tensor x, Condition condition) {
    return apply(x, weight.matrix(), weight.logDet());
  }

  @Override
  public Mapped inverse(Tensor z, Condition condition) {
    return apply(z, Ops.factorise(() -> torch.linalg_inv(weight.matrix())), weight.logDet().neg());
  }

  private static Mapped apply(Tensor x, Tensor matrix, Tensor logDet) {
    if (x.dim() == 2) {
      return new Mapped(torch.linear(x, matrix), logDet.expand(x.size(0)));
    }
    Tensor y = torch.conv2d(x, matrix.unsqueeze(2).unsqueeze(3));
    // Each place adds its own.
    return new Mapped(y, logDet.mul(Ops.scalar(x.size(2) * x.size(3))).expand(x.size(0)));
  }
}
