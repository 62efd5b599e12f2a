package dev.semblance.app;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.ball.Ball;
import dev.semblance.adversarial.universal.Control;
import dev.semblance.adversarial.universal.FoolingRate;
import dev.semblance.adversarial.universal.Panel;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * How often one perturbation fools, and what it is to be compared with.
 *
 * @param heldOut on images it was not found on
 * @param training on those it was found on
 * @param noise of random signs of the same size, held out
 * @param shuffled of the same values in random order, held out
 */
record FoolingRates(
    FoolingRate heldOut, FoolingRate training, FoolingRate noise, FoolingRate shuffled) {
  static FoolingRates measure(
      Classifier model,
      Tensor perturbation,
      Ball ball,
      Tensor training,
      Tensor heldOut,
      long seed) {
    Panel panel = Panel.of(model, heldOut);
    return new FoolingRates(
        panel.rate(perturbation, ball),
        Panel.of(model, training).rate(perturbation, ball),
        panel.rate(Control.signs(ball, perturbation, model.box(), seed), ball),
        panel.rate(Control.shuffled(perturbation, seed), ball));
  }

  /** In the order they are told, by their names in JSON. */
  Map<String, FoolingRate> byName() {
    Map<String, FoolingRate> rates = new LinkedHashMap<>();
    rates.put("held_out", heldOut);
    rates.put("training", training);
    rates.put("noise", noise);
    rates.put("shuffled", shuffled);
    return rates;
  }
}
