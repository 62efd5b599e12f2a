package dev.semblance.adversarial.certify;

import java.util.OptionalInt;

/**
 * What the smoothed classifier says of one image.
 *
 * @param answer the class, or nothing where the draws do not decide
 * @param radius no perturbation of smaller L2 norm changes the answer, with confidence {@code 1 -
 *     alpha}; 0 without an answer and for a mere prediction
 * @param probability lower bound of the answer's probability under noise; 0 for a mere prediction
 * @param forwards rows that went through the model
 */
public record Smoothed(OptionalInt answer, double radius, double probability, long forwards) {
  /** Whether nothing is said. */
  public boolean abstains() {
    return answer.isEmpty();
  }

  /** Whether this is proved: the answer is {@code label}, and stays within {@code at}. */
  public boolean certifies(int label, double at) {
    return answer.isPresent() && answer.getAsInt() == label && radius >= at;
  }
}
