package dev.semblance.adversarial.universal;

import dev.semblance.adversarial.access.Classifier;
import org.bytedeco.pytorch.Tensor;

/**
 * Looks for one perturbation that changes the model's answer on as many images as it can.
 *
 * <p>No labels are needed: what is to change is the model's own answer. How good the result is says
 * only {@link Panel#rate} on images that were not given here.
 */
@FunctionalInterface
public interface UniversalAttack {
  /**
   * A perturbation for images like these.
   *
   * @param model the gradients come from
   * @param images float32 or float64 [n, ...] in the model's box, n at least 1
   * @return in the caller's scope
   */
  UniversalPerturbation find(Classifier model, Tensor images);
}
