package dev.semblance.adversarial.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.adversarial.access.Classifier;
import dev.semblance.adversarial.attack.Samples;
import dev.semblance.adversarial.ball.Box;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Rng;
import dev.semblance.core.tensor.Scope;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/**
 * A net that tells ten brightnesses apart, from -2 to 2 as it sees them, and wants them normalised
 * by mean 0.4, deviation 0.2.
 */
class NormalisationProbeTest {
  private static final int N = 200;
  private static final int CLASSES = 10;
  private static final double MEAN = 0.1307;
  private static final double DEVIATION = 0.3081;

  /** Of images of one brightness: nearest of the ten centres, as normalised. */
  private static final class Brightness implements Classifier {
    private final UnaryOperator<Tensor> before;
    private final Box box;
    private int rows;

    Brightness(Box box, UnaryOperator<Tensor> before) {
      this.box = box;
      this.before = before;
    }

    @Override
    public Tensor logits(Tensor images) {
      try (Scope scope = Scope.open()) {
        rows += (int) images.size(0);
        double[] centres = new double[CLASSES];
        for (int k = 0; k < CLASSES; k++) {
          centres[k] = ((k + 0.5) / CLASSES - MEAN) / DEVIATION;
        }
        Tensor mean = before.apply(images).to(ScalarType.Double).flatten(1, -1).mean(1);
        Tensor difference = mean.unsqueeze(1).sub(Ops.doubles(centres, 1, CLASSES));
        return scope.keep(difference.mul(difference).neg());
      }
    }

    @Override
    public int classes() {
      return CLASSES;
    }

    @Override
    public Box box() {
      return box;
    }
  }

  private static Tensor normalised(Tensor unit) {
    return unit.sub(Ops.scalar(MEAN)).div(Ops.scalar(DEVIATION));
  }

  private static Samples samples(Box box) {
    Rng rng = Rng.of(2, Rng.Purpose.OTHER);
    double[] pixels = new double[N * 4];
    long[] labels = new long[N];
    for (int i = 0; i < N; i++) {
      double bright = (rng.nextDouble() + rng.nextDouble() + rng.nextDouble()) / 3;
      labels[i] = (int) (CLASSES * bright);
      for (int k = 0; k < 4; k++) {
        pixels[4 * i + k] = box.low() + box.width() * bright;
      }
    }
    return Samples.of(Ops.doubles(pixels, N, 1, 2, 2), Ops.longs(labels, N));
  }

  @Test
  void aModelThatWorksIsAskedOnceAndBelieved() {
    try (Scope scope = Scope.open()) {
      Brightness model = new Brightness(Box.UNIT, NormalisationProbeTest::normalised);
      assertThat(NormalisationProbe.suspicion(model, samples(Box.UNIT))).isEmpty();
      assertThat(model.rows).isEqualTo(N);
    }
  }

  @Test
  void normalisedTwiceIsSeenAndNamed() {
    try (Scope scope = Scope.open()) {
      Brightness model = new Brightness(Box.UNIT, unit -> normalised(normalised(unit)));
      Optional<NormalisationProbe> found = NormalisationProbe.suspicion(model, samples(Box.UNIT));
      assertThat(found).isPresent();
      assertThat(found.get().message())
          .contains("near chance")
          .contains("by MNIST's mean and deviation is undone")
          .contains("probably normalised twice")
          .doesNotContain("\n");
      assertThat(found.get().declared()).isLessThan(0.2);
      assertThat(found.get().better()).isGreaterThan(0.7);
    }
  }

  @Test
  void notNormalisedAtAllIsSeenAndNamed() {
    try (Scope scope = Scope.open()) {
      Brightness model = new Brightness(Box.UNIT, unit -> unit);
      Optional<NormalisationProbe> found = NormalisationProbe.suspicion(model, samples(Box.UNIT));
      assertThat(found.orElseThrow().message()).contains("does not normalise by itself");
      assertThat(found.get().better()).isGreaterThan(0.7);
    }
  }

  @Test
  void otherBoundsAreSeenAndNamed() {
    try (Scope scope = Scope.open()) {
      Brightness model = new Brightness(Box.UNIT, image -> normalised(image.div(Ops.scalar(255))));
      Optional<NormalisationProbe> found = NormalisationProbe.suspicion(model, samples(Box.UNIT));
      assertThat(found.orElseThrow().message()).contains("0..255");
      assertThat(found.get().better()).isCloseTo(1, within(1e-9));
    }
  }

  @Test
  void theModelsOwnBoundsAreKept() {
    try (Scope scope = Scope.open()) {
      Box box = new Box(-1, 3);
      UnaryOperator<Tensor> unit = x -> x.add(Ops.scalar(1)).div(Ops.scalar(4));
      Brightness good = new Brightness(box, x -> normalised(unit.apply(x)));
      Brightness bad = new Brightness(box, x -> normalised(normalised(unit.apply(x))));
      assertThat(NormalisationProbe.suspicion(good, samples(box))).isEmpty();
      assertThat(NormalisationProbe.suspicion(bad, samples(box)).orElseThrow().message())
          .contains("normalised twice");
    }
  }

  @Test
  void aModelThatKnowsNothingIsNotSuspected() {
    try (Scope scope = Scope.open()) {
      Brightness constant = new Brightness(Box.UNIT, unit -> unit.mul(Ops.scalar(0)));
      assertThat(NormalisationProbe.suspicion(constant, samples(Box.UNIT))).isEmpty();
    }
  }
}
