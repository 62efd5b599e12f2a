package dev.semblance.adversarial.defend;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * Images that the net gets wrong count more: {@code -log p_y(x') - log(1 - max_{k != y} p_k(x')) +
 * beta KL(p(x) || p(x')) (1 - p_y(x))}.
 *
 * <p>Differs from the paper's code in nothing but rounding: {@code log(1 - p_k)} is the logarithm
 * of the sum of all other probabilities, which needs no small number added to stay finite.
 *
 * @param beta weight of the last term, at least 0
 */
@Source(key = "wang2020mart", where = "Eqs. (8) and (11) (beta = lambda)")
public record Mart(double beta) implements RobustLoss {
  public Mart {
    Check.notNegative("beta", beta);
  }

  /** Beta 5, as in wang2020mart, section 4.1. */
  public static Mart of() {
    return new Mart(5);
  }

  @Override
  public Value of(UnaryOperator<Tensor> logits, Tensor clean, Tensor adversarial, Tensor labels) {
    Tensor here = logits.apply(clean).log_softmax(1);
    Tensor z = logits.apply(adversarial);
    Tensor there = z.log_softmax(1);
    Tensor column = labels.unsqueeze(1);
    Tensor own = there.gather(1, column).squeeze(1);
    Tensor boosted = own.add(logOfOthers(there, runnerUp(there, column))).neg(); // Eq. (8)
    Tensor doubt = here.gather(1, column).squeeze(1).exp().neg().add(Ops.scalar(1));
    Tensor moved = Trades.divergence(here, there).mul(doubt);
    return new Value(boosted.add(moved.mul(Ops.scalar(beta))).mean(), z); // Eq. (11)
  }

  /** The most likely class other than the label, [n, 1]. */
  private static Tensor runnerUp(Tensor log, Tensor labels) {
    return log.detach()
        .scatter(1, labels, Ops.scalar(Double.NEGATIVE_INFINITY))
        .argmax(new LongOptional(1), true);
  }

  /** {@code log(1 - p_k)} of each row for its class k, [n]. */
  private static Tensor logOfOthers(Tensor log, Tensor classes) {
    return log.scatter(1, classes, Ops.scalar(Double.NEGATIVE_INFINITY)).logsumexp(1);
  }
}
