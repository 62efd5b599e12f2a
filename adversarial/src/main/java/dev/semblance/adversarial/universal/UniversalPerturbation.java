package dev.semblance.adversarial.universal;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a {@link UniversalAttack} found, and what it cost.
 *
 * @param values of the images' type, [1, ...], inside the attack's ball around 0
 * @param climb what the attack climbs, after each pass over the images; each attack says what it is
 * @param forwards rows that went through the model
 * @param backwards rows whose gradient was used
 */
public record UniversalPerturbation(
    Tensor values, List<Double> climb, long forwards, long backwards) {
  public UniversalPerturbation {
    climb = List.copyOf(climb);
  }
}
