package dev.semblance.generative.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

final class DenoiserTest {
  private static final NoiseSchedule CHAIN = NoiseSchedule.of(NoiseSchedule.Rule.LINEAR, 1000);
  private static final double[] SIGMAS = {CHAIN.leastSigma(), 0.3, 5, CHAIN.mostSigma()};

  /** One image of one value at each of the levels. */
  private static Tensor images(double... values) {
    return Ops.doubles(values, values.length, 1, 1, 1);
  }

  private static Tensor sigmas() {
    return Ops.doubles(SIGMAS, SIGMAS.length);
  }

  @Test
  void exactAnswersInAnyTermsGiveTheImage() {
    double[] image = {0.7, -0.2, 0.4, -0.9};
    double[] noise = {-1.3, 0.8, 0.1, 2.1};
    double[] x = new double[4];
    double[] v = new double[4];
    double[] velocity = new double[4];
    double[] edm = new double[4];
    for (int i = 0; i < 4; i++) {
      x[i] = image[i] + SIGMAS[i] * noise[i];
      double alpha = 1 / Math.sqrt(1 + SIGMAS[i] * SIGMAS[i]);
      // salimans2022progressive, Appendix D; lipman2023flow, Eq. (23); karras2022, Eq. (8).
      v[i] = alpha * noise[i] - alpha * SIGMAS[i] * image[i];
      velocity[i] = image[i] - noise[i];
      double total = SIGMAS[i] * SIGMAS[i] + 0.25;
      edm[i] = (image[i] - 0.25 / total * x[i]) / (SIGMAS[i] * 0.5 / Math.sqrt(total));
    }
    try (Scope scope = Scope.open()) {
      List<Denoiser> denoisers =
          List.of(
              Denoiser.ofEpsilon((input, time) -> images(noise), CHAIN),
              Denoiser.ofX0((input, time) -> images(image), CHAIN),
              Denoiser.ofV((input, time) -> images(v), CHAIN),
              Denoiser.ofVelocity((input, time) -> images(velocity)),
              Denoiser.ofEdm((input, time) -> images(edm), 0.5));
      for (Denoiser denoiser : denoisers) {
        double[] denoised = Ops.toDoubles(denoiser.denoise(images(x), sigmas()));
        for (int i = 0; i < 4; i++) {
          // At the noisy end the image is a difference of numbers 150 times its size.
          assertThat(denoised[i]).isCloseTo(image[i], within(1e-15 * (10 + 10 * SIGMAS[i])));
        }
      }
    }
  }

  @Test
  void noiseToImageToVAndBackIsTheIdentity() {
    for (int t : new int[] {0, 500, 999}) {
      double alpha = Math.sqrt(CHAIN.alphaBar(t));
      double sigma = CHAIN.sigma(t);
      Preconditioning.Scales epsilon = Preconditioning.epsilon(CHAIN).at(sigma);
      Preconditioning.Scales v = Preconditioning.v(CHAIN).at(sigma);
      double noise = 1.7;
      double x = 0.6 + sigma * noise;
      double image = epsilon.skip() * x + epsilon.out() * noise;
      double told = (image - v.skip() * x) / v.out();
      double imageAgain = v.skip() * x + v.out() * told;
      double back = (imageAgain - epsilon.skip() * x) / epsilon.out();
      assertThat(back).isCloseTo(noise, within(1e-12));
      assertThat(told).isCloseTo(alpha * noise - alpha * sigma * image, within(1e-12));
      // eps = sigma_t x_t + alpha v
      assertThat(alpha * sigma * alpha * x + alpha * told).isCloseTo(noise, within(1e-12));
    }
  }

  @Test
  void aNetSeesItsOwnScaleAndTime() {
    double sigma = CHAIN.sigma(321);
    assertThat(Preconditioning.epsilon(CHAIN).at(sigma).in())
        .isCloseTo(Math.sqrt(CHAIN.alphaBar(321)), within(1e-14));
    assertThat(Preconditioning.x0(CHAIN).at(sigma).time()).isCloseTo(321, within(1e-9));
    assertThat(Preconditioning.v(CHAIN).at(Math.sqrt(sigma * CHAIN.sigma(322))).time())
        .isCloseTo(321.5, within(1e-9));
    assertThat(Preconditioning.velocity().at(3))
        .extracting("in", "time")
        .containsExactly(0.25, 0.25);
    assertThat(Preconditioning.edm(0.5).at(2).in()).isCloseTo(1 / Math.sqrt(4.25), within(1e-15));
    assertThat(Preconditioning.edm(0.5).at(2).time()).isCloseTo(Math.log(2) / 4, within(1e-15));
  }

  @Test
  void edmsAnswersHaveUnitVarianceForDataOfItsDeviation() {
    // Var(F*) = (Var(x0) (1 - skip)^2 + skip^2 sigma^2) / out^2, Karras et al. 2022, Eq. (120).
    for (double sigma : SIGMAS) {
      Preconditioning.Scales at = Preconditioning.edm(0.7).at(sigma);
      double variance =
          (0.49 * Math.pow(1 - at.skip(), 2) + Math.pow(at.skip() * sigma, 2))
              / (at.out() * at.out());
      assertThat(variance).isCloseTo(1, within(1e-9));
      assertThat(at.in() * at.in() * (0.49 + sigma * sigma)).isCloseTo(1, within(1e-12));
    }
  }

  @Test
  void theWeightsAreThoseOfThePapers() {
    for (double sigma : SIGMAS) {
      double ratio = 1 / (sigma * sigma);
      Preconditioning epsilon = Preconditioning.epsilon(CHAIN);
      Preconditioning v = Preconditioning.v(CHAIN);
      // hang2023efficient: one weight of the image's error in three forms.
      double weight = Weighting.MIN_SNR.at(sigma, epsilon, 5, 0.5);
      assertThat(weight).isEqualTo(Math.min(ratio, 5));
      assertThat(weight / epsilon.at(sigma).ownWeight())
          .isCloseTo(Math.min(ratio, 5) / ratio, within(1e-12));
      assertThat(weight / v.at(sigma).ownWeight())
          .isCloseTo(Math.min(ratio, 5) / (ratio + 1), within(1e-12));
      assertThat(Weighting.MIN_SNR.at(sigma, v, 5, 0.5)).isEqualTo(weight);
      // karras2022elucidating, Table 1.
      Preconditioning edm = Preconditioning.edm(0.5);
      double out = edm.at(sigma).out();
      assertThat(Weighting.OWN.at(sigma, edm, 5, 0.5) * out * out).isCloseTo(1, within(1e-12));
      assertThat(Weighting.EDM.at(sigma, v, 5, 0.5))
          .isCloseTo((sigma * sigma + 0.25) / Math.pow(sigma * 0.5, 2), within(1e-9));
      assertThat(Weighting.OWN.at(sigma, Preconditioning.velocity(), 5, 0.5))
          .isCloseTo(Math.pow(1 + 1 / sigma, 2), within(1e-8));
      assertThat(Weighting.IMAGE.at(sigma, v, 5, 0.5)).isEqualTo(1);
    }
  }

  @Test
  void guidanceAsksBothOnlyWhereBothCount() {
    try (Scope scope = Scope.open()) {
      AtomicInteger with = new AtomicInteger();
      AtomicInteger without = new AtomicInteger();
      Denoiser conditional = counted(with, 3);
      Denoiser unconditional = counted(without, 1);
      List<Double> results = new ArrayList<>();
      for (double guidance : new double[] {1, 0, 2.5}) {
        results.add(
            Denoiser.guided(conditional, unconditional, guidance)
                .denoise(images(0, 0, 0, 0), sigmas())
                .max()
                .item_double());
      }
      assertThat(results).containsExactly(3.0, 1.0, 6.0);
      assertThat(with).hasValue(2);
      assertThat(without).hasValue(2);
    }
    assertThatThrownBy(() -> Denoiser.guided((x, s) -> x, (x, s) -> x, Double.NaN))
        .hasMessageContaining("guidance must be finite");
  }

  private static Denoiser counted(AtomicInteger calls, double answer) {
    return (x, sigma) -> {
      calls.incrementAndGet();
      return torchFull(x, answer);
    };
  }

  private static Tensor torchFull(Tensor x, double value) {
    return x.mul(Ops.scalar(0)).add(Ops.scalar(value));
  }

  @Test
  void clippingHoldsTheImageInItsRange() {
    try (Scope scope = Scope.open()) {
      Denoiser same = (x, sigma) -> x;
      assertThat(Ops.toDoubles(same.clipped(-1, 1).denoise(images(-3, 0.5, 1, 9), sigmas())))
          .containsExactly(-1, 0.5, 1, 1);
      assertThatThrownBy(() -> same.clipped(1, 1)).hasMessageContaining("low must be < high");
    }
  }

  @Test
  void everyImageNeedsItsNoiseLevel() {
    try (Scope scope = Scope.open()) {
      Denoiser denoiser = Denoiser.ofVelocity((x, time) -> x);
      assertThatThrownBy(() -> denoiser.denoise(images(1, 2), sigmas()))
          .hasMessage("sigma must have a value for each of 2 images, got 4");
    }
  }
}
