package dev.semblance.adversarial.defend;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code L(f(x), y) + beta KL(p(x) || p(x'))}: right on clean images, and the same answer nearby.
 * The gradient flows through both predictions, as in the paper's code.
 *
 * @param beta weight of the second term, at least 0; 0 is plain training
 */
@Source(key = "zhang2019trades", where = "Eq. (5), Algorithm 1 (beta = 1 / lambda)")
public record Trades(double beta) implements RobustLoss {
  public Trades {
    Check.notNegative("beta", beta);
  }

  /** Beta 6, as for CIFAR-10 in zhang2019trades. */
  public static Trades of() {
    return new Trades(6);
  }

  @Override
  public Value of(UnaryOperator<Tensor> logits, Tensor clean, Tensor adversarial, Tensor labels) {
    Tensor z = logits.apply(clean);
    Tensor there = logits.apply(adversarial);
    Tensor moved = divergence(z.log_softmax(1), there.log_softmax(1)).mean();
    return new Value(torch.cross_entropy_loss(z, labels).add(moved.mul(Ops.scalar(beta))), there);
  }

  /**
   * {@code KL(p || q) = sum_k p_k (log p_k - log q_k)} of each row.
   *
   * @param p logarithms, [n, k]
   * @param q logarithms, [n, k]
   * @return [n]
   */
  static Tensor divergence(Tensor p, Tensor q) {
    return p.exp().mul(p.sub(q)).sum(1);
  }
}
