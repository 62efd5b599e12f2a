package dev.semblance.generative.autoencoder;

import dev.semblance.core.Source;
import dev.semblance.core.nn.Weights;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * What is added to the reconstruction loss. Those on weights are parts of the loss, {@code L1 sum
 * |w| + L2 sum w^2}; under Adam this is not the decoupled decay of {@link
 * dev.semblance.core.train.Optimizer.AdamW}.
 *
 * @param weightL1 of the weights
 * @param weightL2 of the weights
 * @param biasL1 of the biases
 * @param biasL2 of the biases
 * @param codeL1 {@code sum_j |z_j|}, a mean over the batch; the columns of the decoder's first map
 *     are kept at unit length with it, or the code would shrink and the decoder grow
 * @param codeL2 {@code sum_j z_j^2}, a mean over the batch
 * @param sparsity factor of {@code sum_j KL(target, mean of z_j over the batch)}, for codes in 0..1
 * @param target share of the images that switch a code value on, in (0, 1)
 */
@Source(key = "ng2011sparse", where = "section 3")
public record Penalties(
    double weightL1,
    double weightL2,
    double biasL1,
    double biasL2,
    double codeL1,
    double codeL2,
    double sparsity,
    double target) {
  // Keeps the logarithms finite where a unit is saturated over a whole batch.
  private static final double EDGE = 1e-6;

  public Penalties {
    Check.notNegative("weightL1", weightL1);
    Check.notNegative("weightL2", weightL2);
    Check.notNegative("biasL1", biasL1);
    Check.notNegative("biasL2", biasL2);
    Check.notNegative("codeL1", codeL1);
    Check.notNegative("codeL2", codeL2);
    Check.notNegative("sparsity", sparsity);
    Check.between("target", target, EDGE, 1 - EDGE);
  }

  /** None. */
  public static Penalties none() {
    return new Penalties(0, 0, 0, 0, 0, 0, 0, 0.05); // ng2011sparse: target 0.05
  }

  /**
   * Their sum, differentiable; empty where all factors are 0.
   *
   * @param code float32 [n, k]
   */
  List<Tensor> of(Tensor code, Weights weights) {
    List<Tensor> terms = new ArrayList<>();
    for (Map.Entry<String, Tensor> parameter : weights.parameters().entrySet()) {
      boolean bias = parameter.getKey().endsWith(".bias");
      add(terms, parameter.getValue(), bias ? biasL1 : weightL1, bias ? biasL2 : weightL2);
    }
    double each = 1.0 / code.size(0);
    add(terms, code, codeL1 * each, codeL2 * each);
    if (sparsity > 0) {
      Tensor mean = code.mean(0).clamp(optional(EDGE), optional(1 - EDGE));
      Tensor on = mean.log().mul(Ops.scalar(target));
      Tensor off = mean.neg().add(Ops.scalar(1)).log().mul(Ops.scalar(1 - target));
      double entropy = target * Math.log(target) + (1 - target) * Math.log(1 - target);
      terms.add(on.add(off).neg().add(Ops.scalar(entropy)).sum().mul(Ops.scalar(sparsity)));
    }
    return terms;
  }

  private static ScalarOptional optional(double value) {
    return new ScalarOptional(Ops.scalar(value));
  }

  private static void add(List<Tensor> terms, Tensor values, double first, double second) {
    if (first > 0) {
      terms.add(values.abs().sum().mul(Ops.scalar(first)));
    }
    if (second > 0) {
      terms.add(values.square().sum().mul(Ops.scalar(second)));
    }
  }
}
