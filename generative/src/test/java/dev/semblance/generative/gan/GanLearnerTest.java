package dev.semblance.generative.gan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.core.train.Batch;
import dev.semblance.core.train.StepReport;
import dev.semblance.generative.autoencoder.Gradients;
import dev.semblance.generative.autoencoder.Toys;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

final class GanLearnerTest {
  /** Everything that carries state: both players' statistics, kept images, averages, copies. */
  private static GanFamily whole(DiscriminatorNorm norm) {
    return Games.with(
        GanFamily.cgan(),
        "width",
        4,
        "latent",
        3,
        "discriminatorNorm",
        norm,
        "discriminatorSteps",
        2,
        "replay",
        12,
        "instanceNoise",
        0.2,
        "rollback",
        3);
  }

  private static final LongFunction<Batch> IMAGES = step -> Games.images(8, 3, step);

  private static void run(GanLearner learner, long from, long to) {
    for (long step = from; step < to; step++) {
      try (Scope scope = Scope.open()) {
        learner.step(IMAGES.apply(step));
      }
    }
  }

  @Test
  void aRunThatGoesOnHasTheBitsOfAnUnbrokenOne() {
    for (DiscriminatorNorm norm : DiscriminatorNorm.values()) {
      GanFamily family = whole(norm);
      for (long cut = 1; cut < 9; cut += 3) {
        try (Gan one = family.build(Games.SMALL, 3, 1);
            Gan other = family.build(Games.SMALL, 3, 1);
            Gan resumed = family.build(Games.SMALL, 3, 2);
            GanLearner unbroken = learner(family, one);
            GanLearner killed = learner(family, other);
            GanLearner fresh = learner(family, resumed)) {
          run(unbroken, 0, 9);
          run(killed, 0, cut);
          try (NoGradGuard guard = new NoGradGuard()) {
            Map<String, Tensor> saved = killed.state();
            fresh.state().forEach((name, t) -> t.copy_(Objects.requireNonNull(saved.get(name))));
          }
          run(fresh, cut, 9);
          Map<String, double[]> wanted = Games.values(unbroken.state());
          assertThat(Games.values(fresh.state()).keySet()).isEqualTo(wanted.keySet());
          Games.values(fresh.state())
              .forEach((name, now) -> assertThat(now).as(name).isEqualTo(wanted.get(name)));
        }
      }
    }
  }

  private static GanLearner learner(GanFamily family, Gan gan) {
    return family.learner(gan, family.preprocessing(Games.SMALL), Games.course(2e-3, 0.9, 20));
  }

  @Test
  void anUpdateLeavesTheOtherPlayerAsItIs() {
    for (DiscriminatorNorm norm : DiscriminatorNorm.values()) {
      GanFamily family = whole(norm);
      try (Gan gan = family.build(Games.SMALL, 3, 1);
          Gan twin = family.build(Games.SMALL, 3, 1);
          GanLearner learner = learner(family, gan);
          // The same discriminator's updates, and never one of the generator.
          GanLearner alone = learner(Games.with(family, "discriminatorSteps", 50), twin)) {
        Map<String, double[]> start = Games.values(gan.weights().all());
        run(learner, 0, 1); // The discriminator's update alone.
        changed(start, Games.values(gan.weights().all()), "discriminator.", "generator.");
        run(alone, 0, 2);
        Map<String, double[]> before = Games.values(twin.weights().all());
        run(learner, 1, 2); // Both: the discriminator must be where it is without the generator's.
        Map<String, double[]> after = Games.values(gan.weights().all());
        changed(before, after, "generator.", "discriminator.");
      }
    }
  }

  private static void changed(
      Map<String, double[]> before, Map<String, double[]> after, String mover, String stayer) {
    Map<String, double[]> moved = new LinkedHashMap<>();
    after.forEach(
        (name, now) -> {
          if (name.startsWith(stayer)) {
            assertThat(now).as(name).isEqualTo(before.get(name));
          } else if (!Arrays.equals(now, before.get(name))) {
            moved.put(name, now);
          }
        });
    // The only row of the last map has one direction.
    assertThat(moved.keySet())
        .containsAll(
            after.keySet().stream()
                .filter(name -> name.startsWith(mover) && !name.endsWith("output.u"))
                .toList());
  }

  @Test
  void theReportIsThatOfTheUpdates() {
    GanFamily family = Games.with(GanFamily.gan(), "width", 8, "latent", 2);
    try (Scope scope = Scope.open();
        Gan gan = family.build(Games.SMALL, 1, 1);
        GanLearner learner = learner(family, gan)) {
      Batch batch = Games.images(4, 1, 0);
      Tensor real = family.preprocessing(Games.SMALL).apply(batch.images());
      double[] d = Ops.toDoubles(gan.judge(real, null, Pass.INFERENCE));
      StepReport report = learner.step(batch);
      double mean = Arrays.stream(d).average().orElseThrow();
      assertThat(report.terms().get(2).name()).isEqualTo("real");
      assertThat(report.terms().get(2).value()).isCloseTo(mean, within(1e-6));
      assertThat(report.items()).isEqualTo(4);
    }
  }

  @Test
  void validationComparesTrainingImagesHeldOutOnesAndSamples() {
    GanFamily family = Games.with(GanFamily.gan(), "width", 8, "latent", 2);
    try (Scope scope = Scope.open();
        Gan gan = family.build(Games.SMALL, 1, 1);
        GanLearner learner = learner(family, gan)) {
      // d = the sum of an image: bright ones look like data.
      linear(gan);
      learner.step(bright(200, 1));
      linear(gan);
      Map<String, Double> dark = terms(learner.validate(bright(100, 2)));
      assertThat(dark.get("train_over_held_out")).isEqualTo(1);
      assertThat(dark.get("d_train")).isGreaterThan(dark.get("d_held_out"));
      assertThat(dark.get("fooled")).isEqualTo(1); // Held-out images are darker than samples.
      Map<String, Double> brighter = terms(learner.validate(bright(255, 2)));
      assertThat(brighter.get("train_over_held_out")).isZero();
      assertThat(brighter.get("fooled")).isZero();
      assertThat(terms(learner.validate(bright(200, 2))).get("train_over_held_out")).isEqualTo(0.5);
      assertThat(learner.validate(bright(200, 2)).getFirst().name()).isEqualTo("fooled");
    }
  }

  /** Every layer of the discriminator adds up what it gets. */
  private static void linear(Gan gan) {
    Ops.withoutGradient(
        () ->
            gan.discriminatorWeights()
                .parameters()
                .forEach((name, w) -> w.fill_(Ops.scalar(name.endsWith("weight") ? 1 : 0))));
  }

  private static Batch bright(int pixel, int n) {
    byte[] pixels = new byte[64 * n];
    Arrays.fill(pixels, (byte) pixel);
    return new Batch(0, new long[n], Ops.bytes(pixels, n, 1, 8, 8), Ops.longs(new long[n]));
  }

  private static Map<String, Double> terms(List<StepReport.Term> terms) {
    Map<String, Double> values = new LinkedHashMap<>();
    terms.forEach(term -> values.put(term.name(), term.value()));
    return values;
  }

  @Test
  void aLossThatIsNotFiniteIsReportedAndChangesNothing() {
    GanFamily family = Games.with(GanFamily.gan(), "width", 8, "latent", 2, "rollback", 1);
    for (String broken : new String[] {"discriminator.output.bias", "generator.output.bias"}) {
      try (Scope scope = Scope.open();
          Gan gan = family.build(Games.SMALL, 1, 1);
          GanLearner learner = learner(family, gan)) {
        Ops.withoutGradient(() -> gan.weights().all().get(broken).fill_(Ops.scalar(Double.NaN)));
        Map<String, double[]> before = Games.values(gan.weights().all());
        StepReport report = learner.step(Games.images(4, 1, 0));
        assertThat(report.loss()).isNaN();
        Games.values(gan.weights().all())
            .forEach((name, now) -> assertThat(now).as(name).isEqualTo(before.get(name)));
      }
    }
  }

  @Test
  void gradientsAreThoseOfTheLosses() {
    for (GanFamily of :
        List.of(GanFamily.gan(), GanFamily.dcgan(), GanFamily.cgan(), GanFamily.wganGp())) {
      // A penalty on the gradient jumps with the slopes of the units; PenaltyTest has it on smooth
      // d.
      GanFamily family =
          Games.with(
              of,
              "width",
              4,
              "latent",
              3,
              "discriminatorSteps",
              1,
              "penalty",
              GanFamily.PenaltyKind.NONE);
      check(family, StepReport::loss, "discriminator.");
      // The generator meets a discriminator that has stood still.
      GanFamily still = Games.with(family, "discriminatorRateFactor", 1e-9);
      check(
          still,
          report ->
              report.terms().stream()
                  .filter(term -> term.name().equals("generator"))
                  .findAny()
                  .orElseThrow()
                  .value(),
          "generator.");
    }
  }

  /** After some steps: at first fakes are grey and many units stand where their slope jumps. */
  private static Gan begun(GanFamily family) {
    Gan gan = family.build(Games.SMALL, 3, 1);
    GanFamily even = Games.with(family, "discriminatorRateFactor", 1.0);
    try (GanLearner learner =
        even.learner(gan, even.preprocessing(Games.SMALL), Games.course(2e-2, 0, 20))) {
      run(learner, 1, 7);
    }
    return gan;
  }

  private static void check(GanFamily family, ToDoubleFunction<StepReport> loss, String player) {
    Gradients.check(
        new Gradients.Subject<>(
            () -> begun(family),
            gan -> family.learner(gan, family.preprocessing(Games.SMALL), Toys.gradient()),
            () -> IMAGES.apply(0),
            loss,
            name -> name.startsWith(player)),
        2e-3f);
  }

  @Test
  void theWeightsToUseHaveTheGeneratorsAverages() {
    GanFamily family = Games.with(GanFamily.gan(), "width", 4, "latent", 2);
    try (Gan gan = family.build(Games.SMALL, 1, 1);
        GanLearner learner = learner(family, gan)) {
      Map<String, double[]> start = Games.values(gan.weights().all());
      run(learner, 0, 1);
      Map<String, double[]> live = Games.values(gan.weights().all());
      assertThat(learner.weights().keySet()).isEqualTo(gan.weights().all().keySet());
      Games.values(learner.weights())
          .forEach(
              (name, used) -> {
                // The first update keeps a tenth of what was there.
                double kept = name.startsWith("generator.") ? 0.1 : 0;
                for (int i = 0; i < used.length; i++) {
                  double wanted = kept * start.get(name)[i] + (1 - kept) * live.get(name)[i];
                  assertThat(used[i]).as(name).isCloseTo(wanted, within(1e-6));
                }
              });
    }
  }
}
