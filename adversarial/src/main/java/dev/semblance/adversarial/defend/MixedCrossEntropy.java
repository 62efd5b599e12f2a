package dev.semblance.adversarial.defend;

import dev.semblance.core.Source;
import dev.semblance.core.tensor.Check;
import dev.semblance.core.tensor.Ops;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code cleanShare L(f(x), y) + (1 - cleanShare) L(f(x'), y)}, L the cross entropy. Share 0 is the
 * min-max training of madry2018towards, share 1 plain training.
 *
 * @param cleanShare in [0, 1]; images with no share do not go through the net
 */
@Source(key = "goodfellow2015explaining", where = "section 6 (alpha = cleanShare)")
@Source(key = "madry2018towards", where = "Eq. (2.1)")
public record MixedCrossEntropy(double cleanShare) implements RobustLoss {
  public MixedCrossEntropy {
    Check.between("cleanShare", cleanShare, 0, 1);
  }

  @Override
  public Value of(UnaryOperator<Tensor> logits, Tensor clean, Tensor adversarial, Tensor labels) {
    if (cleanShare == 0 || cleanShare == 1) {
      Tensor only = logits.apply(cleanShare == 1 ? clean : adversarial);
      return new Value(torch.cross_entropy_loss(only, labels), only);
    }
    Tensor onClean = torch.cross_entropy_loss(logits.apply(clean), labels);
    Tensor z = logits.apply(adversarial);
    Tensor onAdversarial = torch.cross_entropy_loss(z, labels);
    return new Value(
        onClean.mul(Ops.scalar(cleanShare)).add(onAdversarial.mul(Ops.scalar(1 - cleanShare))), z);
  }
}
