package dev.semblance.generative.gan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.semblance.core.data.ImageShape;
import dev.semblance.core.nn.Mode;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.tensor.Ops;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Density;
import dev.semblance.generative.Noise;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GanTest {
  @TempDir Path folder;

  private static final List<GanFamily> FAMILIES =
      List.of(
          Games.with(GanFamily.gan(), "width", 6, "latent", 3),
          Games.with(GanFamily.gan(), "width", 6, "conditioning", Conditioning.PROJECTION),
          Games.with(GanFamily.dcgan(), "width", 3),
          Games.with(GanFamily.cgan(), "width", 3, "discriminatorNorm", DiscriminatorNorm.SPECTRAL),
          Games.with(GanFamily.wganGp(), "width", 3, "conditioning", Conditioning.PROJECTION));

  private static Condition asked(Gan gan, int n) {
    return gan.classes() == 0 ? Condition.none() : Condition.label(1, n);
  }

  @Test
  void imageSevenOfManyIsImageSevenAlone() {
    for (GanFamily family : FAMILIES) {
      try (Scope scope = Scope.open();
          Gan gan = family.build(Games.SMALL, 3, 1)) {
        Noise noise = Noise.of(9, 0, 12);
        Tensor alone = gan.sample(noise.part(7, 8), Condition.none());
        Tensor among = gan.sample(noise, Condition.none()).narrow(0, 7, 1);
        assertThat(alone.sub(among).abs().max().item_double()).isLessThan(1e-5);
        assertThat(Ops.toFloats(gan.latent(noise.part(7, 8))))
            .isEqualTo(Ops.toFloats(gan.latent(noise).narrow(0, 7, 1)));
        assertThat(among.sub(gan.sample(noise.part(6, 7), Condition.none())).abs().max())
            .extracting(Tensor::item_double)
            .satisfies(gap -> assertThat(gap).isGreaterThan(1e-5));
      }
    }
  }

  @Test
  void lookingAndDrawingChangeNothing() {
    for (GanFamily family : FAMILIES) {
      try (Scope scope = Scope.open();
          Gan gan = family.build(Games.SMALL, 3, 1)) {
        Map<String, double[]> before = Games.values(gan.weights().all());
        Tensor images = gan.sample(Noise.of(1, 0, 4), asked(gan, 4));
        assertThat(images.shape()).containsExactly(4, 1, 8, 8);
        assertThat(images.requires_grad()).isFalse();
        assertThat(images.abs().max().item_double()).isBetween(1e-6, 1.0);
        assertThat(gan.forward(images, Mode.INFERENCE).shape()).containsExactly(4, 1);
        assertThat(gan.features(images, Mode.INFERENCE).shape())
            .containsExactly(4, gan.featureWidth());
        Games.values(gan.weights().all())
            .forEach((name, now) -> assertThat(now).as(name).isEqualTo(before.get(name)));
      }
    }
  }

  @Test
  void convolutionalPlayersStartAtSevenOrFour() {
    int[][] cases = {{28, 7, 2}, {32, 4, 3}, {64, 4, 4}, {16, 4, 2}, {8, 4, 1}};
    for (int[] given : cases) {
      ImageShape shape = new ImageShape(3, given[0], given[0]);
      try (Scope scope = Scope.open();
          Gan gan = Games.with(GanFamily.dcgan(), "width", 2).build(shape, 1, 1)) {
        assertThat(gan.architecture().widths()).hasSize(given[2]);
        assertThat(gan.architecture().smallest(given[0])).isEqualTo(given[1]);
        assertThat(gan.sample(Noise.of(1, 0, 2), Condition.none()).shape())
            .containsExactly(2, 3, given[0], given[0]);
      }
    }
    assertThatThrownBy(() -> GanFamily.dcgan().build(new ImageShape(1, 9, 9), 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("halved")
        .hasMessageContaining("players=mlp");
  }

  @Test
  void theFirstWeightsAreThoseOfThePaperAndNormsSpareTheEnds() {
    try (Scope scope = Scope.open();
        Gan gan = GanFamily.dcgan().build(new ImageShape(1, 28, 28), 1, 3)) {
      gan.weights()
          .parameters()
          .forEach(
              (name, weight) -> {
                if (name.endsWith(".weight") && weight.dim() > 1) {
                  double tolerance = 0.1 / Math.sqrt(weight.numel() / 300.0);
                  assertThat(weight.detach().std().item_double() / 0.02)
                      .as(name)
                      .isCloseTo(1, within(tolerance));
                }
              });
      assertThat(gan.weights().buffers().keySet())
          .containsExactlyInAnyOrder(
              "generator.start.norm.running_mean",
              "generator.start.norm.running_var",
              "generator.doubling0.norm.running_mean",
              "generator.doubling0.norm.running_var",
              "discriminator.halving1.norm.running_mean",
              "discriminator.halving1.norm.running_var");
    }
  }

  @Test
  void playersOfEqualShapeStartApart() {
    try (Scope scope = Scope.open();
        Gan gan =
            Games.with(GanFamily.gan(), "width", 4, "latent", 2, "depth", 2)
                .build(Games.PLANE, 1, 1)) {
      Tensor one = gan.weights().all().get("generator.hidden1.weight");
      Tensor other = gan.weights().all().get("discriminator.hidden1.weight");
      assertThat(Ops.toFloats(Objects.requireNonNull(one)))
          .isNotEqualTo(Ops.toFloats(Objects.requireNonNull(other)));
    }
  }

  @Test
  void theClassIsToldToBoth() {
    for (Conditioning how : List.of(Conditioning.CONCATENATED, Conditioning.PROJECTION)) {
      for (GanFamily family : List.of(GanFamily.gan(), GanFamily.dcgan())) {
        try (Scope scope = Scope.open();
            Gan gan =
                Games.with(family, "width", 4, "conditioning", how).build(Games.SMALL, 3, 1)) {
          Noise noise = Noise.of(2, 0, 3);
          Tensor zeros = gan.sample(noise, Condition.label(0, 3));
          Tensor twos = gan.sample(noise, Condition.label(2, 3));
          assertThat(zeros.sub(twos).abs().max().item_double()).isGreaterThan(1e-5);
          Tensor said = gan.classes(Condition.label(0, 3), 3);
          Tensor other = gan.classes(Condition.label(1, 3), 3);
          assertThat(Ops.toFloats(gan.judge(zeros, said, Pass.INFERENCE)))
              .isNotEqualTo(Ops.toFloats(gan.judge(zeros, other, Pass.INFERENCE)));
        }
      }
    }
  }

  @Test
  void projectionIsTheInnerProductWithTheClassesRow() {
    try (Scope scope = Scope.open();
        Gan gan =
            Games.with(
                    GanFamily.gan(),
                    "width",
                    4,
                    "depth",
                    1,
                    "conditioning",
                    Conditioning.PROJECTION)
                .build(Games.PLANE, 3, 1)) {
      Tensor points = gan.latent(Noise.of(1, 0, 5)).narrow(1, 0, 2).reshape(5, 1, 1, 2);
      Tensor row =
          Objects.requireNonNull(gan.weights().all().get("discriminator.projection.weight"))
              .narrow(0, 2, 1);
      Tensor wanted =
          gan.forward(points, Mode.INFERENCE)
              .add(gan.features(points, Mode.INFERENCE).matmul(row.t()));
      Tensor said = gan.classes(Condition.label(2, 5), 5);
      assertThat(Ops.toFloats(gan.judge(points, said, Pass.INFERENCE)))
          .containsExactly(Ops.toFloats(wanted), within(1e-5f));
    }
  }

  @Test
  void aClassThatIsNotAskedForIsDrawnForEachImage() {
    try (Scope scope = Scope.open();
        Gan gan = FAMILIES.get(1).build(Games.SMALL, 3, 1)) {
      Noise noise = Noise.of(2, 0, 30);
      Tensor drawn = gan.sample(noise, Condition.none());
      int[] hits = new int[3];
      for (int c = 0; c < 3; c++) {
        Tensor asked = gan.sample(noise, Condition.label(c, 30));
        for (int i = 0; i < 30; i++) {
          Tensor gap = asked.narrow(0, i, 1).sub(drawn.narrow(0, i, 1)).abs().max();
          hits[c] += gap.item_double() < 1e-6 ? 1 : 0;
        }
      }
      assertThat(hits[0] + hits[1] + hits[2]).isEqualTo(30);
      assertThat(hits).doesNotContain(0);
      Tensor unknown = gan.sample(noise, Condition.label(Condition.NO_CLASS, 30));
      assertThat(Ops.toFloats(unknown)).isEqualTo(Ops.toFloats(drawn));
    }
  }

  @Test
  void whatCannotBeAskedIsRefusedInOneLine() {
    try (Scope scope = Scope.open();
        Gan with = FAMILIES.get(1).build(Games.SMALL, 3, 1);
        Gan without = FAMILIES.get(0).build(Games.SMALL, 3, 1)) {
      Noise noise = Noise.of(2, 0, 2);
      assertThatThrownBy(() -> with.sample(noise, Condition.label(3, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("class must be 0..2, got 3");
      assertThatThrownBy(() -> without.sample(noise, Condition.label(0, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("without classes");
      assertThatThrownBy(() -> with.sample(noise, Condition.label(0, 3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("for each of 2 images, got 3");
      assertThatThrownBy(() -> with.decode(with.latent(noise), Condition.none()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("0..2");
      Condition image = new Condition.Image(Ops.floats(new float[2], 2, 1, 1, 1));
      assertThatThrownBy(() -> with.sample(noise, image))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("labels 0..2, got image");
    }
    assertThat(Density.class.isAssignableFrom(Gan.class)).isFalse();
  }

  @Test
  void samplesAreDecodedNoise() {
    try (Scope scope = Scope.open();
        Gan gan = FAMILIES.get(2).build(Games.SMALL, 1, 1)) {
      Noise noise = Noise.of(2, 0, 500);
      Tensor z = gan.latent(noise);
      assertThat(z.min().item_double()).isBetween(-1.0, -0.99);
      assertThat(z.max().item_double()).isBetween(0.99, 1.0);
      assertThat(Ops.toFloats(gan.decode(z, Condition.none())))
          .isEqualTo(Ops.toFloats(gan.sample(noise, Condition.none())));
    }
  }

  @Test
  void pointsOfThePlaneAreNotBounded() {
    try (Scope scope = Scope.open();
        Gan gan = GanFamily.gan().build(Games.PLANE, 1, 1)) {
      Tensor points = gan.sample(Noise.of(2, 0, 500), Condition.none());
      assertThat(points.shape()).containsExactly(500, 1, 1, 2);
      assertThat(points.abs().max().item_double()).isGreaterThan(1);
    }
  }

  @Test
  void aFileBringsBackTheSameBits() throws IOException {
    for (GanFamily family : FAMILIES) {
      Path file = folder.resolve("gan.safetensors");
      try (Scope scope = Scope.open();
          Gan gan = family.build(Games.SMALL, 3, 1)) {
        ModelFile.save(file, gan, Preprocessing.of(Games.SMALL), List.of("a", "b", "c"), Map.of());
        try (Model model = ModelFile.load(file)) {
          assertThat(model.net().architecture()).isEqualTo(gan.architecture());
          assertThat(Ops.toFloats(((Gan) model.net()).sample(Noise.of(1, 0, 3), asked(gan, 3))))
              .isEqualTo(Ops.toFloats(gan.sample(Noise.of(1, 0, 3), asked(gan, 3))));
        }
      }
    }
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> config(10, List.of(2, 2), Conditioning.NONE))
        .hasMessageContaining("multiples of 4")
        .hasMessageContaining("10x10");
    assertThatThrownBy(() -> config(8, List.of(2), Conditioning.PROJECTION))
        .hasMessageContaining("conditioning");
    assertThatThrownBy(() -> config(8, List.of(), Conditioning.NONE))
        .hasMessageContaining("number of widths");
  }

  private static Gan.Config config(int side, List<Integer> widths, Conditioning conditioning) {
    return new Gan.Config(
        1,
        side,
        side,
        0,
        Players.DCGAN,
        widths,
        2,
        Prior.UNIFORM,
        true,
        DiscriminatorNorm.NONE,
        conditioning);
  }
}
